"""What people see of an event beside a link to it, and on paper."""

from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from wagtail.models import PageViewRestriction

from events import actions
from events.share_cards import SIZE, lines_of
from tests.factories import publish


def soup(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def card_of(client, page):
    head = soup(client, page.url).head
    (image,) = head.select("meta[property='og:image']")
    (words,) = head.select("meta[property='og:image:alt']")
    return image["content"].removeprefix("http://testserver"), words["content"]


def test_the_card_of_an_event_has_its_title_and_date(client, series):
    address, words = card_of(client, series)
    assert words == "Community roundtable, Thursday 26 November 2026, 6pm to 7:30pm"
    response = client.get(address)
    assert response["Content-Type"] == "image/png"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Image.open(BytesIO(response.content)).size == SIZE
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_a_moved_date_has_another_card(client, series):
    address, _ = card_of(client, series)
    before = client.get(address)["ETag"]
    row = series.occurrences.order_by("date").first()
    actions.move_online(row, reason="The hall is flooded.", by=None)
    assert client.get(address)["ETag"] != before


def test_a_private_page_has_no_card(client, series):
    address, _ = card_of(client, series)
    PageViewRestriction.objects.create(page=series, restriction_type="login")
    assert client.get(address).status_code == 404


def test_a_title_the_font_cannot_show_gets_the_usual_card(client, series):
    address, _ = card_of(client, series)
    series.title = "گول میز"
    publish(series)
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"].endswith("social-card.png")


def test_a_long_title_is_cut_between_words():
    lines = lines_of("Roundtable " * 30, 84, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("Roundtable …")


def test_a_poster_says_when_where_and_how_to_book(client, series):
    page = soup(client, f"{series.url}?view=poster&date=2027-02-25")
    poster = page.select_one(".app-poster").get_text(" ", strip=True)
    assert "Thursday 25 February 2027 6pm to 7:30pm" in poster
    assert series.venue.name in poster
    assert "http://testserver/prevent/roundtables/community-roundtable/?date=2027-02-25" in poster
    assert page.select_one(".app-poster img")["src"].startswith("data:image/svg+xml")
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    link = soup(client, series.url).select_one(".app-booking a[href*=poster]")
    assert link["href"] == "?view=poster&date=2026-11-26"


def test_a_poster_of_a_cancelled_date_says_so(client, series):
    row = series.occurrences.order_by("date").first()
    actions.cancel_occurrence(row, reason="Snow is forecast.", by=None)
    page = soup(client, f"{series.url}?view=poster&date=2026-11-26")
    assert "Cancelled" in page.select_one(".app-poster").get_text()


def test_an_event_has_no_other_views(client, series):
    assert client.get(f"{series.url}?view=x").status_code == 404


@pytest.mark.parametrize("kind", ["prevent_page", "event_index", "series"])
def test_a_printed_page_has_its_address_and_a_qr_code(client, series, request, kind):
    page = request.getfixturevalue(kind)
    printed = soup(client, page.url).select_one(".app-printed-address")
    assert page.url in printed.get_text()
    assert printed.img["src"].startswith("data:image/svg+xml")
