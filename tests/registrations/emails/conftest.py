"""One booking that can be put into any state, and every email about it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest

from events.models import Occurrence
from events.registrations import submissions
from events.registrations.emails.facts import facts_of_date
from events.registrations.emails.kinds import compose
from events.registrations.models import OutboundEmail, Registration
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory

MODES = ("hall", "online", "online_link", "both")


@dataclass
class Booking:
    """A booking, its date and its event, and the emails about them."""

    registration: Registration

    def put(self, *, status="confirmed", date="scheduled", mode="hall", event=True, **fields):
        """Put the booking, its date and its event into a state."""
        occurrence = self.registration.occurrence
        page = occurrence.event
        reason = "" if date == "scheduled" else "The hall was flooded."
        Occurrence.objects.filter(pk=occurrence.pk).update(
            status=date, reason=reason, event=page if event else None
        )
        type(page).objects.filter(pk=page.pk).update(
            attendance_mode={"hall": "in_person", "both": "both"}.get(mode, "online"),
            joining_link="https://meet.council.example/room" if mode == "online_link" else "",
        )
        usual = {"discreet": False, "guests": 0, "concern_since": None}
        if status in ("held", "unconfirmed"):
            usual["held_until"] = NOW + timedelta(minutes=60 if status == "held" else -60)
        rows = Registration.objects.filter(pk=self.registration.pk)
        rows.update(status=status, **(usual | fields))

    def write(self, kind: str, facts: dict[str, Any] | None = None, **fields: Any):
        """Compose an email of ``kind`` about the stored booking."""
        registration = Registration.objects.select_related("occurrence__event", "page").get(
            pk=self.registration.pk
        )
        return compose(
            OutboundEmailFactory(registration=registration, kind=kind, facts=facts or {}, **fields),
            at=NOW,
        )

    def was(self, **changed: Any) -> dict:
        """Return the facts of the date a week earlier, at a venue."""
        was = facts_of_date(self.registration.occurrence) | {
            "starts_at": "2026-11-19T17:00:00+00:00",
            "ends_at": "2026-11-19T18:30:00+00:00",
            "place": ["The Old Hall", "2 Low Street", "HP99 9ZY"],
            "mode": "in_person",
        }
        return {"was": was | changed}


@pytest.fixture
def booking(valid_form, series):
    """A booking with an answer, access needs and two places, at an event with a full team."""
    organiser = series.organiser
    organiser.team = "Community safety team"
    organiser.save()
    series.venue.name = "Exampleton Town Hall"
    series.venue.save()
    receipt, _ = submissions.register(
        valid_form(discreet=None, name="Sam Example", email="sam@visitor.example").submission(),
        at=NOW,
    )
    return Booking(Registration.objects.get(pk=receipt.registration.pk))


def texts(message) -> list[str]:
    """Return the plain text and the HTML of ``message``."""
    return [message.body, message.alternatives[0][0]]


def everything(message) -> str:
    return message.message().as_bytes().decode() + "".join(texts(message))


def example_file(message) -> bytes:
    """Return ``message`` as a file, without what varies from run to run."""
    built = message.message()
    for number, part in enumerate(built.walk(), start=1):
        if part.is_multipart():
            part.set_boundary(f"----part-{number}")
    return normalised(built).encode()


def normalised(built: Message) -> str:
    text = built.as_bytes().decode()
    for pattern, replacement in (
        (r"/registration/(new-email/)?[\w:=-]{20,}/", r"/registration/\1example-link/"),
        (r"/(inspect|registration)/\d+/", r"/\1/1/"),
        (r"PR-[0-9A-Z]{4}-[0-9A-Z]{4}", "PR-EXAM-PPPP"),
        (r"UID:[0-9a-f-]{36}", "UID:6f9e4f0e-5d0c-4c5e-9a3c-0d6a3a1f7f52"),
        (r"Message-ID: <[^>]+>", "Message-ID: <example@council.example>"),
    ):
        text = re.sub(pattern, replacement, text)
    return text


KINDS = OutboundEmail.Kind
