"""Take away what the site depends on, one service or disk at a time, while people register.

Usage: ``python -m bench.faults [--only NAME] [--write]``. Kills web servers and mail workers (kill
-9), restarts and crashes the database, fills disks, makes the mail server misreport, and deploys a
next version and rolls it back. Needs root (it mounts small disks), PostgreSQL's programs and
redis-server. ``--write`` writes the table to ``docs/faults.md``. Exits with status 1 if anything
acknowledged is lost, if anyone gets the same email under two Message-IDs, if the site does not
recover by itself, or if the control (a database told not to wait for its disk) loses nothing.
"""

import argparse
import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import requests

from bench.stage import Cluster, Redis, Stage, fill, small_disk
from tests.live_site import ROOT, Crowd, LiveSite, clean_up_when_told_to_end, scratch_folder
from tests.smtp_servers import MailServer

HOLD_SECONDS = 6
DRAIN_SECONDS = 900
LIES = ("silent", "dripping", "greylisting", "dropping", "unavailable")
DOCS = ROOT / "docs" / "faults.md"
RECEIPTS = (
    "SELECT registration.email, receipt.reference FROM prevent_registrations_receipt receipt"
    " JOIN prevent_registrations_registration registration"
    " ON registration.id = receipt.registration_id"
)


@dataclass(frozen=True)
class Fault:
    """``strike`` causes the fault, keeps it up for a while, then repairs what an operator would.

    ``needs``: "cluster", "redis", "disk" (the site's database on it), "media", "logs".
    """

    name: str
    strike: Callable[[Stage], None]
    needs: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    is_control: bool = False


@dataclass
class Row:
    fault: Fault
    load: float = 0.0
    acknowledged: int = 0
    meanwhile: int = 0
    lost: int = 0
    unmailed: int = 0
    twice: int = 0
    recovered: float = 0.0
    error: str = ""

    @property
    def is_right(self) -> bool:
        if self.fault.is_control:
            return self.lost > 0
        return not (self.lost or self.unmailed or self.error)

    def __str__(self) -> str:
        verdict = "held" if self.is_right else f"FAILED {self.error}"
        if self.fault.is_control and self.lost:
            verdict = "loses, as it must"
        return (
            f"| {self.fault.name} | {self.load:.1f} | {self.acknowledged} | {self.meanwhile} "
            f"| {self.lost} | {self.unmailed} | {self.twice} | {self.recovered:.1f} s | {verdict} |"
        )


def repeat(stage: Stage, strike: Callable[[Stage], None], *, times: int) -> None:
    for _ in range(times):
        stage.crowd.wait_for(4)
        strike(stage)


def stop_database(stage: Stage, mode: str) -> None:
    stage.cluster.stop(mode)
    time.sleep(1)
    stage.cluster.start()


kill_web_servers = partial(repeat, strike=Stage.kill_web, times=5)
kill_workers = partial(repeat, strike=Stage.kill_worker, times=5)
restart_database = partial(repeat, strike=partial(stop_database, mode="fast"), times=3)
crash_database = partial(repeat, strike=partial(stop_database, mode="immediate"), times=3)


def forbid_writing(stage: Stage) -> None:
    forbid = "ALTER SYSTEM SET default_transaction_read_only = {}"
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    for value in ("on", "off"):
        with psycopg.connect(stage.cluster.url, autocommit=True) as admin:
            admin.execute("SET default_transaction_read_only = off")
            admin.execute(forbid.format(value))
            admin.execute("SELECT pg_reload_conf()")
            admin.execute(end)
        if value == "on":
            time.sleep(HOLD_SECONDS)


def kill_redis(stage: Stage) -> None:
    stage.redis.kill()
    time.sleep(HOLD_SECONDS)
    stage.redis.start()


def fill_disk(stage: Stage) -> None:
    ballast = fill(stage.disk)
    for _ in range(HOLD_SECONDS * 10):
        # Fill the space that the site frees in the meantime as well.
        time.sleep(0.1)
        fill(stage.disk)
    ballast.unlink()


