"""The review screens in Chromium: axe, narrow screens, both Wagtail themes, and the keyboard."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from events.models import Occurrence
from events.registrations.models import Registration
from tests.chromium import assert_accessible, assert_desk_accessible, tab_to
from tests.registrations.review.conftest import SENSITIVE, address, crowd

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def desk(browse, live_server, person, registration):
    """Return a function that opens the CMS as a role."""

    def opened(role: str = "lead", **options) -> Page:
        return browse(live_server, user=person(role), **options)

    return opened


def show_list(page: Page, registration: Registration) -> None:
    page.goto(address("index"))


def show_second_page(page: Page, registration: Registration) -> None:
    crowd(60, occurrence=registration.occurrence, status="confirmed")
    page.goto(address("index") + "?p=2&o=name")


def show_no_match(page: Page, registration: Registration) -> None:
    page.goto(address("index") + "?q=nobody")


def show_odd_address(page: Page, registration: Registration) -> None:
    page.goto(address("index") + "?status=nonsense&email__startswith=a")


def show_registration(page: Page, registration: Registration) -> None:
    page.goto(address("inspect", registration.pk))


def show_sensitive_answers(page: Page, registration: Registration) -> None:
    show_registration(page, registration)
    page.get_by_role("button", name="Show sensitive answers").click()
    page.get_by_text(SENSITIVE).wait_for()


def show_mistake(page: Page, registration: Registration) -> None:
    show_registration(page, registration)
    page.get_by_role("button", name="Save decision").click()
    page.get_by_text("There is a problem").wait_for()


def show_conflict(page: Page, registration: Registration) -> None:
    show_registration(page, registration)
    Registration.objects.update(status="withdrawn")
    page.get_by_label("Status").select_option("confirmed")
    page.get_by_role("button", name="Save decision").click()
    page.get_by_text("Nothing has been saved").wait_for()


def show_bulk_preview(page: Page, registration: Registration) -> None:
    crowd(3, occurrence=registration.occurrence)
    page.goto(address("index"))
    page.get_by_label("Tick all on this page").check()
    page.get_by_label("With the ticked registrations").select_option("confirmed")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Nothing has changed yet").wait_for()


def show_bulk_result(page: Page, registration: Registration) -> None:
    registration.occurrence.capacity = 2
    registration.occurrence.save()
    show_bulk_preview(page, registration)
    page.get_by_role("button", name="Update").click()
    page.get_by_role("heading", name="Finished").wait_for()


def show_export(page: Page, registration: Registration) -> None:
    page.goto(address("export"))
    page.get_by_role("button", name="Export").click()
    page.get_by_text("There is a problem").wait_for()


def show_flagged(page: Page, registration: Registration) -> None:
    show_registration(page, registration)
    page.get_by_label("Why").fill("An answer worries me")
    page.get_by_role("button", name="Flag a safeguarding concern").click()
    page.get_by_role("heading", name="Flagged").wait_for()


def show_dates(page: Page, registration: Registration) -> None:
    registration.occurrence.capacity = 30
    registration.occurrence.save()
    page.goto(address("dates"))


def show_door(page: Page, registration: Registration) -> None:
    Registration.objects.update(status="confirmed", guests=1)
    crowd(3, occurrence=registration.occurrence, status="attended")
    page.goto(address("door", registration.occurrence.uuid))


def show_message_mistake(page: Page, registration: Registration) -> None:
    Registration.objects.update(status="confirmed")
    page.goto(address("message", registration.occurrence.uuid))
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("There is a problem").wait_for()


def show_message_preview(page: Page, registration: Registration) -> None:
    show_message_mistake(page, registration)
    page.get_by_label("Subject").fill("Parking on {date}")
    page.get_by_label("Message").fill("The car park is closed.")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="As one person gets it").wait_for()


def show_message_sent(page: Page, registration: Registration) -> None:
    show_message_preview(page, registration)
    page.get_by_role("button", name="Send 1 email").click()
    page.get_by_text("0 of 1").wait_for()


def show_decision_email(page: Page, registration: Registration) -> None:
    show_registration(page, registration)
    page.get_by_label("Status").select_option("declined")
    page.get_by_role("button", name="Preview the email").click()
    page.get_by_text("Nothing has been sent yet").wait_for()


def show_sheet_form(page: Page, registration: Registration) -> None:
    page.goto(address("sheet", registration.occurrence.uuid))


def show_summary(page: Page, registration: Registration) -> None:
    Registration.objects.update(status="confirmed")
    page.goto(address("summary", registration.occurrence.uuid))


def show_trail(page: Page, registration: Registration) -> None:
    page.goto(address("index"))
    page.goto(reverse("prevent_registrations_accessrecord_modeladmin_index"))


def show_assignments(page: Page, registration: Registration) -> None:
    page.goto(reverse("prevent_registrations_eventassignment_modeladmin_index"))


def show_filters_and_chips(page: Page, registration: Registration) -> None:
    page.goto(address("index") + "?status=received&cols=guests")
    page.get_by_text("Filters (1 active)").click()


def show_change(page: Page, registration: Registration) -> None:
    page.goto(address("change", registration.pk))


def show_move(page: Page, registration: Registration) -> None:
    page.goto(address("move", registration.pk))
    page.get_by_role("button", name="Move").click()
    page.get_by_text("There is a problem").wait_for()


def show_merge(page: Page, registration: Registration) -> None:
    [other] = crowd(1, occurrence=registration.occurrence)
    page.goto(address("merge", registration.pk, other.pk))


def show_choice_of_date(page: Page, registration: Registration) -> None:
    page.goto(address("add_person"))


SCREENS = [
    show_filters_and_chips,
    show_change,
    show_move,
    show_merge,
    show_choice_of_date,
    show_list,
    show_second_page,
    show_no_match,
    show_odd_address,
    show_registration,
    show_sensitive_answers,
    show_mistake,
    show_conflict,
    show_bulk_preview,
    show_bulk_result,
    show_export,
    show_flagged,
    show_dates,
    show_door,
    show_sheet_form,
    show_summary,
    show_message_mistake,
    show_message_preview,
    show_message_sent,
    show_decision_email,
    show_trail,
    show_assignments,
]


@pytest.mark.parametrize("show", SCREENS)
def test_axe_finds_nothing_on_the_screens(desk, registration, show):
    page = desk(role="superuser", width=320)
    show(page, registration)
    assert_desk_accessible(page, ".review")


def test_axe_finds_nothing_on_the_dashboards_panel(desk, registration):
    # The panel shows coming dates by the machine's clock.
    begins = timezone.now() + timedelta(days=9)
    Occurrence.objects.update(starts_at=begins, ends_at=begins + timedelta(hours=1), capacity=30)
    Registration.objects.update(received_at=timezone.now() - timedelta(days=3))
    page = desk()
    page.goto(reverse("wagtailadmin_home"))
    page.get_by_text("Show as a table").click()
    assert_desk_accessible(page, ".review-panel")


def test_axe_finds_nothing_on_a_sign_in_sheet(desk, registration):
    Registration.objects.update(status="confirmed")
    page = desk(width=320)
    show_sheet_form(page, registration)
    page.get_by_role("button", name="Make the sheet").click()
    page.get_by_role("cell", name=registration.name).wait_for()
    assert_accessible(page, "main")


def test_axe_finds_nothing_on_a_refusal(desk):
    page = desk(role="editor", width=320)
    assert page.goto(address("index")).status == 403
    assert_desk_accessible(page, ".content")


def test_a_registration_is_decided_by_keyboard(desk, registration):
    page = desk()
    page.goto(address("index"))
    tab_to(page, page.get_by_role("link", name=registration.reference))
    page.keyboard.press("Enter")
    status = page.get_by_label("Status")
    status.wait_for()
    tab_to(page, status)
    page.keyboard.type("Conf")
    page.keyboard.press("Tab")
    page.keyboard.type("Rang them")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("is now “Confirmed”").wait_for()
    registration.refresh_from_db()
    assert registration.status == "confirmed"
    assert registration.history.latest("pk").note == "Rang them"
