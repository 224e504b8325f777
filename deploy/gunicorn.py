"""Gunicorn's configuration in production. WEB_PROCESSES and WEB_THREADS size it."""

import gc
import os

# As in the units: nobody else may read what the site writes, except media.
os.umask(0o077)

bind = os.environ.get("BIND", "0.0.0.0:8000")
workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Lets requests in progress finish before a process ends: longer than any statement.
graceful_timeout = 35
timeout = 60
keepalive = 5
# Returns memory now and then, but not in all processes at once.
max_requests = 50_000
max_requests_jitter = 5_000
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# Loads the program once, so that its processes share the memory.
preload_app = True
# Gunicorn's heartbeat, in memory.
worker_tmp_dir = "/dev/shm"  # noqa: S108 # nosec
control_socket_disable = True
logger_class = "cms.log.JsonLogger"
errorlog = "-"
loglevel = "info"
# As much as the API accepts. Only file uploads are larger, and they open a new connection.
LARGE_BODY = 64 * 1024


def pre_request(worker, req) -> None:
    """Close the connection after a large body, so that a refused one is not read to its end."""
    length = dict(req.headers).get("CONTENT-LENGTH", "0")
    if not length.isdecimal() or int(length) > LARGE_BODY:
        req.force_close()


def when_ready(server) -> None:
    """Write the proxy's error pages; load what all processes share and exempt it from collection.

    Memory the garbage collector visits is copied for each process.
    """
    from django.conf import settings
    from django.urls import get_resolver

    # The benchmarks also serve Wagtail's starter site with this file, which has no such pages.
    if settings.ROOT_URLCONF == "cms.urls":
        from home.errors import write_pages_or_log

        write_pages_or_log()
    # Builds the resolver's tables.
    list(get_resolver().reverse_dict)
    gc.collect()
    gc.freeze()
