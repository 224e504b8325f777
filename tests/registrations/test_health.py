"""What monitors see, in order and out of order."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import override_settings

from events.registrations import worker_settings
from events.registrations.jobs import JOBS, beat_of, run_due
from events.registrations.mail.worker import WORKER
from events.registrations.models import Heartbeat, OutboundEmail
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory


def test_healthz_uses_no_database(client):
    # Without the database fixture, a query would raise.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.fixture
def beating(clock, db):
    Heartbeat.beat(WORKER, at=NOW - timedelta(seconds=12))
    for job in JOBS:
        Heartbeat.beat(beat_of(job), at=NOW - timedelta(hours=25))
    Heartbeat.beat(Heartbeat.BACKUP, at=NOW - timedelta(hours=9))
    worker_settings.beat(at=NOW)


def test_readyz_says_that_all_is_well(client, beating):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "degraded": [],
        "checks": {
            "database": {"ok": True},
            "worker": {"ok": True, "seconds_since_heartbeat": 12},
            "outbox": {
                "ok": True,
                "late": 0,
                "oldest_late_seconds": 0,
            },
            "jobs": {
                "ok": True,
                "last_success": {job.__name__: "2026-11-01T11:00:00+00:00" for job in JOBS},
            },
            "undeliverable": {"ok": True, "emails": 0},
            "backup": {"ok": True, "last_good": "2026-11-02T03:00:00+00:00", "hours_since": 9},
            "worker_settings": {"ok": True},
        },
    }
    assert "no-store" in response["Cache-Control"]


def failing(response) -> dict[str, str]:
    assert response.status_code == 503
    checks = response.json()["checks"]
    return {name: check["detail"] for name, check in checks.items() if not check["ok"]}


def test_readyz_reports_a_worker_that_never_ran(client, beating):
    Heartbeat.objects.filter(name=WORKER).delete()
    assert failing(client.get("/readyz")) == {"worker": "no mail worker has ever run"}


def test_readyz_reports_a_job_that_never_ran(client, beating):
    Heartbeat.objects.filter(name="job extend_occurrences").delete()
    assert failing(client.get("/readyz")) == {"jobs": "no success for a day: extend_occurrences"}


def test_readyz_reports_a_job_failing_for_a_day(client, beating, clock, monkeypatch):
    clock.move_to(NOW + timedelta(hours=2))
    Heartbeat.beat(WORKER, at=NOW + timedelta(hours=2))

    def failing_job(*, at):
        raise ValueError

    monkeypatch.setattr("events.registrations.jobs.JOBS", [failing_job, *JOBS[1:]])
    list(run_due(now=lambda: NOW + timedelta(hours=2)))
    assert failing(client.get("/readyz")) == {"jobs": f"no success for a day: {JOBS[0].__name__}"}


def test_readyz_reports_a_silent_worker(client, beating, clock):
    clock.move_to(NOW + timedelta(seconds=49))
    assert failing(client.get("/readyz")) == {"worker": "the mail worker is silent"}


@pytest.mark.parametrize(("minutes", "is_late"), [(15, False), (16, True)])
def test_readyz_reports_email_more_than_15_minutes_late(client, beating, minutes, is_late):
    OutboundEmailFactory(
        state=OutboundEmail.State.FAILED,
        wanted_at=NOW - timedelta(minutes=minutes),
        due_at=NOW + timedelta(minutes=30),
    )
    response = client.get("/readyz")
    assert response.status_code == (503 if is_late else 200)
    assert response.json()["checks"]["outbox"]["late"] == is_late


def test_readyz_answers_when_the_database_does_not(client, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("could not connect to server at 10.0.0.1")

    monkeypatch.setattr(Heartbeat.objects, "values_list", away)
    response = client.get("/readyz")
    assert failing(response)["database"] == "OperationalError"
    assert b"10.0.0.1" not in response.content


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_read_only(client, path):
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("hours", [None, 27])
def test_a_missing_backup_degrades_and_takes_no_server_out_of_service(client, beating, hours):
    Heartbeat.objects.filter(name=Heartbeat.BACKUP).delete()
    if hours:
        Heartbeat.beat(Heartbeat.BACKUP, at=NOW - timedelta(hours=hours))
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["degraded"] == ["backup"]


def test_a_worker_with_other_settings_degrades(client, beating, settings):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": "https://other.example"}
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["degraded"] == ["worker_settings"]


def test_a_worker_restarted_with_our_settings_is_healthy(client, beating, settings):
    with override_settings(PREVENT={**settings.PREVENT, "SITE_URL": "https://other.example"}):
        worker_settings.beat(at=NOW - timedelta(minutes=3))
    assert client.get("/readyz").json()["degraded"] == []
