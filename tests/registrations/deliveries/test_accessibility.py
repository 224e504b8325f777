"""Deliveries in Chromium: axe, a narrow screen, both themes."""

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

from events.registrations.models import OutboundEmail
from tests.factories import OutboundEmailFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
State = OutboundEmail.State
# The main region hides what sticks out, so nothing scrolls: each element has to be looked at.
TOO_WIDE = """() => [...document.querySelectorAll('#main *')]
    .filter(element => element.getBoundingClientRect().right > window.innerWidth)
    .map(element => element.outerHTML.slice(0, 80))"""


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
def rows(chromium, transactional_db):
    """A row in each state, the failed one two hours late."""
    late = timezone.now() - timedelta(hours=2)
    return {
        state: OutboundEmailFactory(
            state=state,
            wanted_at=late if state == State.FAILED else timezone.now(),
            sent_at=timezone.now() if state == State.SENT else None,
            lease_until=timezone.now() if state == State.SENDING else None,
            last_error="SMTPRecipientsRefused 451" if state == State.FAILED else "",
            attempts=3,
        )
        for state in State
    }


@pytest.fixture
def page(request, chromium, live_server, transactional_db) -> Page:
    theme, width = request.param
    # The test empties the tables, groups included, so that the right comes from elsewhere.
    admin = UserFactory(is_superuser=True)
    UserProfile.objects.create(user=admin, theme=theme)
    client = Client()
    client.force_login(admin)
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": width, "height": 900}
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", [("light", 1280), ("dark", 1280), ("light", 320)], indirect=True)
def test_nothing_on_the_screens_of_deliveries_keeps_anybody_out(page, rows):
    index = reverse("prevent_registrations_outboundemail_modeladmin_index")
    abandon = reverse(
        "prevent_registrations_outboundemail_modeladmin_abandon", args=[rows[State.FAILED].pk]
    )
    for address in (index, f"{index}?state=late", f"{index}?state=odd", abandon):
        page.goto(address)
        found = Axe().run(page, "#main")
        assert found.violations_count == 0, f"{address}\n{found.generate_report()}"
        assert page.evaluate(TOO_WIDE) == []
        if folder := os.environ.get("SCREENSHOTS"):
            name = f"{address.strip('/').replace('/', '-').replace('?', '-')}"
            page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png")
