"""Queued rows, a server to send them to, and a clock that the test moves."""

from datetime import UTC, datetime, timedelta

import pytest

from events.registrations.mail.sending import send_due
from tests.factories import OutboundEmailFactory
from tests.smtp_servers import MailServer

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **duration) -> datetime:
        self.time += timedelta(**duration)
        return self.time


@pytest.fixture
def now():
    return Clock()


@pytest.fixture
def server(settings):
    """The site's mail server, accepting everything until its mood changes."""
    with MailServer() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_TIMEOUT = 2
        yield running


@pytest.fixture
def owed(db):
    """Return a function that queues ``number`` rows, each for a different registration."""

    def make(number=1, **attributes):
        fields = {"created_at": NOW, "wanted_at": NOW, "due_at": NOW} | attributes
        return [OutboundEmailFactory(**fields) for _ in range(number)]

    return make


@pytest.fixture
def send(now):
    """Return a function that sends what is due, and returns whether each row tried was sent."""
    return lambda: [was_sent for _, was_sent in send_due(now=now)]