def fill_log_disk(stage: Stage) -> None:
    """Fill the disk, and make the site log more than the space its log already has."""
    ballast = fill(stage.disk)
    for number in range(200):
        requests.get(f"http://127.0.0.1:{stage.crowd.port}/missing-{number}/", timeout=30)
        fill(stage.disk)
    time.sleep(HOLD_SECONDS)
    ballast.unlink()


def stop_mail_server(stage: Stage) -> None:
    stage.mail.__exit__()
    time.sleep(HOLD_SECONDS)
    stage.mail.__enter__()


def let_mail_server_lie(stage: Stage) -> None:
    for mood in LIES:
        stage.mail.mood = mood
        stage.crowd.wait_for(4)
        time.sleep(HOLD_SECONDS)
    stage.mail.mood = "well"


def deploy_and_roll_back(stage: Stage) -> None:
    """Migrate to a next version and serve it, then go back to this one with the newer tables."""
    stage.site.root = make_next_version(stage.folder)
    stage.site.manage("migrate", "--verbosity", "0")
    stage.crowd.wait_for(5)
    stage.kill_web()
    stage.kill_worker()
    stage.crowd.wait_for(5)
    stage.site.root = ROOT
    stage.kill_web()
    stage.kill_worker()


NEXT_MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("prevent_registrations", "{last}")]
    operations = [
        migrations.AddField(
            "registration", "next_note", models.TextField(blank=True, db_default="")
        ),
        migrations.CreateModel("NextThing", [("id", models.BigAutoField(primary_key=True))]),
    ]
