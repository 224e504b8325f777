"""Queries whose SQL is written once, and which are asked with other values after that.

To write the SQL for a page and what stands above it takes Django longer than the database takes
to answer, and at each visit it is the same but for a few values. What comes back goes the usual
way: Django makes objects of the rows as of those of any other queryset.
"""

import logging
import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils.dateparse import parse_datetime

logger = logging.getLogger(__name__)

Value = str | int | datetime | tuple[str, ...] | tuple[int, ...] | bool | None
FIRST_NUMBER = 2_140_000_000
FIRST_MOMENT = datetime(1801, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
# Between moments: a filter may move one by some days, and it is still known for the one it was.
APART = timedelta(days=1000)
LAST_MOMENT = datetime(1950, 1, 1, tzinfo=UTC)
MARK = re.compile("mark([0-9]+)of%?")
# Of one query. What a visitor asks for may have a shape of its own each time.
MOST_SHAPES = 200
# What PostgreSQL says of a statement that it prepared for tables of another shape, that it does not
# know, or that it knows already; the latter two where a connection pooler stands between.
OUTDATED = {"0A000", "26000", "42P05"}


class NotPrepared(Exception):
    """The SQL does not hold a value as it was given, so that no other can take its place."""


@dataclass(frozen=True, slots=True)
class Written:
    """SQL with its parameters, and which of them are values: how to make each of what is given."""

    queryset: QuerySet
    compiler: SQLCompiler
    converters: dict
    sql: str
    parameters: tuple
    places: tuple[tuple[int, int, Callable[[Any], Any]], ...]

    def ask(self, values: list, using: str) -> list:
        """Return the objects that the database has for ``values``, in the order of their marks."""
        parameters = list(self.parameters)
        for place, number, adapt in self.places:
            parameters[place] = adapt(values[number])
        compiler = copy(self.compiler)
        compiler.connection = connections[using]
        compiler.execute_sql = lambda **how: [rows(compiler.connection, self.sql, parameters)]
        compiler.get_converters = lambda expressions: self.converters
        return list(self.queryset._iterable_class(Asked(self.queryset, compiler)))


class Asked:
    """A queryset to what makes objects of rows, with its SQL written already."""

    def __init__(self, queryset: QuerySet, compiler: SQLCompiler):
        self.queryset, self.compiler = queryset, compiler
        self.query = self

    def get_compiler(self, *args, **kwargs) -> SQLCompiler:
        return self.compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self.queryset, name)


class Prepared:
    """``Prepared(build)(*values)`` is ``list(build(*values))``, without writing its SQL anew.

    ``build`` returns a queryset whose filters hold the values as they are: of text the whole, or
    what a field starts with; of moments also those that are a fixed time away. Values are texts,
    numbers, moments, and tuples of these; what is True, False or None may decide how the queryset
    is built. If it cannot be sure where a value goes, it has the SQL written each time, and says so
    in the log.
    """

    def __init__(self, build: Callable[..., QuerySet]):
        self.build = build
        self.written: dict[tuple, Written | None] = {}
        self.model: Any = None

    def __call__(self, *values: Value) -> list:
        using = router.db_for_read(self.model) if self.model else ""
        key = (using, *map(shape, values))
        if key not in self.written:
            self.model = self.build(*values).model
            using = router.db_for_read(self.model)
            key = (using, *map(shape, values))
            if len(self.written) >= MOST_SHAPES:
                self.written.clear()
            try:
                self.written[key] = self.write(values, using)
            except NotPrepared:
                logger.warning("a query is not prepared: %s", self.build.__qualname__)
                self.written[key] = None
        written = self.written.get(key)
        if written is None:
            return list(self.build(*values))
        return written.ask(flat(values), using)

    def write(self, values: tuple[Value, ...], using: str) -> Written | None:
        """Write the SQL for values like these; None where there is none to write.

        Raises ``NotPrepared``.
        """
        marks: list = []
        queryset = self.build(*(marked(value, marks) for value in values)).using(using)
        compiler = queryset.query.get_compiler(using=using)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        if compiler.has_extra_select:
            raise NotPrepared(f"{self.build.__qualname__}: its rows hold more than its objects")
        places = []
        for place, parameter in enumerate(parameters):
            if found := mark_of(parameter, marks, using):
                places.append((place, *found))
        if {number for _, number, _ in places} != set(range(len(marks))):
            raise NotPrepared(
                f"{self.build.__qualname__}: a value is not in its SQL as it is given"
            )
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns)
        return Written(queryset, compiler, converters, sql, tuple(parameters), tuple(places))


