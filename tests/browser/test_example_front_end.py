"""The example front end (examples/front-end) on another origin: the whole public journey."""

import re
import shutil
import threading
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from events.models import Occurrence
from events.registrations.models import OutboundEmail, Registration, RegistrationPage
from prevent_content.blocks import EditorialStreamBlock
from tests.browser.stage import SERIES
from tests.chromium import assert_accessible, has_focus
from tests.factories import RegistrationFactory

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]
OF_SERIES = {"url_path__endswith": "/prevent-community-roundtable/register/"}
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "front-end"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments) -> None:
        """Keep the terminal for pytest."""


@pytest.fixture(scope="module")
def stage():
    return dict


@pytest.fixture
def front_end(site, settings, tmp_path):
    """Serve the example on its own origin, and return its address.

    The site knows that origin, and gives its own address in the API.
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
    """Open the example; any complaint in the console fails the test."""
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
    expect(page.get_by_role("button", name="Send your booking")).to_be_visible()


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


def test_it_registers_and_the_emails_are_queued(page):
    open_form(page)
    assert_accessible(page)
    fill_in(page, email="front@visitor.example")
    page.get_by_role("button", name="Send your booking").click()
    expect(page.get_by_text("Your reference: PR-")).to_be_visible(timeout=15_000)
    assert_accessible(page)
    registration = Registration.objects.get(email="front@visitor.example")
    assert registration.reference in page.locator("main").inner_text()
    assert OutboundEmail.objects.filter(registration=registration).count() == 2


def test_each_error_is_beside_its_field_and_nothing_typed_is_lost(page):
    open_form(page)
    fill_in(page, email="not-an-address")
    page.get_by_role("button", name="Send your booking").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Enter an email address", timeout=15_000)
    assert has_focus(summary)
    assert page.title().startswith("Error: ")
    assert_accessible(page)
    summary.get_by_role("link").click()
    assert has_focus(page.get_by_label("Email address"))
    assert page.get_by_label("Full name").input_value() == "Fran Frontend"
    page.get_by_label("Email address").fill("mended@visitor.example")
    page.get_by_role("button", name="Send your booking").click()
    expect(page.get_by_text("Your reference: PR-")).to_be_visible(timeout=15_000)


def test_a_site_that_is_away_loses_nothing_and_thanks_nobody(page):
    open_form(page)
    fill_in(page, email="away@visitor.example")
    page.route("**/api/registrations/", lambda route: route.abort())
    page.get_by_role("button", name="Send your booking").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached", timeout=15_000)
    assert page.get_by_label("Full name").input_value() == "Fran Frontend"
    assert not Registration.objects.filter(email="away@visitor.example").exists()
    page.unroute("**/api/registrations/")
    page.get_by_role("button", name="Send your booking").click()
    expect(page.get_by_text("Your reference: PR-")).to_be_visible(timeout=15_000)
    assert Registration.objects.filter(email="away@visitor.example").count() == 1


def texts_of(value) -> list[str]:
    """Return what people read in the JSON of blocks, without markup."""
    if isinstance(value, dict):
        return [text for key in value if key not in LEFT_OUT for text in texts_of(value[key])]
    if isinstance(value, list):
        return [text for part in value for text in texts_of(part)]
    if not isinstance(value, str) or value.startswith("http"):
        return []
    parts = re.split(r"<[^>]+>", value)
    return [" ".join(unescape(part).split()) for part in parts if part.strip()]


# Parts of blocks not shown as text: names of kinds, ids, and the details of one route.
LEFT_OUT = {
    "type",
    "id",
    "level",
    "anchor",
    "fact",
    "limit",
    "large_card",
    "text_message",
    "routes",
}


def test_it_shows_the_prevent_page_and_an_event_fully_from_json(page, site):
    for path, needed in (("/prevent/", 20), (SERIES, 15)):
        found = page.context.request.get(f"{site.url}/api/v2/pages/find/?html_path={path}").json()
        page.goto(f"/#/pages{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text(found["title"])
        shown = " ".join(page.locator("main").text_content().split())
        said = texts_of(found["body"])
        if found["meta"]["type"] == "prevent_events.EventPage":
            event = page.context.request.get(f"{site.url}/api/events/{found['id']}/").json()
            said += [*texts_of(event["agenda"]), event["summary"], event["venue"]["name"]]
            said = [text for text in said if not re.fullmatch("doors|start|break|close", text)]
        assert len(said) > needed
        assert [text for text in said if text not in shown] == []
        assert_accessible(page)
    expect(page.get_by_role("navigation", name="Menu").get_by_role("link").first).to_be_visible()
    assert page.locator("footer").get_by_text("999", exact=True).count()


def test_it_knows_every_block_of_the_site():
    source = (EXAMPLE / "blocks.js").read_text()
    known = set(re.findall(r"^  (\w+): ", source, re.MULTILINE)) | set(
        re.findall(r"^  (\w+): (?:html|concernRoutes),$", source, re.MULTILINE)
    )
    assert set(EditorialStreamBlock().child_blocks) <= known


def test_a_person_changes_moves_and_cancels_their_booking(page):
    registration = RegistrationFactory(
        page=RegistrationPage.objects.get(live=True, **OF_SERIES),
        occurrence=Occurrence.objects.public().upcoming(at=timezone.now()).for_display()[0],
    )
    page.goto(f"/#/booking/{registration.link_token()}")
    expect(page.get_by_text(registration.reference)).to_be_visible()
    assert_accessible(page)
    page.get_by_label("guests").fill("9")
    page.get_by_role("button", name="Change my booking").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter 2 or fewer")
    page.get_by_label("guests").fill("2")
    page.get_by_role("button", name="Change my booking").click()
    expect(page.get_by_role("status")).to_have_text("Your booking has been changed")
    page.get_by_role("radio", disabled=False).last.check()
    page.get_by_role("button", name="Move my booking").click()
    expect(page.get_by_role("status")).to_have_text("Your booking has been moved")
    page.get_by_role("button", name="Cancel my place").click()
    expect(page.get_by_role("status")).to_have_text("Your place is cancelled")
    moved = registration.occurrence_id
    registration.refresh_from_db()
    assert (registration.status, registration.guests) == ("withdrawn", 2)
    assert registration.occurrence_id != moved
    page.get_by_role("button", name="Delete everything about me now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking has been deleted")
    assert not Registration.objects.filter(pk=registration.pk, name=registration.name).exists()


def test_another_origin_may_not_read_the_answers(front_end, browse, settings):
    settings.PREVENT = {**settings.PREVENT, "API_ORIGINS": []}
    page = browse(front_end)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This cannot be shown now")
