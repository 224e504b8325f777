"""The desk in Chromium: axe, narrow screens, both of Wagtail's themes, and the keyboard."""

import os
import shutil
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright
from wagtail.users.models import UserProfile

from events.models import Occurrence
from events.registrations.models import Registration
from tests.registrations.review.conftest import SENSITIVE, address, crowd

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        complain = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        complain("Chromium is not installed: put chromium on the PATH")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; the database is used between its calls.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def desk(chromium, live_server, person, registration):
    """Return a function that opens the CMS as a role, in a theme, on a screen of a width."""
    contexts = []

    def opened(role: str = "lead", theme: str = "light", width: int = 1280) -> Page:
        user = person(role)
        UserProfile.objects.create(user=user, theme=theme)
        client = Client()
        client.force_login(user)
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}
        )
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


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
    page.get_by_text("Nothing has been done yet").wait_for()


def show_bulk_result(page: Page, registration: Registration) -> None:
    registration.occurrence.capacity = 2
    registration.occurrence.save()
    show_bulk_preview(page, registration)
    page.get_by_role("button", name="Confirm").click()
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


SCREENS = [
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
    show_trail,
    show_assignments,
]
# Colours depend on the theme alone, and what sticks out on the width alone.
LOOKS = [("light", 320), ("dark", 1280)]


# The main region hides what sticks out, so nothing scrolls: each element has to be looked at.
TOO_WIDE = """content => [...document.querySelectorAll(`${content} *`)]
    .filter(element => element.getBoundingClientRect().right > window.innerWidth)
    .map(element => element.outerHTML.slice(0, 80))"""


def assert_accessible(page: Page, content: str) -> None:
    """Fail with axe's own words if it finds anything in the part that ``content`` selects."""
    results = Axe().run(page, context={"include": [content]})
    assert results.violations_count == 0, results.generate_report()
    assert page.locator("h1").count() == 1
    assert page.evaluate(TOO_WIDE, content) == []
    if folder := os.environ.get("SCREENSHOTS"):
        name = os.environ["PYTEST_CURRENT_TEST"].partition("[")[2].partition("]")[0]
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
@pytest.mark.parametrize("show", SCREENS)
def test_axe_finds_nothing_on_the_desk(desk, registration, show, theme, width):
    page = desk(role="superuser", theme=theme, width=width)
    show(page, registration)
    assert_accessible(page, ".review")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_axe_finds_nothing_on_the_dashboards_panel(desk, registration, theme, width):
    # The panel shows what is to come by the clock of the machine.
    begins = timezone.now() + timedelta(days=9)
    Occurrence.objects.update(starts_at=begins, ends_at=begins + timedelta(hours=1), capacity=30)
    Registration.objects.update(received_at=timezone.now() - timedelta(days=3))
    page = desk(theme=theme, width=width)
    page.goto(reverse("wagtailadmin_home"))
    page.get_by_text("The same as a table").click()
    assert_accessible(page, ".review-panel")


def test_axe_finds_nothing_on_a_sign_in_sheet(desk, registration):
    Registration.objects.update(status="confirmed")
    page = desk(width=320)
    show_sheet_form(page, registration)
    page.get_by_role("button", name="Make the sheet").click()
    page.get_by_role("cell", name=registration.name).wait_for()
    assert_accessible(page, "main")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_refusal(desk, theme):
    page = desk(role="editor", theme=theme, width=320)
    assert page.goto(address("index")).status == 403
    assert_accessible(page, ".content")


def test_a_registration_is_decided_by_keyboard(desk, registration):
    page = desk()
    page.goto(address("index"))
    link = page.get_by_role("link", name=registration.reference)
    for _ in range(60):
        if link.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    status = page.get_by_label("Status")
    status.wait_for()
    for _ in range(60):
        if status.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("Conf")
    page.keyboard.press("Tab")
    page.keyboard.type("Rang them")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("is now “Confirmed”").wait_for()
    registration.refresh_from_db()
    assert registration.status == "confirmed"
    assert registration.history.latest("pk").note == "Rang them"
