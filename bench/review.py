"""Measure the review desk with 100,000 registrations: its list, and exports against Wagtail's own.

Usage: ``python -m bench.review [--postgres postgres://user@host:5432/any] [--size 100000]``.
Makes a database of its own and drops it. Memory is the peak of a process of its own for each
export, above what it held before. Ends with status 1 if a value is worse than its goal.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from types import SimpleNamespace

from bench.dates import AT, Row, answers, first_series, own_database, set_up

SIZE = 100_000
LIST_GOAL_MS, FIRST_BYTE_GOAL_MS = 300.0, 300.0
MEMORY_GOALS_MB = {"csv": 5.0, "xlsx": 15.0}
TIME_GOAL = 0.8
COLUMNS = ["reference", "name", "email", "status", "guests", "event", "date", "answers:question"]
FIELDS = ["reference", "name", "email", "status", "guests", "occurrence.title", "answers"]


def fill(size: int) -> None:
    """Make ``size`` registrations for the dates of one series, and somebody who reads them."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from events.registrations.models import Registration, RegistrationField, RegistrationPage

    _, event = first_series()
    page = RegistrationPage(title="Register", slug="register", privacy_text="<p>x</p>", live=False)
    page.form_fields = [RegistrationField(label="Question", field_type="multiline")]
    event.add_child(instance=page)
    page.save_revision().publish()
    dates = list(event.occurrences.all())
    answer = "What is planned for the bus stop at Meadow Lane, and by when? " * 3
    for first in range(0, size, 5_000):
        Registration.objects.bulk_create(
            Registration(
                page=page,
                occurrence=dates[number % len(dates)],
                status="confirmed" if number % 3 else "received",
                name=f"Visitor {number:06}",
                email=f"visitor{number}@visitor.example",
                received_at=AT - timedelta(seconds=number),
                erase_at=datetime(2027, 1, 1, tzinfo=UTC),
                answers=[
                    {"name": "question", "label": "Question", "type": "multiline", "value": answer}
                ],
            )
            for number in range(first, min(first + 5_000, size))
        )
    get_user_model().objects.create(username="bench", is_superuser=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def reader():
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username="bench")


def client():
    from django.test import Client

    found = Client()
    found.force_login(reader())
    return found


def address(screen: str) -> str:
    from django.urls import reverse

    return reverse(f"prevent_registrations_registration_modeladmin_{screen}")


def database_ms(work: Callable[[], object], *, rounds: int = 5) -> float:
    """Return the time that the queries of the quickest round of ``work`` took, in milliseconds."""
    from django.db import connection

    spent = []

    def timed(execute, sql, params, many, context):
        began = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent[-1] += 1000 * (perf_counter() - began)

    for _ in range(rounds):
        spent.append(0.0)
        with connection.execute_wrapper(timed):
            work()
    return min(spent)


def measure_list(size: int, goal: float | None) -> Iterable[Row]:
    asking = client()
    for what, query in (
        ("list, newest first", ""),
        ("list, by status", "?status=received"),
        ("list, by name, its middle", f"?o=name&p={max(1, size // 100)}"),
        ("list, unread", "?flag=unread"),
        ("list, searched for a name", "?q=Visitor+0999"),
    ):

        def ask(query: str = query):
            if asking.get(address("index") + query).status_code != 200:
                raise SystemExit(f"The list does not answer to {query}.")

        milliseconds = database_ms(ask)
        yield Row(what, f"{milliseconds:.0f} ms in the database", milliseconds, goal)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def our_export(kind: str, *, selection: dict) -> Iterable[bytes]:
    return client().post(
        address("export"),
        {"purpose": "report", "format": kind, "columns": COLUMNS, **selection},
    )


def wagtails_export(kind: str, *, most: int | None = None) -> Iterable[bytes]:
    from wagtail.admin.views.mixins import SpreadsheetExportMixin

    from events.registrations.models import Registration

    class Export(SpreadsheetExportMixin):
        list_export = FIELDS
        custom_field_preprocess = {"answers": {"csv": str, "xlsx": str}}
        model = Registration
        request = SimpleNamespace(GET={})

        def get_filename(self) -> str:
            return "registrations"

    rows = Registration.objects.select_related("occurrence").defer("sensitive_answers")
    response = Export().as_spreadsheet(rows[:most] if most else rows, kind)
    return response.streaming_content if response.streaming else [response.content]


def measure_here(whose: str, kind: str) -> None:
    """Export once for practice and once in earnest, and print what that took."""
    small = {"everything": "on", "filter": "q=Visitor+00000"}
    practice = (
        our_export(kind, selection=small) if whose == "ours" else wagtails_export(kind, most=9)
    )
    for _ in practice:
        pass
    idle = peak_mb()
    began = perf_counter()
    whole = {"everything": "on", "filter": ""}
    parts = iter(our_export(kind, selection=whole) if whose == "ours" else wagtails_export(kind))
    size = len(next(parts))
    first = perf_counter() - began
    for part in parts:
        size += len(part)
    took = perf_counter() - began
    measured = {"first": first, "took": took, "peak": peak_mb() - idle, "size": size}
    sys.stdout.write(json.dumps(measured))


def measure_exports(database: str) -> Iterable[Row]:
    def measured(whose: str, kind: str) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "bench.review", "--measure", whose, kind],
            env={**os.environ, "DATABASE_URL": database},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{whose}’s export as {kind} failed:\n{done.stderr[-2000:]}")
        return json.loads(done.stdout)

    for kind in ("csv", "xlsx"):
        ours, theirs = measured("ours", kind), measured("wagtail", kind)
        name = kind.upper()
        yield Row(
            f"{name}, memory above idle",
            f"{ours['peak']:.1f} MB of Wagtail’s {theirs['peak']:.0f} MB",
            ours["peak"],
            MEMORY_GOALS_MB[kind],
        )
        first = 1000 * ours["first"]
        yield Row(f"{name}, first byte", f"{first:.0f} ms", first, FIRST_BYTE_GOAL_MS)
        yield Row(
            f"{name}, whole file",
            f"{ours['took']:.1f} s of Wagtail’s {theirs['took']:.1f} s",
            ours["took"] / theirs["took"],
            TIME_GOAL if kind == "xlsx" else None,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    here = os.environ.get("DATABASE_URL", "")
    parser.add_argument("--postgres", default=here if here.startswith("postgres") else "")
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.test"
        import django

        django.setup()
        measure_here(*options.measure)
        return 0
    server = options.postgres
    if server and not answers(server):
        sys.stderr.write("No PostgreSQL server answers there: measuring on SQLite instead.\n")
        server = ""
    with own_database(server) as database:
        set_up(database)
        from django.db import connection

        fill(options.size)
        # The goal of the list is PostgreSQL's: the embedded database is for smaller sites.
        goal = LIST_GOAL_MS if connection.vendor == "postgresql" else None
        rows = [*measure_list(options.size, goal), *measure_exports(database)]
        machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}"
        lines = [f"{connection.vendor}; {machine}; {options.size:,} registrations", ""]
        connection.close()
    lines += ["| what | measured | ratio or value | goal |", "|---|---|---|---|"]
    for row in rows:
        goal_text = f"≤ {row.goal:g}{'' if row.is_good else ' MISSED'}" if row.goal else ""
        lines.append(f"| {row.what} | {row.measured} | {row.value:.2f} | {goal_text} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
