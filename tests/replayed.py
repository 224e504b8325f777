"""Pages that many tests begin with: made once by publishing, afterwards put back by the SQL of it.

Publishing an event with its form takes a third of a second, and thousands of tests begin with one.
What was written the first time is written again, as it was, where everything is as it was: within a
test's transaction on SQLite, at the same time, under the same settings, with the same keys to come.
Elsewhere the page is made as an editor would.
"""

from collections.abc import Callable
from typing import Any

from django.conf import UserSettingsHolder, settings
from django.db import connection
from django.utils import timezone
from wagtail.models import Page

WRITES = ("INSERT", "UPDATE", "DELETE")

written: dict[tuple, tuple[Any, list[tuple]]] = {}


def rewritten(name: str, make: Callable[[], Any]) -> Any:
    """Return what ``make`` returned the first time, its rows in the database as they were then."""
    if not is_repeatable():
        return make()
    key = name, timezone.now(), *state_of_the_tree()
    if key not in written:
        statements: list[tuple] = []

        def keep(execute, sql, params, many, context):
            if sql.lstrip().startswith(WRITES):
                statements.append((sql, params, many))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(keep):
            made = make()
        written[key] = made, statements
        return made
    made, statements = written[key]
    with connection.cursor() as cursor:
        for sql, params, many in statements:
            (cursor.executemany if many else cursor.execute)(sql, params)
    return made


def replayed(name: str, parent: Page, make: Callable[[Page], Page]) -> Page:
    """Return the page that ``make`` makes below ``parent``; ``name`` tells it from others there."""
    new = []

    def identity() -> tuple[type[Page], int]:
        new.append(make(parent))
        return type(new[0]), new[0].pk

    model, pk = rewritten(name, identity)
    if new:
        return new[0]
    # As adding a page leaves the one above it.
    parent.numchild += 1
    return model.objects.get(pk=pk)


def is_repeatable() -> bool:
    return (
        connection.vendor == "sqlite"
        and connection.in_atomic_block
        and not isinstance(settings._wrapped, UserSettingsHolder)
    )


def state_of_the_tree() -> tuple[tuple, ...]:
    """Return the keys that every table gives next, and where the pages are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name")
        keys = tuple(cursor.fetchall())
        cursor.execute("SELECT path, url_path, numchild FROM wagtailcore_page ORDER BY path")
        return keys, tuple(cursor.fetchall())
