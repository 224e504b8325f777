"""A registration full of words that must not leak, and people with different rights."""

from datetime import UTC, datetime, timedelta

import factory
import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from events.registrations.models import OutboundEmail, RegistrationChange
from tests.factories import (
    OccurrenceFactory,
    OutboundEmailFactory,
    RegistrationFactory,
    UserFactory,
)

NAME = "Zephyrine Canarywood"
EMAIL = "zephyrine@canary.example"
ANSWER = "canary-answer-about-buses"
SENSITIVE = "canary-sensitive-wheelchair"
NOTE = "canary-note-by-a-lead"
PERSONAL = (NAME, EMAIL, ANSWER, SENSITIVE, NOTE)

NO_RIGHTS: list[str] = []
SEE = ["view_registration", "registrations_of_every_event", "handle_concerns"]
LEAD = [
    *SEE,
    "view_sensitive_answers",
    "decide_registration",
    "export_registration",
    "message_registrants",
]


def without(right: str) -> list[str]:
    return [name for name in LEAD if name != right]


ROLES = {
    "editor": NO_RIGHTS,
    "lead": LEAD,
    "lead without decide": without("decide_registration"),
    "lead without sensitive": without("view_sensitive_answers"),
    "lead without messages": without("message_registrants"),
    "lead without export": without("export_registration"),
    "lead without concerns": without("handle_concerns"),
    "all rights but to see": without("view_registration"),
    "organiser": ["view_registration", "decide_registration"],
    "trail reader": ["view_trail"],
    "assigner": ["assign_events"],
}


@pytest.fixture
def registration(db):
    """One registration with answers of both kinds, a note in its history, and an email."""
    row = RegistrationFactory(
        reference="PR-CNRY-2345",
        occurrence=OccurrenceFactory(title="Community roundtable"),
        name=NAME,
        email=EMAIL,
        answers=[
            {"name": "question", "label": "Your question", "type": "multiline", "value": ANSWER},
            {"name": "topics", "label": "Topics", "type": "checkboxes", "value": ["Buses", "Law"]},
            {"name": "news", "label": "Newsletter", "type": "checkbox", "value": True},
        ],
        sensitive_answers=[
            {"name": "access", "label": "Access needs", "type": "multiline", "value": SENSITIVE}
        ],
    )
    RegistrationChange.objects.create(
        registration=row,
        at=datetime(2026, 11, 2, 12, tzinfo=UTC),
        status=row.status,
        note=NOTE,
    )
    OutboundEmailFactory(registration=row, state=OutboundEmail.State.FAILED, attempts=3)
    return row


@pytest.fixture
def person(db):
    """Return a function that makes a CMS user for a role above, or a superuser."""

    def make(role: str):
        if role == "superuser":
            return UserFactory(is_superuser=True)
        user = UserFactory()
        user.user_permissions.set(
            Permission.objects.filter(codename__in=["access_admin", *ROLES[role]])
        )
        return user

    return make


@pytest.fixture
def client_of(person):
    """Return a function that makes a client signed in as a role; ``anonymous`` is nobody."""

    def make(role: str) -> Client:
        client = Client()
        if role != "anonymous":
            client.force_login(person(role))
        return client

    return make


@pytest.fixture
def lead_client(client_of):
    return client_of("lead")


@pytest.fixture
def three(db):
    evening = OccurrenceFactory()
    return [
        RegistrationFactory(
            name=name,
            email=f"{name}@visitor.example",
            occurrence=evening,
            received_at=datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(hours=hour),
        )
        for hour, name in enumerate(("Ada", "Ben", "Cleo"))
    ]


def crowd(count: int, **values) -> list:
    """Register ``count`` people, each with a different address."""
    email = factory.Sequence(lambda number: f"person{number}@crowd.example")
    return RegistrationFactory.create_batch(count, email=email, **values)


def address(screen: str, *args) -> str:
    return reverse(f"prevent_registrations_registration_modeladmin_{screen}", args=args)
