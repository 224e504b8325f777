from datetime import UTC, datetime
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.staticfiles import finders
from wagtail.models import PageViewRestriction

from events import actions
from tests.factories import EventPageFactory, PreventPageFactory, publish

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def listed(client):
    """Return the last change of each address in the site map, by its path below ``SITE_URL``."""
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 - our own
    rows = ([row.findtext(SITEMAP + name) for name in ("loc", "lastmod")] for row in tree)
    return {address.removeprefix("http://testserver"): changed for address, changed in rows}


def test_robots_find_the_site_map(client, home):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert "Disallow: /search/" in response.content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in response.content.decode()


def test_the_site_map_lists_public_pages_with_their_last_change(client, clock, series, home):
    EventPageFactory(parent=series.get_parent(), title="A draft", live=False)
    restricted = PreventPageFactory(parent=home, title="Restricted")
    PageViewRestriction.objects.create(page=restricted, restriction_type="login")
    clock.move_to(datetime(2026, 11, 5, tzinfo=UTC))
    home.summary = "The front page."
    publish(home)
    assert listed(client) == {
        "/": "2026-11-05",
        "/prevent/": "2026-11-02",
        "/prevent/roundtables/": "2026-11-02",
        "/prevent/roundtables/community-roundtable/": "2026-11-02",
    }


def test_a_page_has_one_address_for_the_site_map_and_in_its_own_head(client, series, settings):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": "https://www.council.example"}
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 - our own
    address = tree[-1].findtext(SITEMAP + "loc")
    assert address == "https://www.council.example/prevent/roundtables/community-roundtable/"
    assert f'<link rel="canonical" href="{address}">' in client.get(series.url).content.decode()


def test_a_cancelled_date_changes_its_page_in_the_site_map(client, clock, series):
    clock.move_to(datetime(2026, 11, 9, tzinfo=UTC))
    actions.cancel_occurrence(series.occurrences.first(), reason="Snow is forecast.", by=None)
    changed = listed(client)
    assert changed["/prevent/roundtables/community-roundtable/"] == "2026-11-09"
    assert changed["/prevent/roundtables/"] == "2026-11-02"


def test_a_phone_finds_the_name_and_the_icons_of_the_site(client, home):
    page = BeautifulSoup(client.get("/").content, "html.parser")
    address = page.select_one("link[rel=manifest]")["href"]
    response = client.get(address)
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert manifest["short_name"] == "Example Council"
    icons = [icon["src"] for icon in manifest["icons"]]
    icons += [row["href"] for row in page.select("link[rel=icon], link[rel=apple-touch-icon]")]
    for icon in icons:
        assert finders.find(icon.removeprefix(settings.STATIC_URL)), icon
    assert client.get("/favicon.ico")["Location"].endswith("favicon.ico")
