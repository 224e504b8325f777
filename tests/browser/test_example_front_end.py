"""The example of a front end (examples/front-end) on another origin: the whole public journey."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from events.registrations.models import OutboundEmail, Registration
from tests.chromium import assert_accessible, has_focus

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "front-end"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments) -> None:
        """Leave the terminal to pytest."""


@pytest.fixture(scope="module")
def stage():
    return dict


@pytest.fixture
def front_end(site, settings, tmp_path):
    """Serve the example on an origin of its own, and return its address.

    The site knows the origin, and its own address as the API gives it.
    """
    folder = shutil.copytree(EXAMPLE, tmp_path / "front-end")
    (folder / "config.js").write_text(f'export const API = "{site.url}";\n')
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings.PREVENT = {**settings.PREVENT, "API_ORIGINS": [address]}
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": site.url}
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(front_end, browse):
    """Open the example; whatever it complains of in the console fails the test."""
    page = browse(front_end)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    yield page
    assert complaints == []


def open_date(page):
    page.locator(".dates a").first.click()
    expect(page.get_by_role("link", name="Book a place")).to_be_visible()


def open_form(page):
    open_date(page)
    page.get_by_role("link", name="Book a place").click()
    expect(page.get_by_role("button", name="Send your registration")).to_be_visible()


def fill_in(page, *, email):
    page.get_by_label("Full name").fill("Fran Frontend")
    page.get_by_label("Email address").fill(email)
    page.locator("[name=consent]").check()


def test_it_lists_dates_and_shows_one_with_its_calendar_file(page, site):
    expect(page.get_by_role("heading", level=1)).to_have_text("Community roundtables")
    assert_accessible(page)
    open_date(page)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Prevent Community Roundtable")
    assert has_focus(heading)
    expect(page.get_by_text("Light refreshments")).to_be_visible()
    assert_accessible(page)
    link = page.get_by_role("link", name="Put this date in your calendar").get_attribute("href")
    calendar = page.context.request.get(site.url + urlsplit(link).path)
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.text().count("BEGIN:VEVENT") == 1


def test_it_registers_and_the_mails_are_on_their_way(page):
    open_form(page)
    assert_accessible(page)
    fill_in(page, email="front@visitor.example")
    page.get_by_role("button", name="Send your registration").click()
    expect(page.get_by_text("Your reference: PR-")).to_be_visible(timeout=15_000)
    assert_accessible(page)
    registration = Registration.objects.get(email="front@visitor.example")
    assert registration.reference in page.locator("main").inner_text()
    assert OutboundEmail.objects.filter(registration=registration).count() == 2


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(page):
    open_form(page)
    fill_in(page, email="not-an-address")
    page.get_by_role("button", name="Send your registration").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Enter an email address", timeout=15_000)
    assert has_focus(summary)
    assert page.title().startswith("Error: ")
    assert_accessible(page)
    summary.get_by_role("link").click()
    assert has_focus(page.get_by_label("Email address"))
    assert page.get_by_label("Full name").input_value() == "Fran Frontend"
    page.get_by_label("Email address").fill("mended@visitor.example")
    page.get_by_role("button", name="Send your registration").click()
    expect(page.get_by_text("Your reference: PR-")).to_be_visible(timeout=15_000)


def test_a_site_that_is_away_loses_nothing_and_thanks_nobody(page):
    open_form(page)
    fill_in(page, email="away@visitor.example")
    page.route("**/api/registrations/", lambda route: route.abort())
    page.get_by_role("button", name="Send your registration").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached", timeout=15_000)
    assert page.get_by_label("Full name").input_value() == "Fran Frontend"
    assert not Registration.objects.filter(email="away@visitor.example").exists()
    page.unroute("**/api/registrations/")
    page.get_by_role("button", name="Send your registration").click()
    expect(page.get_by_text("Your reference: PR-")).to_be_visible(timeout=15_000)
    assert Registration.objects.filter(email="away@visitor.example").count() == 1


def test_another_origin_may_not_read_the_answers(front_end, browse, settings):
    settings.PREVENT = {**settings.PREVENT, "API_ORIGINS": []}
    page = browse(front_end)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This cannot be shown now")
