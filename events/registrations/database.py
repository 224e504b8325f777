"""Which database is in use, and whether it is this site's."""

from collections.abc import Collection
from pathlib import Path

from django.apps import apps
from django.db import DatabaseError, connection

# A site has these whatever its version.
ESSENTIAL = ("wagtailcore.Page", "prevent_events.EventPage", "prevent_registrations.Registration")


class NotThisSite(Exception):
    """The database cannot be reached, or holds none of this site's tables."""


def description(connection=connection) -> str:
    """Return the kind, name and place of the database, without its password."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"the SQLite database {settings['NAME']}"
    host = settings["HOST"] or "this machine"
    return f"the PostgreSQL database {settings['NAME']} on {host}:{settings['PORT'] or 5432}"


def missing_tables(tables: Collection[str]) -> list[str]:
    """Return which tables every site has and ``tables`` lacks."""
    essential = [apps.get_model(label)._meta.db_table for label in ESSENTIAL]
    return [table for table in essential if table not in tables]


def table_names(connection=connection) -> list[str]:
    """Return the tables of the database. Raise ``NotThisSite`` if it cannot be reached.

    SQLite makes a database that is not there; this does not.
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
    """Raise ``NotThisSite`` unless the database holds this site's tables."""
    if missing_tables(table_names(connection)):
        raise NotThisSite(
            f"{description(connection)} holds none of this site's tables. Check DATABASE_URL and "
            "VAR_DIR, and whether DJANGO_SETTINGS_MODULE names the right settings"
        )
