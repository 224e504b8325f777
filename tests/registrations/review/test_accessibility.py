"""The desk in Chromium: axe, narrow screens, both of Wagtail's themes, and the keyboard."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright
from wagtail.users.models import UserProfile

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


SCREENS = [
    show_list,
    show_second_page,
    show_no_match,
    show_odd_address,
    show_registration,
    show_sensitive_answers,
    show_mistake,
    show_conflict,
]


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


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("show", SCREENS)
def test_axe_finds_nothing_on_the_desk(desk, registration, show, theme, width):
    page = desk(theme=theme, width=width)
    show(page, registration)
    assert_accessible(page, ".review")


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
