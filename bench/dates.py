"""Measure lists, synchronisation and calendar files of dates, as ratios in one run.

Usage: ``python -m bench.dates [--postgres postgres://user@host:5432/any] [--largest 10000]``.
Makes a database of its own and drops it: on the server that is named, else on that of
DATABASE_URL, else in a file of SQLite. Ends with status 1 if a ratio is worse than its goal.
"""

import argparse
import os
import platform
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import truediv
from pathlib import Path
from statistics import median
from time import perf_counter

SIZES = (10, 100, 1_000, 10_000)
DATES_OF_A_SERIES = 104
UPCOMING = 50
AT = datetime(2026, 11, 2, 12, tzinfo=UTC)
GROWTH_GOAL, SYNC_GOAL_MS, FEED_GOAL = 1.2, 30.0, 0.10
ROUNDS = 25
TURNS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: ``goal`` is the largest value that is good enough."""

    what: str
    measured: str
    value: float
    goal: float | None = None

    @property
    def is_good(self) -> bool:
        return self.goal is None or self.value <= self.goal


def quickest_ms(work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Return the time of the quickest of some rounds of ``work`` in milliseconds.

    Whatever else the machine does can only add to it.
    """
    times = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        times.append(1000 * (perf_counter() - began))
    return min(times)


@contextmanager
def own_database(postgres: str) -> Iterator[str]:
    """Make a database on the server ``postgres``, or an SQLite file, and give its address.

    Drops it afterwards, with the copies of it, which begin with its name.
    """
    if not postgres:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        return
    import psycopg

    base = postgres.rpartition("/")[0]
    name = f"prevent_bench_{secrets.token_hex(4)}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{base}/{name}"
        finally:
            made = admin.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]
            )
            for (each,) in made.fetchall():
                admin.execute(f'DROP DATABASE "{each}" WITH (FORCE)')


