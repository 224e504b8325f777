"""The worker, turn by turn, without its loop."""

import pytest

from events.registrations.mail import worker as worker_module
from events.registrations.mail.worker import JOBS_EVERY, Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def said():
    return []


@pytest.fixture
def worker(said, monkeypatch):
    monkeypatch.setattr(worker_module, "send_due", lambda **_: iter(()))
    worker = Worker(report=said.append)
    yield worker
    worker.doorbell.close()


@pytest.fixture
def jobs_done(monkeypatch):
    done = []

    def run_due(*, now):
        done.append(now())
        yield "quiet", "nothing to do", True
        yield "broken", "failed: ValueError", False

    monkeypatch.setattr(worker_module, "run_due", run_due)
    return done


def test_the_due_jobs_are_done_at_once_and_then_every_half_hour(worker, jobs_done, monkeypatch):
    seconds = [1000.0]
    monkeypatch.setattr(worker_module.time, "monotonic", lambda: seconds[0])
    worker.turn()
    worker.turn()
    assert len(jobs_done) == 1
    seconds[0] += JOBS_EVERY.total_seconds()
    worker.turn()
    assert len(jobs_done) == 2


def test_only_a_job_that_failed_is_told_of(worker, jobs_done, said):
    worker.turn()
    assert said == ["broken: failed: ValueError"]


def test_a_worker_that_is_told_to_stop_begins_no_other_job(worker, jobs_done, said):
    worker.stopping = True
    worker.turn()
    assert said == []
