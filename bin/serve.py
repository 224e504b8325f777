"""Gunicorn's configuration for ``make run``: the server that production uses, on one machine.

Two processes of four threads: a slow page holds up nobody else, and the database sees the same
concurrency as in production. The application is loaded once, before the fork, so that the database
is up to date before anyone is served and a second start takes only one import of Django.
"""

import gc
import logging
import os
from importlib import import_module

bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = 2
worker_class = "gthread"
threads = 4
preload_app = True
graceful_timeout = 5
loglevel = "warning"
logger_class = "cms.log.MaskingLogger"
# Two copies of the site on one machine would share the default address.
control_socket_disable = True
# As much as the API accepts. Only file uploads are larger, and they open a new connection.
LARGE_BODY = 64 * 1024


def bring_up_to_date() -> None:
    """Apply missing migrations, and load the demo content into an empty database.

    Exits with a sentence if the database cannot be reached.
    """
    from django.conf import settings
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import OperationalError, connection, connections
    from django.db.migrations.executor import MigrationExecutor

    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    # It may belong to another database or another version.
    cache.clear()
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            print("Bringing the database up to date …", flush=True)
            call_command("migrate", interactive=False, verbosity=0)
        if settings.DEMO_LOGINS:
            # Hundreds of lines about new pages would bury the addresses and the password.
            logging.disable(logging.INFO)
            call_command("load_demo", if_empty=True)
            logging.disable(logging.NOTSET)
        import_module("home.errors").write_pages_or_log()
    except OperationalError as error:
        raise SystemExit(
            f"The database cannot be used: {str(error).strip()}. Check DATABASE_URL, or VAR_DIR."
        ) from None
    # Loaded before the fork, so that the first visitor does not wait for the import.
    import_module(settings.ROOT_URLCONF)
    connections.close_all()


def on_starting(server: object) -> None:
    """Run before the address is listened on."""
    bring_up_to_date()
    # Keeps the garbage collector off the memory the processes share: they stay small and stop fast.
    gc.freeze()


def when_ready(server: object) -> None:
    """Tell the supervisor that the server accepts visitors."""
    if ready := os.environ.pop("READY_FD", ""):
        os.write(int(ready), b"1")
        os.close(int(ready))


def pre_request(worker, req) -> None:
    """Close the connection after a large body, so that a refused one is not read to its end."""
    length = dict(req.headers).get("CONTENT-LENGTH", "0")
    if not length.isdecimal() or int(length) > LARGE_BODY:
        req.force_close()
