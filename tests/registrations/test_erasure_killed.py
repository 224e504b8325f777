"""An erasure run killed halfway, and the next one: real processes on a real file."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.migrated_database import migrated_sqlite

ROOT = Path(__file__).resolve().parent.parent.parent
NUMBER = 400
PREPARE = """
import django; django.setup()
from datetime import UTC, datetime
from events.models import Occurrence
from events.registrations.models import Registration
starts, ends = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (18, 19))
date = Occurrence.objects.create(
    date="2026-01-01", title="Roundtable", starts_at=starts, ends_at=ends, changed_at=starts
)
Registration.objects.bulk_create(
    Registration(
        occurrence=date,
        status="attended",
        name=f"Canary Kestrel {number}",
        email=f"kestrel{number}@x.example",
        answers=[{"name": "q", "label": "Q", "value": f"Kestrel says {number}"}],
        received_at=starts,
        erase_at=datetime(2026, 2, 1, tzinfo=UTC),
    )
    for number in range(%d)
)
"""


@pytest.fixture
def environment(tmp_path):
    """The settings of a separate site, on SQLite whatever the suite uses."""
    shutil.copy(migrated_sqlite(), tmp_path / "site.sqlite3")
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {
        **kept,
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "cms.settings.dev",
        "SECRET_KEY": "for-this-test-only",
        "PYTHONUNBUFFERED": "1",
    }


def start(environment, *arguments):
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def query(path, sql):
    """Return the first row; ``REGISTRATIONS`` and ``CERTIFICATES`` stand for the tables."""
    sql = sql.replace("REGISTRATIONS", "prevent_registrations_registration")
    sql = sql.replace("CERTIFICATES", "prevent_registrations_erasurecertificate")
    with sqlite3.connect(path / "site.sqlite3") as connection:
        return connection.execute(sql).fetchone()


def test_a_killed_run_leaves_no_half_registration_and_the_next_completes_it(tmp_path, environment):
    prepared = start(environment, "-c", PREPARE % NUMBER)
    assert prepared.wait(120) == 0, prepared.stderr.read()

    run = start(environment, "manage.py", "erase_due", "--apply")
    for line in run.stdout:
        if "100 of" in line:
            break
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=30)

    (erased,) = query(tmp_path, "SELECT count(*) FROM REGISTRATIONS WHERE erased_at IS NOT NULL")
    (halves,) = query(
        tmp_path,
        "SELECT count(*) FROM REGISTRATIONS WHERE (erased_at IS NULL) = (name || email = '')",
    )
    assert 100 <= erased < NUMBER
    assert halves == 0

    again = start(environment, "manage.py", "erase_due", "--apply")
    told, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    assert f"{NUMBER - erased} registrations, 0 sensitive answers and 0 complaints" in told
    (left,) = query(tmp_path, "SELECT count(*) FROM REGISTRATIONS WHERE erased_at IS NULL")
    assert left == 0

    (certified,) = query(
        tmp_path, "SELECT sum(json_extract(counts, '$.registrations')) FROM CERTIFICATES"
    )
    (interrupted,) = query(tmp_path, "SELECT count(*) FROM CERTIFICATES WHERE finished_at IS NULL")
    assert (certified, interrupted) == (NUMBER, 1)

    for file in tmp_path.glob("site.sqlite3*"):
        assert b"estrel" not in file.read_bytes(), file.name


def test_control_the_words_are_in_the_file_while_nothing_is_erased(tmp_path, environment):
    prepared = start(environment, "-c", PREPARE % 5)
    assert prepared.wait(120) == 0, prepared.stderr.read()
    assert datetime.now(UTC) > datetime(2026, 2, 1, tzinfo=UTC)
    content = b"".join(file.read_bytes() for file in tmp_path.glob("site.sqlite3*"))
    assert b"Kestrel says 4" in content
