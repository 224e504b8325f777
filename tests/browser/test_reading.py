"""Reading the site: by keyboard, on paper, without leaving it or storing anything."""

import re
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.test import Client
from playwright.sync_api import Page, expect

from events.registrations.models import Registration
from tests.browser.stage import OF_2022, SERIES, own_paths
from tests.chromium import has_focus

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]

MOST_PAGES = 300
PAGES = ["/", "/prevent/", "/prevent/roundtables/", SERIES, OF_2022, "/privacy/"]


def links_of(html: bytes, address: str) -> set[str]:
    """Return the paths on this site linked from the page at ``address``, with queries.

    Styles and scripts are left out, because Chromium complains of missing ones.
    """
    page = BeautifulSoup(html, "html.parser")
    found = [part.get("href") or part.get("src") for part in page.select("[href], [src]")]
    whole = {urldefrag(urljoin("http://testserver" + address, link)).url for link in found}
    parts = [urlsplit(link) for link in whole]
    return {
        part._replace(scheme="", netloc="").geturl()
        for part in parts
        if part.hostname == "testserver"
        and part.scheme in ("http", "https")
        and not part.path.startswith(settings.STATIC_URL)
    }


@pytest.fixture(scope="module")
def stage():
    """Beside the demo only a registered person, whom nobody else may read about."""
    return own_paths


@pytest.fixture(scope="module")
def crawled(site):
    """Return the response of each address an anonymous reader can reach from the front page."""
    client = Client()
    responses = {}
    waiting = ["/"]
    while waiting and len(responses) < MOST_PAGES:
        address = waiting.pop()
        # The web server serves pictures, not Django: the file must exist.
        response = (
            FileResponse(default_storage.open(address.removeprefix(settings.MEDIA_URL)))
            if address.startswith(settings.MEDIA_URL)
            else client.get(address)
        )
        body = response.content if not response.streaming else b"".join(response)
        responses[address] = (response, body)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            found = links_of(body, address) - responses.keys() - set(waiting)
            # Each month links to the next, for a hundred years.
            waiting += [link for link in found if "month=" not in address or "month=" not in link]
    assert not waiting, "more pages than a demo has: does a link lead on without end?"
    return responses


def test_every_link_works(crawled):
    assert len(crawled) > 40
    assert {path: answer.status_code for path, (answer, _) in crawled.items()} == dict.fromkeys(
        crawled, 200
    )


def test_links_within_a_page_have_a_target(crawled):
    for address, (response, body) in crawled.items():
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = BeautifulSoup(body, "html.parser")
        ids = [part["id"] for part in page.select("[id]")]
        assert len(ids) == len(set(ids)), address
        wanted = {link["href"][1:] for link in page.select("a[href^='#']")}
        assert wanted <= set(ids), address


def test_no_public_page_names_a_registered_person(crawled):
    names = set(Registration.objects.values_list("email", "name", "reference", "link_key"))
    assert names
    for address, (_, body) in crawled.items():
        for value in (part for row in names for part in row):
            assert value.encode() not in body, address


def test_no_page_reveals_the_organisers_inbox_or_the_joining_link(crawled):
    for address, (_, body) in crawled.items():
        assert b"roundtables@council.example" not in body, address
        assert b"meet.council.example" not in body, address


def test_no_page_sets_a_cookie(crawled):
    assert any(b"submission_key" in body for _, body in crawled.values())
    assert [address for address, (response, _) in crawled.items() if response.cookies] == []


@pytest.mark.parametrize("path", PAGES)
def test_reading_requests_nothing_elsewhere_and_stores_nothing(site, browse, path):
    page = browse(site.url)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path, wait_until="networkidle")
    assert [url for url in asked if not url.startswith(site.url)] == []
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert complaints == []


def test_the_first_tab_offers_to_skip_to_the_main_part(site, browse):
    page = browse(site.url)
    page.goto(SERIES)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    assert has_focus(skip)
    assert skip.bounding_box()["width"] > 100
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def focused_boxes(page: Page, count: int) -> list[dict]:
    """Return the position of each of the next ``count`` stops of Tab, and how it shows focus."""
    stops = []
    for _ in range(count):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                """() => {
                    const focused = document.activeElement;
                    const box = focused.getBoundingClientRect();
                    const style = getComputedStyle(focused);
                    const middle = [box.x + box.width / 2, box.y + box.height / 2];
                    const label = focused.labels?.[0];
                    const top = document.elementFromPoint(...middle);
                    return {
                        html: focused.outerHTML.slice(0, 120),
                        order: [...document.querySelectorAll("*")].indexOf(focused),
                        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
                        covered: !(focused.contains(top) || top?.contains(focused)
                            || label?.contains(top)),
                        marked: style.outlineStyle !== "none" || style.boxShadow !== "none"
                            || (label && getComputedStyle(label, "::before").boxShadow !== "none"),
                    };
                }"""
            )
        )
    return stops


@pytest.mark.parametrize("path", ["/", "/prevent/roundtables/", SERIES, SERIES + "register/"])
def test_tab_moves_down_the_page_and_shows_the_focus(site, browse, path):
    page = browse(site.url)
    page.goto(path)
    stops = focused_boxes(page, 12)
    assert [stop["order"] for stop in stops] == sorted(stop["order"] for stop in stops)
    for stop in stops[1:]:
        assert stop["seen"], stop
        assert stop["marked"], stop
        assert not stop["covered"], stop


def test_text_of_double_size_hides_nothing(site, browse):
    # The style is the reader's own, to which the site's policy does not apply.
    page = browse(site.url, width=1280, bypass_csp=True)
    for path in PAGES:
        page.goto(path)
        page.add_style_tag(content="html { font-size: 200% }")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_an_event_fits_on_one_sheet_of_paper(site, browse):
    page = browse(site.url)
    page.goto(SERIES)
    page.emulate_media(media="print")
    expect(page.get_by_text("Book a place", exact=True)).to_be_hidden()
    expect(page.get_by_role("heading", name="Running order")).to_be_visible()
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
