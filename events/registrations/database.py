"""Identify the database, and run actions on it: all or nothing, retried if necessary."""

from collections.abc import Callable, Collection
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.apps import apps
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    transaction,
)

# Every site has these, in every version.
ESSENTIAL = ("wagtailcore.Page", "prevent_events.EventPage", "prevent_registrations.Registration")
# The database is away, full or (the third, on PostgreSQL) temporarily read-only: the request itself
# is not at fault.
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
ATTEMPTS = 4
# PostgreSQL, appendix A: serialization_failure and deadlock_detected. Both mean try again.
TRY_AGAIN = {"40001", "40P01"}

P = ParamSpec("P")
R = TypeVar("R")


class NotThisSite(Exception):
    """The database cannot be reached, or has none of this site's tables."""


def description(connection=connection) -> str:
    """Return the kind, name and place of the database, without its password."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"the SQLite database {settings['NAME']}"
    host = settings["HOST"] or "this machine"
    return f"the PostgreSQL database {settings['NAME']} on {host}:{settings['PORT'] or 5432}"


def missing_tables(tables: Collection[str]) -> list[str]:
    """Return the tables that every site has and that ``tables`` lacks."""
    essential = [apps.get_model(label)._meta.db_table for label in ESSENTIAL]
    return [table for table in essential if table not in tables]


def table_names(connection=connection) -> list[str]:
    """Return the tables of the database. Raises ``NotThisSite`` if it cannot be reached.

    SQLite creates a missing database; this does not.
    """
    if connection.vendor == "sqlite" and not is_there(connection.settings_dict["NAME"]):
        return []
    try:
        return connection.introspection.table_names()
    except DatabaseError as error:
        raise NotThisSite(
            f"{description(connection)} cannot be reached ({type(error).__name__})"
        ) from error


def is_there(name: str | Path) -> bool:
    return str(name).startswith("file:") or str(name) == ":memory:" or Path(name).exists()


def require_tables(connection=connection) -> None:
    """Raise ``NotThisSite`` unless the database has this site's tables."""
    if missing_tables(table_names(connection)):
        raise NotThisSite(
            f"{description(connection)} holds none of this site's tables. Check DATABASE_URL and "
            "VAR_DIR, and whether DJANGO_SETTINGS_MODULE names the right settings"
        )


def in_one_transaction(action: Callable[P, R]) -> Callable[P, R]:
    """Run ``action`` in one transaction; retry if the database aborted it in favour of another.

    Inside an outer transaction it runs as part of that, which must then be retried instead.
    """

    @wraps(action)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        attempt = 0 if not connection.in_atomic_block else ATTEMPTS
        while True:
            attempt += 1
            try:
                with transaction.atomic():
                    return action(*args, **kwargs)
            except OperationalError as error:
                if attempt >= ATTEMPTS or sql_state(error) not in TRY_AGAIN:
                    raise

    return wrapper


def sql_state(error: OperationalError) -> str:
    """Return PostgreSQL's five-character code for the error; "" on SQLite."""
    return getattr(error.__cause__, "sqlstate", None) or ""
