"""Pages many tests begin with: made once by publishing, then restored by their SQL.

Publishing an event with its form takes a third of a second, and thousands of tests begin with one.
The same rows are written again if everything else is the same: in a test's transaction on SQLite,
at the same time, with the same settings and next keys. Otherwise the page is made as an editor
would.
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
    """Return the first result of ``make``, with its rows in the database as they were then."""
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
    """Return the page ``make`` creates below ``parent``; ``name`` identifies it there."""
    new = []

    def identity() -> tuple[type[Page], int]:
        new.append(make(parent))
        return type(new[0]), new[0].pk

    model, pk = rewritten(name, identity)
    if new:
        return new[0]
    # As adding a child leaves its parent.
    parent.numchild += 1
    return model.objects.get(pk=pk)


def is_repeatable() -> bool:
    return (
        connection.vendor == "sqlite"
        and connection.in_atomic_block
        and not isinstance(settings._wrapped, UserSettingsHolder)
    )


def state_of_the_tree() -> tuple[tuple, ...]:
    """Return every table's next keys, and the positions of the pages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name")
        keys = tuple(cursor.fetchall())
        cursor.execute("SELECT path, url_path, numchild FROM wagtailcore_page ORDER BY path")
        return keys, tuple(cursor.fetchall())