def rows(connection: BaseDatabaseWrapper, sql: str, parameters: list) -> list[tuple]:
    """Return what the database answers.

    PostgreSQL keeps its plan for the next time, which takes it longer to make than to follow, if
    the database's ``OPTIONS`` have a ``prepare_threshold``.
    """
    keeps_plans = connection.settings_dict["OPTIONS"].get("prepare_threshold") is not None
    if keeps_plans and not connection.in_atomic_block:
        try:
            return fetch(connection, sql, parameters, keeps_plan=True)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") not in OUTDATED:
                raise
            # Not only given back to a pool, which would hand it out again.
            connection.connection.close()
            connection.close()
    return fetch(connection, sql, parameters)


def fetch(
    connection: BaseDatabaseWrapper, sql: str, parameters: list, *, keeps_plan: bool = False
) -> list[tuple]:
    cursor = connection.cursor()
    if keeps_plan:
        from django.db.backends.postgresql.base import ServerBindingCursor

        # Django's own cursor writes the values into the SQL, which is another one each time.
        cursor.cursor = ServerBindingCursor(connection.connection)
    with cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def shape(value: Value) -> object:
    """Return what SQL depends on: the kind of a value, or how many there are, or what it is."""
    if isinstance(value, tuple):
        return len(value)
    return value if value is None or isinstance(value, bool) else type(value)


def flat(values: tuple[Value, ...]) -> list:
    """Return the values that take a mark's place, in the order in which marks were made."""
    found: list = []
    for value in values:
        if isinstance(value, tuple):
            found += value
        elif value is not None and not isinstance(value, bool):
            found.append(value)
    return found


def marked(value: Value, marks: list) -> Any:
    """Return a value like ``value`` that nothing else is, and append it to ``marks``."""
    if isinstance(value, tuple):
        return tuple(marked(each, marks) for each in value)
    if value is None or isinstance(value, bool):
        return value
    number = len(marks)
    if isinstance(value, datetime):
        mark: Any = FIRST_MOMENT + number * APART
    else:
        mark = f"mark{number}of" if isinstance(value, str) else FIRST_NUMBER + number
    marks.append(mark)
    return mark


def mark_of(parameter: Any, marks: list, using: str) -> tuple[int, Callable[[Any], Any]] | None:
    """Return which mark a parameter is made of, and what makes a parameter like it of a value."""
    operations = connections[using].ops
    moment = moment_of(parameter, connections[using].timezone)
    if moment:
        number = round((moment - FIRST_MOMENT) / APART)
    elif isinstance(parameter, int):
        number = parameter - FIRST_NUMBER
    elif isinstance(parameter, str) and (found := MARK.fullmatch(parameter)):
        number = int(found[1])
    else:
        return None
    if not 0 <= number < len(marks) or isinstance(marks[number], datetime) != bool(moment):
        return None
    if moment:
        away = moment - marks[number]
        return number, lambda value: operations.adapt_datetimefield_value(value + away)
    if isinstance(parameter, str) and parameter.endswith("%"):
        return number, lambda value: f"{operations.prep_for_like_query(value)}%"
    return number, type(parameter)


def moment_of(parameter: Any, zone: tzinfo) -> datetime | None:
    """Return the moment that a parameter is, if it can be made of a mark."""
    try:
        found = parse_datetime(parameter) if isinstance(parameter, str) else parameter
    except ValueError:
        return None
    if not isinstance(found, datetime):
        return None
    moment = found if found.tzinfo else found.replace(tzinfo=zone)
    return moment if moment < LAST_MOMENT else None
