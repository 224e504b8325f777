"""What pages tell search engines, social media and feed readers."""

import pytest
from bs4 import BeautifulSoup


def head_of(client, path):
    return BeautifulSoup(client.get(path).content, "html.parser").head


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/", "/"),
        ("/prevent/?utm_source=x&page=2", "/prevent/"),
        ("/prevent/roundtables/?when=past&x=1", "/prevent/roundtables/?when=past"),
        ("/prevent/roundtables/?month=", "/prevent/roundtables/"),
        (
            "/prevent/roundtables/one-evening/?date=2026-11-26",
            "/prevent/roundtables/one-evening/?date=2026-11-26",
        ),
    ],
)
def test_a_page_names_its_canonical_address(client, event, settings, path, canonical):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": "https://www.council.example"}
    head = head_of(client, path)
    address = f"https://www.council.example{canonical}"
    assert head.select_one("link[rel=canonical]")["href"] == address
    assert head.select_one("[property='og:url']")["content"] == address


@pytest.mark.parametrize(
    ("path", "title"),
    [("/prevent/", "Prevent"), ("/prevent/roundtables/one-evening/", "One evening")],
)
def test_a_shared_page_has_a_title_a_summary_and_a_picture(client, event, settings, path, title):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": "https://www.council.example"}
    found = {
        tag["property"]: tag["content"] for tag in head_of(client, path).select("[property^='og:']")
    }
    assert found["og:title"] == title
    assert found["og:description"]
    # A date has its own picture, any other page the site's.
    row = event.occurrences.get()
    picture = {
        "Prevent": "/static/prevent/social-card.png",
        "One evening": f"/calendar/occurrences/{row.uuid}.png",
    }[title]
    assert found["og:image"] == f"https://www.council.example{picture}"


@pytest.mark.parametrize("path", ["/", "/prevent/", "/prevent/roundtables/"])
def test_feed_and_calendar_readers_find_theirs(client, event, path):
    head = head_of(client, path)
    found = {link["type"] for link in head.select("link[rel=alternate]")}
    assert {"text/calendar", "application/atom+xml"} <= found
