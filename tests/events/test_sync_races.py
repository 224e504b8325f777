"""Two processes synchronising one event at once, on a shared file or server."""

import os
import sqlite3
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest
from django.db import connection

from events.models import EventPage, Occurrence
from tests.conftest import NOW
from tests.events.sync_process import wait_for
from tests.factories import EventPageFactory

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 2


@pytest.fixture
def weekly(clock, event_index):
    """An event saved with other hours and a skipped date since its dates were made."""
    event = EventPageFactory(parent=event_index, rule="FREQ=WEEKLY")
    event.occurrences.filter(pk__in=event.occurrences.values("pk")[50:]).delete()
    EventPage.objects.filter(pk=event.pk).update(starts=time(17))
    return event


@pytest.fixture
def shared_database(weekly, tmp_path):
    """Return the address of a database that other processes can open, and a reader of it."""
    if connection.vendor == "sqlite":
        file = tmp_path / "shared.sqlite3"
        with sqlite3.connect(file) as copy:
            connection.connection.backup(copy)
        copy.close()

        def rows():
            with sqlite3.connect(file) as reader:
                return reader.execute(
                    "SELECT date, sequence FROM prevent_events_occurrence ORDER BY date"
                ).fetchall()

        return f"sqlite:///{file}", rows
    settings = connection.settings_dict
    login = f"{settings['USER']}:{settings['PASSWORD']}"
    place = f"{settings['HOST']}:{settings['PORT'] or 5432}/{settings['NAME']}"
    return f"postgres://{login}@{place}", lambda: list(
        Occurrence.objects.order_by("date").values_list("date", "sequence")
    )


def synchronise_at_once(event, address, folder, **environment):
    """Return the exit code and error output of each process."""
    said = [str(event.pk), str(folder), NOW.isoformat()]
    command = [sys.executable, "-m", "tests.events.sync_process", *said]
    running = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": address, "VAR_DIR": str(folder), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    wait_for(lambda: len(list(folder.glob("ready-*"))) == PROCESSES)
    (folder / "go").touch()
    return [(process.communicate()[1], process.returncode) for process in running]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_at_once_make_each_date_once_and_raise_each_sequence_once(
    weekly, shared_database, tmp_path
):
    address, rows = shared_database
    ended = synchronise_at_once(weekly, address, tmp_path)
    assert [code for _, code in ended] == [0, 0], ended
    found = rows()
    assert len({day for day, _ in found}) == len(found) > 100
    assert [sequence for _, sequence in found] == [1] * 50 + [0] * (len(found) - 50)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_control_without_the_lock_two_at_once_collide(weekly, shared_database, tmp_path):
    address, _ = shared_database
    ended = synchronise_at_once(
        weekly, address, tmp_path, UNGUARDED="1", UNGUARDED_PROCESSES=str(PROCESSES)
    )
    assert [code for _, code in ended] != [0, 0]
    assert "IntegrityError" in str(ended) or "OperationalError" in str(ended)
