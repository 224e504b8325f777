"""Take away what the site stands on, one thing after the other, while people register.

Usage: ``python -m bench.faults [--only NAME] [--write]``. Needs root (it mounts small disks),
PostgreSQL's programs and redis-server. ``--write`` leaves the table in ``docs/faults.md``. Ends
with status 1 if anybody was thanked for what is not kept or if the site did not come back by
itself; and if the control, a database told not to wait for its disk, loses nothing.
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

from bench.fault_stage import Cluster, Crowd, FalseClock, Redis, Stage, fill, small_disk
from tests.live_site import ROOT, LiveSite, clean_up_when_told_to_end, scratch_folder
from tests.smtp_servers import MailServer

HOLD_SECONDS = 6
DRAIN_SECONDS = 480
DOCS = ROOT / "docs" / "faults.md"
# Who sends a form again that was kept more than a day ago, by the clock, gets a receipt of its own.
RECEIPTS = (
    "SELECT registration.email, receipt.reference FROM prevent_registrations_receipt receipt"
    " JOIN prevent_registrations_registration registration"
    " ON registration.id = receipt.registration_id"
)


@dataclass(frozen=True)
class Fault:
    """``strike`` does the harm to a stage, holds it for a while, and mends what a person would.

    ``needs``: "cluster", "redis", "disk" (the site's database on it), "media", "logs", "clock".
    """

    name: str
    strike: Callable[[Stage], None]
    needs: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    is_control: bool = False


@dataclass
class Row:
    name: str
    load: float = 0.0
    acknowledged: int = 0
    meanwhile: int = 0
    lost: int = 0
    unmailed: int = 0
    recovered: float = 0.0
    fault: str = ""


def again_and_again(stage: Stage, strike: Callable[[Stage], None], *, times: int) -> None:
    for _ in range(times):
        stage.crowd.wait_for(4)
        strike(stage)


def stop_database(stage: Stage, mode: str) -> None:
    stage.cluster.stop(mode)
    time.sleep(1)
    stage.cluster.start()


def kill_web_servers(stage: Stage) -> None:
    again_and_again(stage, Stage.kill_web, times=5)


def kill_workers(stage: Stage) -> None:
    again_and_again(stage, Stage.kill_worker, times=5)


def restart_database(stage: Stage) -> None:
    again_and_again(stage, partial(stop_database, mode="fast"), times=3)


def crash_database(stage: Stage) -> None:
    again_and_again(stage, partial(stop_database, mode="immediate"), times=3)


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


def take_redis_away(stage: Stage) -> None:
    stage.redis.kill()
    time.sleep(HOLD_SECONDS)
    stage.redis.start()


def fill_disk(stage: Stage) -> None:
    ballast = fill(stage.disk)
    for _ in range(HOLD_SECONDS * 10):
        # What the site frees meanwhile is taken, too.
        time.sleep(0.1)
        fill(stage.disk)
    ballast.unlink()


def fill_disk_of_logs(stage: Stage) -> None:
    """Fill it, and give the site more to say than fits into what its log has of the disk."""
    ballast = fill(stage.disk)
    for number in range(200):
        requests.get(f"http://127.0.0.1:{stage.crowd.port}/missing-{number}/", timeout=30)
        fill(stage.disk)
    time.sleep(HOLD_SECONDS)
    ballast.unlink()


def take_mail_server_away(stage: Stage) -> None:
    stage.mail.__exit__()
    time.sleep(HOLD_SECONDS)
    stage.mail.__enter__()


def put_clock_on_and_back(stage: Stage) -> None:
    """Let the site be two days ahead, then two days behind, then right again."""
    for hours in (48, -48, 0):
        stage.clock.put(hours)
        if hours:
            stage.crowd.wait_for(8)
            time.sleep(HOLD_SECONDS)


def deploy_and_roll_back(stage: Stage) -> None:
    """Migrate to a next version and serve it, then go back to this one on the next one's tables."""
    following = make_next_version(stage.folder)
    stage.site.root = following
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
    """Copy the program and give it a table and a column more, as a next version may have."""
    place = folder / "next"
    left_out = shutil.ignore_patterns(".git", ".venv", "var", "tests", "node_modules", "docs")
    shutil.copytree(ROOT, place, ignore=left_out)
    (place / "tests").symlink_to(ROOT / "tests")
    migrations = place / "events" / "registrations" / "migrations"
    last = max(each.stem for each in migrations.glob("[0-9]*.py"))
    (migrations / "9999_next.py").write_text(NEXT_MIGRATION.format(last=last))
    model = place / "events" / "registrations" / "models" / "registration.py"
    mark = "    class Meta:\n"
    text = model.read_text()
    head, _, tail = text.partition("class Registration(")
    column = '    next_note = models.TextField(blank=True, db_default="")\n\n'
    model.write_text(f"{head}class Registration({tail.replace(mark, column + mark, 1)}")
    return place


FAULTS = [
    Fault("web server killed (kill -9), 5 times", kill_web_servers),
    Fault("mail worker killed (kill -9), 5 times", kill_workers),
    Fault("database restarted, 3 times", restart_database, frozenset({"cluster"})),
    Fault("database crashed, 3 times", crash_database, frozenset({"cluster"})),
    Fault("database read-only", forbid_writing, frozenset({"cluster"})),
    Fault("Redis killed (pages, limits)", take_redis_away, frozenset({"redis"})),
    Fault("disk of the database full", fill_disk, frozenset({"disk"})),
    Fault("disk of the media full", fill_disk, frozenset({"media"})),
    Fault("disk of the logs full", fill_disk_of_logs, frozenset({"logs"})),
    Fault("clock two days ahead, behind, right", put_clock_on_and_back, frozenset({"clock"})),
    Fault("mail server gone", take_mail_server_away),
    Fault("next version deployed and rolled back", deploy_and_roll_back, frozenset({"cluster"})),
    Fault(
        "control: crashed, told not to wait for the disk",
        crash_database,
        frozenset({"cluster"}),
        ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=100MB"),
        is_control=True,
    ),
]


class FaultySite(LiveSite):
    """A site whose log may be on a disk of its own."""

    def log_to(self, folder: Path) -> None:
        self.log.close()
        self.log = (folder / "processes.log").open("ab", buffering=0)


def run(fault: Fault) -> Row:
    row = Row(fault.name)
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
            stack.callback(lambda: parts["redis"].kill())
            environment["CACHE_URL"] = f"redis://127.0.0.1:{parts['redis'].port}/0"
        if "clock" in fault.needs:
            parts["clock"] = FalseClock(folder)
            environment |= parts["clock"].environment
        mounted = {"disk": state, "media": state / "media", "logs": folder / "logs"}
        for need in fault.needs & mounted.keys():
            parts["disk"] = stack.enter_context(small_disk(mounted[need], megabytes=48))
        cluster = parts.get("cluster")
        site = FaultySite(
            state,
            database_url=cluster.url if cluster else "",
            email_url=f"smtp://127.0.0.1:{mail.port}?timeout=10",
            **environment,
        )
        stack.callback(site.close)
        if "logs" in fault.needs:
            site.log_to(parts["disk"])
        web, worker = site.start_web(), site.start_worker()
        crowd = Crowd(site, site.ports[0])
        stack.callback(crowd.stop)
        stage = Stage(folder, site, mail, crowd, web, worker, **parts)
        follow(fault, stage, row)
    return row


def follow(fault: Fault, stage: Stage, row: Row) -> None:
    """Let ``fault`` happen, and write into ``row`` what became of the people meanwhile."""
    crowd = stage.crowd
    crowd.wait_for(3)
    started, before = time.monotonic(), len(crowd.acknowledged)
    crowd.wait_for(12)
    row.load = (len(crowd.acknowledged) - before) / (time.monotonic() - started)
    before = len(crowd.acknowledged)
    try:
        fault.strike(stage)
        row.meanwhile = len(crowd.acknowledged) - before
        mended = time.monotonic()
        crowd.wait_for(6)
        after = [at for _, at in crowd.acknowledged.values() if at > mended]
        row.recovered = min(after) - mended
    except (RuntimeError, requests.RequestException) as error:
        row.fault = str(error)[:200]
    crowd.stop()
    row.acknowledged = len(crowd.acknowledged)
    row.fault = row.fault or "; ".join(crowd.faults)[:200]
    if left := stage.site.drain(DRAIN_SECONDS):
        row.fault = row.fault or f"mail is not sent after {DRAIN_SECONDS} s: {left}"
    kept = stage.site.sql(RECEIPTS)
    shown = {email: reference for email, (reference, _) in crowd.acknowledged.items()}
    row.lost = len(shown.items() - set(kept))
    arrived = [message["To"] for message in stage.mail.taken]
    row.unmailed = sum(email not in arrived for email in shown)


def is_right(fault: Fault, row: Row) -> bool:
    if fault.is_control:
        return row.lost > 0
    return not (row.lost or row.unmailed or row.fault)


def table(rows: list[tuple[Fault, Row]]) -> list[str]:
    lines = [
        "| what happens | registrations/s before | acknowledged | of them meanwhile | lost "
        "| without their mail | kept again after | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for fault, row in rows:
        verdict = "held" if is_right(fault, row) else f"FAILED {row.fault}"
        verdict = "loses, as it must" if fault.is_control and row.lost else verdict
        lines.append(
            f"| {row.name} | {row.load:.1f} | {row.acknowledged} | {row.meanwhile} | {row.lost} "
            f"| {row.unmailed} | {row.recovered:.1f} s | {verdict} |"
        )
    return lines


HEAD = """# Faults survived

Measured by `make faults` on {day}, {cores} cores: a site with gunicorn and a mail worker, and
people who register without a pause, while something is taken away from it and given back.
*Lost*: who was shown a reference that is not in the database afterwards. *Kept again after*: from
the moment that the fault was over until somebody was acknowledged. What was killed is started anew
at once, as systemd does; nobody repairs anything. The last row is the control: a database that is
told not to wait for its disk does lose what it acknowledged.
"""


def main() -> int:
    clean_up_when_told_to_end()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="faults whose name contains this")
    parser.add_argument("--write", action="store_true", help=f"write {DOCS.name}")
    options = parser.parse_args()
    rows = []
    for fault in FAULTS:
        if options.only in fault.name:
            rows.append((fault, run(fault)))
            print(table(rows)[-1], flush=True)
    if options.write:
        head = HEAD.format(day=f"{datetime.now(UTC):%-d %B %Y}", cores=os.cpu_count())
        DOCS.write_text("\n".join([head, *table(rows)]) + "\n")
    return 0 if all(is_right(fault, row) for fault, row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