def answers(server: str) -> bool:
    import psycopg

    try:
        psycopg.connect(server, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def set_up(address: str) -> None:
    os.environ["DATABASE_URL"] = address
    os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.test"
    import django

    django.setup()
    import logging

    logging.disable(logging.CRITICAL)
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASE_ROUTERS = [Sized()]
    call_command("migrate", verbosity=0)


def first_series():
    """Publish a weekly series below an index page, and return both."""
    from events.models import EventIndexPage, EventPage, Organiser, Venue
    from events.rules import recurrence_for
    from home.models import HomePage

    home = HomePage.objects.get()
    index = home.add_child(instance=EventIndexPage(title="Roundtables", summary="All of them"))
    event = EventPage(
        title="Weekly roundtable",
        summary="Hear, ask and find out.",
        date=date(2026, 11, 5),
        starts=time(18),
        ends=time(19, 30),
        recurrence=recurrence_for("FREQ=WEEKLY"),
        venue=Venue.objects.create(name="Hall", address="1 High Street", postcode="HP99 9ZZ"),
        organiser=Organiser.objects.create(team="Team", inbox="inbox@council.example"),
        agenda=[("item", {"starts": time(18), "ends": time(19), "title": "The local picture"})],
        live=False,
    )
    index.add_child(instance=event)
    event.save_revision().publish()
    return index, EventPage.objects.get(pk=event.pk)


class Clones:
    """Copies of one series, with its dates, made in the database: a thousand take a second."""

    def __init__(self, index, event):
        self.index, self.event = index, event
        self.count = 1

    def grow_to(self, count: int) -> None:
        """Make copies until there are ``count`` series."""
        from django.db import connection
        from wagtail.models import Page

        from events.models import EventPage

        numbers = range(self.count, count)
        if not numbers:
            return
        offset = 1_000_000
        for model, changes in (
            (Page, self.page_columns),
            (EventPage, lambda number: {"page_ptr_id": offset + number}),
        ):
            columns = [field.column for field in model._meta.local_concrete_fields]
            with connection.cursor() as cursor:
                cursor.executemany(
                    *self.copy_statement(model, columns, changes, numbers),
                )
        with connection.cursor() as cursor:
            cursor.execute(self.dates_statement(), [offset + numbers[0], offset + numbers[-1]])
        self.index.refresh_from_db()
        self.count = count
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def page_columns(self, number: int) -> dict:
        return {
            "id": 1_000_000 + number,
            "path": f"{self.index.path}{number_in_path(number + 1)}",
            "slug": f"series-{number}",
            "url_path": f"{self.index.url_path}series-{number}/",
            "title": f"Series {number}",
            "translation_key": secrets.token_hex(16),
        }

    def copy_statement(self, model, columns, changes, numbers):
        from django.db import connection

        quote = connection.ops.quote_name
        changed = list(changes(0))
        taken = ", ".join("%s" if column in changed else quote(column) for column in columns)
        into = ", ".join(map(quote, columns))
        key = quote(model._meta.pk.column)
        table = quote(model._meta.db_table)
        statement = f"INSERT INTO {table} ({into}) SELECT {taken} FROM {table} WHERE {key} = %s"  # noqa: S608 - names of our own models
        ordered = [column for column in columns if column in changed]
        parameters = [
            [*(changes(number)[column] for column in ordered), self.event.pk] for number in numbers
        ]
        return statement, parameters

    def dates_statement(self) -> str:
        """Return the statement that gives the series between two keys the dates of the first.

        Each is some minutes later than the one before it, by up to a week.
        """
        from django.db import connection

        from events.models import Occurrence

        if connection.vendor == "postgresql":
            uuid, later = "gen_random_uuid()", "{} + (e.page_ptr_id %% 10080) * interval '1 minute'"
        else:
            uuid = "lower(hex(randomblob(16)))"
            later = "datetime({}, (e.page_ptr_id %% 10080) || ' minutes')"
        changed = {
            "uuid": uuid,
            "event_id": "e.page_ptr_id",
            "starts_at": later.format("o.starts_at"),
            "ends_at": later.format("o.ends_at"),
        }
        columns = [
            field.column for field in Occurrence._meta.concrete_fields if not field.primary_key
        ]
        taken = ", ".join(changed.get(column, f"o.{column}") for column in columns)
        return (
            f"INSERT INTO prevent_events_occurrence ({', '.join(columns)}) SELECT {taken} "  # noqa: S608 - names of our own models
            "FROM prevent_events_eventpage e CROSS JOIN prevent_events_occurrence o "
            f"WHERE o.event_id = {int(self.event.pk)} AND e.page_ptr_id BETWEEN %s AND %s"
        )


def number_in_path(number: int) -> str:
    """Return a step of a tree path: four characters of base 36."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    step = ""
    for _ in range(4):
        number, digit = divmod(number, 36)
        step = digits[digit] + step
    return step


def measure_sync(event) -> Row:
    from events.models import Occurrence
    from events.sync import sync_event

    times = []
    for _ in range(ROUNDS):
        Occurrence.objects.filter(event=event).delete()
        began = perf_counter()
        plan = sync_event(event, at=AT)
        times.append(1000 * (perf_counter() - began))
        if len(plan.created) < DATES_OF_A_SERIES:
            raise SystemExit("A weekly event did not get its dates.")
    milliseconds = min(times)
    return Row(
        "sync of a weekly event, 24 months", f"{milliseconds:.1f} ms", milliseconds, SYNC_GOAL_MS
    )


class Sized:
    """Databases of one site at several sizes, of which the current one is asked: a router."""

    current = "default"

    def db_for_read(self, model, **hints) -> str:
        return Sized.current

    db_for_write = db_for_read

    @staticmethod
    def keep(server: str, size: int) -> None:
        """Keep a copy of the database as it is, by the name of its ``size``."""
        from django.db import connection, connections

        here = connection.settings_dict["NAME"]
        copied = f"{here}_{size}"
        connection.close()
        if server:
            import psycopg

            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(f'CREATE DATABASE "{copied}" TEMPLATE "{here}"')
        else:
            shutil.copy(here, copied)
        connections.databases[str(size)] = {**connections.databases["default"], "NAME": copied}


def measure_lists(clones: Clones, sizes, server: str) -> Iterator[Row]:
    """Measure each list at each size in turn, so that whatever else is done hits all of them."""
    from events.listing import list_occurrences
    from events.models import Occurrence

    path = clones.index.path
    lists = {
        f"list of {UPCOMING} upcoming": lambda: list(
            Occurrence.objects.public().below(path).upcoming(at=AT).for_display()[: UPCOMING + 1]
        ),
        "index, one page, its pager": lambda: list_occurrences(path, {}, at=AT),
        "index, past": lambda: list_occurrences(
            path, {"when": "past"}, at=AT + timedelta(days=400)
        ),
    }
    for size in sizes:
        clones.grow_to(size)
        if size != sizes[-1]:
            Sized.keep(server, size)
    aliases = [*map(str, sizes[:-1]), "default"]
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(TURNS):
        for size, alias in zip(sizes, aliases, strict=True):
            Sized.current = alias
            for what, work in lists.items():
                times.setdefault((what, size), []).append(quickest_ms(work, rounds=3))
    Sized.current = "default"
    for (what, size), measured in times.items():
        ratio = median(map(truediv, measured, times[what, sizes[0]]))
        goal = GROWTH_GOAL if size != sizes[0] else None
        yield Row(f"{what} among {size:,} series", f"{median(measured):.2f} ms", ratio, goal)


def measure_feed(dates: int) -> Iterator[Row]:
    import icalendar
    from django.test import Client

    from events.calendars import kept_entries
    from events.ics import calendar
    from events.models import Occurrence

    keys = Occurrence.objects.order_by("pk").values_list("pk", flat=True)
    last = keys[min(dates, keys.count()) - 1]
    some = Occurrence.objects.public().filter(pk__lte=last)

    def stream():
        return b"".join(calendar(kept_entries(some), name="Dates"))

    parsed = icalendar.Calendar.from_ical(stream())
    ours = quickest_ms(stream, rounds=5)
    theirs = quickest_ms(parsed.to_ical, rounds=1)
    measured = f"{ours:.0f} ms of icalendar’s {theirs:.0f} ms"
    yield Row(f"feed of {some.count():,} dates", measured, ours / theirs, FEED_GOAL)

    client = Client()

    def first_byte():
        next(iter(client.get("/calendar/events.ics").streaming_content))

    milliseconds = quickest_ms(first_byte)
    yield Row("feed of all, first byte", f"{milliseconds:.1f} ms", milliseconds, 100)
    tag = client.get("/calendar/events.ics")["ETag"]
    milliseconds = quickest_ms(
        lambda: client.get("/calendar/events.ics", headers={"if-none-match": tag})
    )
    yield Row("feed of all, 304", f"{milliseconds:.1f} ms", milliseconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    here = os.environ.get("DATABASE_URL", "")
    parser.add_argument("--postgres", default=here if here.startswith("postgres") else "")
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    options = parser.parse_args()
    sizes = [size for size in SIZES if size <= options.largest]
    server = options.postgres
    if server and not answers(server):
        sys.stderr.write("No PostgreSQL server answers there: measuring on SQLite instead.\n")
        server = ""
    with own_database(server) as address:
        set_up(address)
        from django.db import connection

        index, event = first_series()
        rows = [measure_sync(event)]
        rows += measure_lists(Clones(index, event), sizes, server)
        rows += measure_feed(10_000)
        machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}"
        lines = [f"{connection.vendor}; {machine}", ""]
        connection.close()
    lines += ["| what | measured | ratio or value | goal |", "|---|---|---|---|"]
    for row in rows:
        goal = f"≤ {row.goal:g}{'' if row.is_good else ' MISSED'}" if row.goal else ""
        lines.append(f"| {row.what} | {row.measured} | {row.value:.2f} | {goal} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
