"""The outbox as a task of Django's Tasks interface."""

import pytest

from events.registrations.mail import nudge, tasks
from events.registrations.models import OutboundEmail

IMMEDIATE = "django_tasks.backends.immediate.ImmediateBackend"


@pytest.fixture
def engine(settings, monkeypatch):
    settings.TASKS = {
        "default": {"BACKEND": IMMEDIATE},
        "mail": {"BACKEND": IMMEDIATE, "QUEUES": ["mail"]},
    }
    settings.OUTBOX_TASKS_BACKEND = "mail"
    # The test's transaction lives in its connection.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)


def test_an_engine_that_takes_the_call_sends_the_mail(engine, server, owed):
    owed(3)
    assert nudge.enqueue("mail")
    assert set(OutboundEmail.objects.values_list("state", flat=True)) == {"sent"}
    assert len(server.taken) == 3


def test_a_task_ends_in_good_time_and_calls_for_another(engine, server, owed, monkeypatch):
    calls = []
    monkeypatch.setattr(tasks, "TASK_SECONDS", -1.0)
    monkeypatch.setattr(nudge, "enqueue", calls.append)
    owed()
    assert tasks.send_mail.call() == 0
    assert calls == ["mail"]
    assert OutboundEmail.objects.get().state == "waiting"
