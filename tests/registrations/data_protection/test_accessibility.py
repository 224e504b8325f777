"""The data protection screens, and a complaint's journey, in Chromium: axe, narrow and wide."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.registrations import cases, holds, retention
from events.registrations.models import Complaint
from tests.chromium import assert_desk_accessible, follow
from tests.factories import RegistrationFactory, UserFactory

DESK = "/cms/data-protection/"
EMAIL = "ada@visitor.example"
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def officer(transactional_db):
    return UserFactory(username="olu", is_superuser=True)


@pytest.fixture
def rows(officer):
    """A held registration, one not held, an erased one, and two complaints."""
    now = timezone.now()
    held, kept, erased = (
        RegistrationFactory(email=EMAIL, name=LONG, erase_at=now + timedelta(days=days))
        for days in (-1, 30, 30)
    )
    until = timezone.localdate() + timedelta(days=30)
    holds.place(held, reason=LONG, until=until, by=officer, at=now)
    retention.erase(erased, at=now, reason="request", by=officer)
    answered = cases.receive(name=LONG, email=EMAIL, text=LONG, key="1", at=now)
    cases.close(answered, outcome=LONG, at=now)
    late = now - timedelta(days=40)
    return {
        "kept": kept,
        "open": cases.receive(name="A", email=EMAIL, text="B", key="2", at=late),
    }


def show_desk(page, rows):
    page.goto(DESK)


def show_mistake(page, rows):
    page.goto(DESK)
    follow(page, page.get_by_role("button", name="Find"))


def show_found(page, rows):
    page.goto(DESK)
    page.get_by_label("Email address, name").fill(EMAIL)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("heading", name="Erase at all events").wait_for()


def show_erase_mistake(page, rows):
    show_found(page, rows)
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_text("There is a problem").wait_for()


def show_erased(page, rows):
    show_found(page, rows)
    page.get_by_label("Email address again").fill(EMAIL)
    page.get_by_label("This cannot be undone").check()
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_text("1 registration erased").wait_for()


def show_certificates(page, rows):
    page.goto(f"{DESK}certificates/")


def show_holds(page, rows):
    page.goto(f"{DESK}holds/")


def show_hold_mistake(page, rows):
    page.goto(f"{DESK}holds/place/{rows['kept'].pk}/")
    page.get_by_role("button", name="Place hold", exact=True).click()
    page.get_by_text("There is a problem").wait_for()


def show_complaints(page, rows):
    page.goto(f"{DESK}complaints/")


def show_open_complaint(page, rows):
    page.goto(f"{DESK}complaints/{rows['open'].pk}/")


def show_answered_complaint(page, rows):
    page.goto(f"{DESK}complaints/{Complaint.objects.exclude(closed_at=None).get().pk}/")


SCREENS = [
    show_desk,
    show_mistake,
    show_found,
    show_erase_mistake,
    show_erased,
    show_certificates,
    show_holds,
    show_hold_mistake,
    show_complaints,
    show_open_complaint,
    show_answered_complaint,
]


@pytest.mark.parametrize("show", SCREENS)
def test_axe_finds_nothing_on_the_data_protection_screens(live_server, browse, officer, rows, show):
    page = browse(live_server, width=320, user=officer)
    show(page, rows)
    assert_desk_accessible(page, ".review")
