"""The outbox as a task of Django's Tasks interface."""

import threading
import time

import pytest
from django.conf import settings as site_settings

from events.registrations.mail import tasks
from events.registrations.models import OutboundEmail
from events.registrations.outbox import deliveries_enqueued

IMMEDIATE = "django_tasks.backends.immediate.ImmediateBackend"


@pytest.fixture
def engine(settings, monkeypatch):
    settings.TASKS = {
        "default": {"BACKEND": IMMEDIATE},
        "mail": {"BACKEND": IMMEDIATE, "QUEUES": ["mail"]},
    }
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_TASKS_BACKEND": "mail"}
    # The test's transaction depends on its connection.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)


def test_an_engine_that_accepts_the_call_sends_the_email(engine, server, owed):
    owed(3)
    assert tasks.enqueue("mail")
    assert set(OutboundEmail.objects.values_list("state", flat=True)) == {"sent"}
    assert len(server.taken) == 3


def test_a_task_ends_in_time_and_queues_another(engine, server, owed, monkeypatch):
    calls = []
    monkeypatch.setattr(tasks, "TASK_SECONDS", -1.0)
    monkeypatch.setattr(tasks, "enqueue", calls.append)
    owed()
    assert tasks.send_mail.call() == 0
    assert calls == ["mail"]
    assert OutboundEmail.objects.get().state == "waiting"


def test_an_engine_that_hangs_or_fails_holds_up_no_request(settings, monkeypatch):
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_TASKS_BACKEND": "mail"}
    calls = []
    began, hanging = threading.Event(), threading.Event()

    def hang(backend):
        calls.append(backend)
        began.set()
        hanging.wait(20)
        return True

    monkeypatch.setattr(tasks, "enqueue", hang)
    monkeypatch.setattr(tasks, "engine_caller", tasks.EngineCaller())
    deliveries_enqueued.send(None)
    assert began.wait(10)
    started = time.monotonic()
    for _ in range(1000):
        deliveries_enqueued.send(None)
    assert time.monotonic() - started < 5
    hanging.set()
    until = time.monotonic() + 10
    while len(calls) < 2 and time.monotonic() < until:
        threading.Event().wait(0.01)
    # The one that hung, and one for the thousand that came meanwhile.
    assert calls == ["mail", "mail"]


def test_a_missing_engine_is_a_warning_without_its_address(settings, caplog):
    settings.TASKS = {
        **getattr(site_settings, "TASKS", {}),
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
        "gone": {"BACKEND": "nowhere.Backend"},
    }
    assert tasks.enqueue("gone") is False
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "nowhere" not in caplog.text
