"""Copy a site's database into an empty one of another kind, table by table.

Values are copied as stored, bypassing models and signals: encrypted answers stay encrypted and no
timestamp changes. Search indexes differ between databases, so they are rebuilt instead of copied.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import DatabaseError, connections, models, transaction
from django.db.migrations.executor import MigrationExecutor

from cms.settings.base import database_of
from events.registrations.database import NotThisSite, description, missing_tables, table_names

SOURCE, TARGET = "copy_source", "copy_target"
BATCH = 2_000
SEARCH_APPS = {"modelsearch", "wagtailsearch"}


class CopyFailed(Exception):
    """Nothing was copied; the message says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the fields of its columns, in the same order for both databases."""

    name: str
    fields: tuple[models.Field, ...]

    @property
    def columns(self) -> list[str]:
        return [field.column for field in self.fields]


@contextmanager
def connected(source: str, target: str) -> Iterator[None]:
    """Make both addresses available as ``SOURCE`` and ``TARGET`` inside the context."""
    given = {SOURCE: source, TARGET: target}
    for alias, url in given.items():
        settings = {**connections.databases["default"], **database_of(url)}
        connections.databases[alias] = connections.configure_settings({"default": settings})[
            "default"
        ]
    try:
        yield
    finally:
        for alias in given:
            connections[alias].close()
            del connections[alias]
            del connections.databases[alias]


def tables() -> list[Table]:
    """Return the tables of all models, each once, without search indexes."""
    found: dict[str, Table] = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.proxy or not meta.managed or meta.app_label in SEARCH_APPS:
            continue
        fields = tuple(
            field
            for field in meta.local_concrete_fields
            if not isinstance(field, models.GeneratedField)
        )
        found.setdefault(meta.db_table, Table(meta.db_table, fields))
    return list(found.values())


def check() -> None:
    """Raise ``CopyFailed`` unless the source is intact and migrated and the target is empty."""
    source, target = connections[SOURCE], connections[TARGET]
    try:
        present = table_names(source)
        if missing_tables(present):
            raise CopyFailed(f"{description(source)} holds none of this site's tables")
        plan = MigrationExecutor(source)
        if plan.migration_plan(plan.loader.graph.leaf_nodes()):
            raise CopyFailed(
                f"{description(source)} is of another version: run migrate on it first"
            )
        if target.vendor != "postgresql":
            raise CopyFailed(f"{description(target)} is no PostgreSQL database")
        if table_names(target):
            raise CopyFailed(
                f"{description(target)} is not empty. Make a new one: createdb, as in install.md"
            )
    except (NotThisSite, DatabaseError) as error:
        raise CopyFailed(str(error)) from error


def rows(table: Table) -> Iterator[list]:
    """Yield the rows of the source's table as Python values."""
    connection = connections[SOURCE]
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, table.columns))
    expressions = [field.get_col(table.name) for field in table.fields]
    converters = [
        (expression, connection.ops.get_db_converters(expression)) for expression in expressions
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {quote(table.name)}")  # noqa: S608 # nosec
        while batch := cursor.fetchmany(BATCH):
            for row in batch:
                yield [
                    converted(value, expression, each, connection)
                    for value, (expression, each) in zip(row, converters, strict=True)
                ]


def converted(value: object, expression, converters: list[Callable], connection) -> object:
    for convert in converters:
        value = convert(value, expression, connection)
    return value


def problem_of(table: Table, row: list) -> str:
    """Return what PostgreSQL would refuse in ``row`` although SQLite accepted it, or ""."""
    for field, value in zip(table.fields, row, strict=True):
        if not isinstance(value, str):
            continue
        if "\0" in value:
            return f"{table.name}, row {row[0]}: {field.column} holds a NUL character"
        longest = field.max_length if field.get_internal_type() != "TextField" else None
        if longest and len(value) > longest:
            return f"{table.name}, row {row[0]}: {field.column} is longer than {longest} characters"
    return ""


def count(alias: str, table: Table) -> int:
    connection = connections[alias]
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(table.name)
        cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608 # nosec
        return cursor.fetchone()[0]


def try_out(report: Callable[[str], None]) -> int:
    """Read everything and write nothing; return the number of rows.

    Raises ``CopyFailed`` at the first row that the target would refuse.
    """
    check()
    total = 0
    with transaction.atomic(using=SOURCE):
        for table in tables():
            number = 0
            for row in rows(table):
                number += 1
                if problem := problem_of(table, row):
                    raise CopyFailed(problem)
            report(f"{table.name}: {number}")
            total += number
    return total


def manage(target: str, *words: str) -> None:
    """Run a command with the database ``target`` as the site's own.

    Other packages' migrations write to the default database, whichever database they run on.
    """
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *words, "--verbosity", "0"],
        env={**os.environ, "DATABASE_URL": target, "DATABASE_STATEMENT_SECONDS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CopyFailed(f"{words[0]} failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")


def copy(target: str, report: Callable[[str], None]) -> int:
    """Copy every table to the database ``target``, or none; return the number of rows copied.

    Raises ``CopyFailed`` if a table ends up with a different number of rows.
    """
    check()
    report(f"Making the tables in {description(connections[TARGET])} …")
    manage(target, "migrate", "--noinput")
    total = 0
    # Keeps the source still meanwhile, and checks the target's constraints at the end.
    with transaction.atomic(using=SOURCE), transaction.atomic(using=TARGET):
        empty_target()
        for table in tables():
            number = copy_table(table, report)
            if not number == count(TARGET, table) == count(SOURCE, table):
                raise CopyFailed(
                    f"{table.name}: {count(SOURCE, table)} rows in the source, "
                    f"{count(TARGET, table)} in the copy"
                )
            report(f"{table.name}: {number} = {count(TARGET, table)}")
            total += number
        set_sequences()
    report("Building the search index …")
    manage(target, "update_index")
    return total


def empty_target() -> None:
    """Delete what the migrations wrote, including the search index."""
    connection = connections[TARGET]
    quote = connection.ops.quote_name
    names = [name for name in table_names(connection) if name != "django_migrations"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(f"TRUNCATE {', '.join(map(quote, names))} CASCADE")


def copy_table(table: Table, report: Callable[[str], None]) -> int:
    connection = connections[TARGET]
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, table.columns))
    number = 0
    into = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(into) as writer:
        for row in rows(table):
            writer.write_row(row)
            number += 1
            if number % 20_000 == 0:
                report(f"{table.name}: {number} …")
    return number


def set_sequences() -> None:
    """Set each table's sequence so that the next row gets an unused number."""
    connection = connections[TARGET]
    every = apps.get_models(include_auto_created=True)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), every):
            cursor.execute(statement)