"""


def make_next_version(folder: Path) -> Path:
    """Copy the program and add a table and a column, as a next version may."""
    place = folder / "next"
    left_out = shutil.ignore_patterns(".git", ".venv", "var", "tests", "node_modules", "docs")
    shutil.copytree(ROOT, place, ignore=left_out)
    (place / "tests").symlink_to(ROOT / "tests")
    migrations = place / "events" / "registrations" / "migrations"
    last = max(each.stem for each in migrations.glob("[0-9]*.py"))
    (migrations / "9999_next.py").write_text(NEXT_MIGRATION.format(last=last))
    model = place / "events" / "registrations" / "models" / "registration.py"
    mark = "    class Meta:\n"
    head, _, tail = model.read_text().partition("class Registration(")
    column = '    next_note = models.TextField(blank=True, db_default="")\n\n'
    model.write_text(f"{head}class Registration({tail.replace(mark, column + mark, 1)}")
    return place


CLUSTER = frozenset({"cluster"})
FAULTS = [
    Fault("web server killed (kill -9), 5 times", kill_web_servers),
    Fault("mail worker killed (kill -9), 5 times", kill_workers),
    Fault("web server killed, 5 times, on PostgreSQL", kill_web_servers, CLUSTER),
    Fault("mail worker killed, 5 times, on PostgreSQL", kill_workers, CLUSTER),
    Fault("mail server gone", stop_mail_server),
    Fault(f"mail server {', '.join(LIES)}", let_mail_server_lie),
    Fault("database restarted, 3 times", restart_database, CLUSTER),
    Fault("database crashed, 3 times", crash_database, CLUSTER),
    Fault("database read-only", forbid_writing, CLUSTER),
    Fault("Redis killed (cached pages, limits)", kill_redis, frozenset({"redis"})),
    Fault("disk of the database full", fill_disk, frozenset({"disk"})),
    Fault("disk of the media full", fill_disk, frozenset({"media"})),
    Fault("disk of the logs full", fill_log_disk, frozenset({"logs"})),
    Fault("next version deployed and rolled back", deploy_and_roll_back, CLUSTER),
    Fault(
        "control: crashed, told not to wait for the disk",
        crash_database,
        CLUSTER,
        ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=100MB"),
        is_control=True,
    ),
]


def run(fault: Fault) -> Row:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        mail = stack.enter_context(MailServer())
        parts: dict = {}
        environment: dict[str, str] = {}
        state = folder / "state"
        state.mkdir()
        if "cluster" in fault.needs:
            parts["cluster"] = Cluster(folder, *fault.options)
            stack.callback(parts["cluster"].stop, "immediate")
        if "redis" in fault.needs:
            parts["redis"] = Redis(folder)
            stack.callback(parts["redis"].kill)
            environment["CACHE_URL"] = f"redis://127.0.0.1:{parts['redis'].port}/0"
        mounted = {"disk": state, "media": state / "media", "logs": folder / "logs"}
        for need in fault.needs & mounted.keys():
            parts["disk"] = stack.enter_context(small_disk(mounted[need], megabytes=48))
        cluster = parts.get("cluster")
        site = LiveSite(
            state,
            database_url=cluster.url if cluster else "",
            email_url=f"smtp://127.0.0.1:{mail.port}?timeout=10",
            **environment,
        )
        stack.callback(site.close)
        if "logs" in fault.needs:
            site.log.close()
            site.log = (parts["disk"] / "processes.log").open("ab", buffering=0)
        web, worker = site.start_web(), site.start_worker()
        crowd = Crowd(site, site.ports[0])
        stack.callback(crowd.stop)
        return observe(fault, Stage(folder, site, mail, crowd, web, worker, **parts))


def observe(fault: Fault, stage: Stage) -> Row:
    """Cause ``fault``, and return what happened to the people registering meanwhile."""
    row, crowd = Row(fault), stage.crowd
    crowd.wait_for(3)
    started, before = time.monotonic(), len(crowd.acknowledged)
    crowd.wait_for(12)
    row.load = (len(crowd.acknowledged) - before) / (time.monotonic() - started)
    before = len(crowd.acknowledged)
    try:
        fault.strike(stage)
        row.meanwhile = len(crowd.acknowledged) - before
        repaired = time.monotonic()
        crowd.wait_for(6)
        row.recovered = min(at for _, at in crowd.acknowledged.values() if at > repaired) - repaired
    except (RuntimeError, requests.RequestException) as error:
        row.error = str(error)[:200]
    crowd.stop()
    row.acknowledged = len(crowd.acknowledged)
    row.error = row.error or "; ".join(crowd.faults)[:200]
    if left := stage.site.drain(DRAIN_SECONDS):
        row.error = row.error or f"emails are not sent after {DRAIN_SECONDS} s: {left}"
    shown = {email: reference for email, (reference, _) in crowd.acknowledged.items()}
    row.lost = len(shown.items() - set(stage.site.sql(RECEIPTS)))
    identities: dict[str, list[str]] = {}
    for message in stage.mail.taken:
        identities.setdefault(message["To"], []).append(message["Message-ID"])
    row.unmailed = len(shown.keys() - identities.keys())
    row.twice = len(stage.mail.taken) - len(set(stage.mail.message_ids))
    if any(len(set(identities.get(email, ()))) > 1 for email in shown):
        row.error = row.error or "an email was sent under two Message-IDs"
    return row


HEAD = """# Faults survived

Measured by `make faults` on {day}, on {cores} cores. The site runs with gunicorn and a mail
worker, and people book without a pause while something fails and recovers.

- *Lost*: people who saw a reference that is not in the database afterwards.
- *Sent twice*: emails that arrived again, with the same Message-ID.
- *Recovered after*: from the end of the fault until the next confirmed booking.

Killed processes restart at once, as under systemd, and nobody repairs anything. The last row is the
control: a database that does not wait for its disk loses bookings it has confirmed.
"""
COLUMNS = (
    "what happens",
    "registrations/s before",
    "acknowledged",
    "during the fault",
    "lost",
    "without email",
    "sent twice",
    "recovered after",
    "",
)


def main() -> int:
    clean_up_when_told_to_end()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="faults whose name contains this")
    parser.add_argument("--write", action="store_true", help=f"write {DOCS.name}")
    options = parser.parse_args()
    rows = []
    for fault in FAULTS:
        if options.only in fault.name:
            rows.append(run(fault))
            print(rows[-1], flush=True)
    if options.write:
        head = HEAD.format(day=f"{datetime.now(UTC):%-d %B %Y}", cores=os.cpu_count())
        table = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", *map(str, rows)]
        DOCS.write_text("\n".join([head, *table]) + "\n")
    return 0 if all(row.is_right for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
