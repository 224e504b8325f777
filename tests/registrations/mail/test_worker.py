"""The worker's rounds, without its loop."""

import pytest
from django.db import InterfaceError, InternalError, OperationalError

from events.registrations.mail import worker as worker_module
from events.registrations.mail.worker import JOBS_EVERY, Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def said():
    return []


@pytest.fixture
def worker(said, monkeypatch):
    monkeypatch.setattr(worker_module, "send_due", lambda **_: iter(()))
    return Worker(report=said.append)


@pytest.fixture
def jobs_done(monkeypatch):
    done = []

    def run_due(*, now, timely=False):
        done.append("timely" if timely else "all")
        yield "quiet", "nothing to do", True
        yield "broken", "failed: ValueError", False

    monkeypatch.setattr(worker_module, "run_due", run_due)
    return done


def test_all_jobs_run_at_once_and_every_half_hour_and_timely_ones_in_between(
    worker, jobs_done, monkeypatch
):
    seconds = [1000.0]
    monkeypatch.setattr(worker_module.time, "monotonic", lambda: seconds[0])
    worker.run_once()
    worker.run_once()
    assert jobs_done == ["all"]
    seconds[0] += 30
    worker.run_once()
    assert jobs_done == ["all", "timely"]
    seconds[0] += JOBS_EVERY.total_seconds()
    worker.run_once()
    assert jobs_done == ["all", "timely", "all"]


def test_pages_are_published_on_time_while_much_email_is_waiting(worker, jobs_done, monkeypatch):
    seconds = [1000.0]
    monkeypatch.setattr(worker_module.time, "monotonic", lambda: seconds[0])

    def slow(**_):
        for number in range(10):
            seconds[0] += 20
            yield number, True

    monkeypatch.setattr(worker_module, "send_due", slow)
    worker.run_once()
    assert len(jobs_done) == 5


def test_only_failed_jobs_are_reported(worker, jobs_done, said):
    worker.run_once()
    assert said == ["broken: failed: ValueError"]


def test_a_stopping_worker_starts_no_other_job(worker, jobs_done, said):
    worker.stopping = True
    worker.run_once()
    assert said == []


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database or disk is full"),
        InterfaceError("connection already closed"),
        InternalError("cannot execute UPDATE in a read-only transaction"),
    ],
)
def test_a_database_missing_from_the_start_ends_no_worker(worker, monkeypatch, error):
    turns = []

    def housekeep():
        turns.append(1)
        raise error

    def wait(seconds):
        worker.stopping = len(turns) > 1

    monkeypatch.setattr(worker, "housekeep", housekeep)
    monkeypatch.setattr(worker.webhooks, "start", lambda: None)
    monkeypatch.setattr(worker.webhooks, "stop", lambda: None)
    monkeypatch.setattr(worker, "wait", wait)
    monkeypatch.setattr(worker_module.signal, "signal", lambda *arguments: None)
    monkeypatch.setattr(worker_module, "close_old_connections", lambda: None)
    worker.run()
    assert len(turns) == 2


def test_an_unwritable_log_stops_no_email(worker, jobs_done, monkeypatch):
    def full(text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker, "log", full)
    monkeypatch.setattr(worker_module, "send_due", lambda **_: iter([("mail", True)]))
    worker.run_once()
    assert len(jobs_done) == 1
