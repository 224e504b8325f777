"""Every list of dates is limited to the site and the language of the page that shows it."""

import json

import pytest
from bs4 import BeautifulSoup

from tests.factories import publish

TITLES = {"first en-gb", "first ur", "second en-gb", "second ur"}


@pytest.fixture
def read(client, two_sites):
    def read(address, host):
        response = client.get(address, headers={"host": host})
        assert response.status_code == 200, (address, response.status_code)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return content.decode()

    return read


def titles_in(text: str) -> set[str]:
    return {title for title in TITLES if title in text}


def prefix(language: str) -> str:
    return "/" if language == "en-gb" else f"/{language}/"


def test_the_list_of_events_has_the_dates_of_its_site_and_language(read, two_sites):
    for (host, _language), event in two_sites.items():
        for query in ("", "?view=calendar&month=2026-11", "?month=2026-11"):
            address = event.get_parent().get_url_parts()[2] + query
            assert titles_in(read(address, host)) == {event.title}


def test_upcoming_roundtables_are_those_of_the_page_they_stand_on(read, two_sites):
    for (host, language), event in two_sites.items():
        home = event.get_parent().get_ancestors().get(depth=2).specific
        home.summary = home.summary or "Summary"
        home.body = [("upcoming_roundtables", {"heading": "Next", "limit": 10})]
        publish(home)
        assert titles_in(read(prefix(language), host)) == {event.title}


def test_the_search_finds_dates_of_its_site_and_language(read, two_sites):
    for (host, language), event in two_sites.items():
        text = read(f"{prefix(language)}search/?query=26 November 2026", host)
        assert titles_in(text) == {event.title}


@pytest.mark.parametrize("feed", ["events.ics", "events.atom"])
def test_a_calendar_of_all_dates_is_that_of_its_site_and_language(read, two_sites, feed):
    for (host, language), event in two_sites.items():
        assert titles_in(read(f"/calendar/{feed}?language={language}", host)) == {event.title}


@pytest.mark.parametrize("feed", ["events.ics", "events.atom"])
def test_a_calendar_that_names_no_language_is_in_that_of_the_site(read, two_sites, feed):
    assert titles_in(read(f"/calendar/{feed}", "there.example")) == {"second en-gb"}


def test_a_calendar_in_a_language_the_site_does_not_have_is_not_found(client, two_sites):
    for language in ("cy", "xx", "a" * 300):
        assert client.get(f"/calendar/events.ics?language={language}").status_code == 404


@pytest.mark.parametrize("listed", ["events", "occurrences"])
def test_a_list_of_the_api_is_of_its_site_and_language(read, two_sites, listed):
    for (host, language), event in two_sites.items():
        assert titles_in(read(f"/api/{listed}/?locale={language}", host)) == {event.title}


@pytest.mark.parametrize("listed", ["events", "occurrences"])
def test_a_list_of_the_api_that_names_no_language_is_in_that_of_the_site(read, two_sites, listed):
    assert titles_in(read(f"/api/{listed}/", "there.example")) == {"second en-gb"}


def test_the_api_refuses_a_language_the_site_does_not_have(client, two_sites):
    refused = client.get("/api/events/?locale=cy")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "locale"


def test_one_event_and_one_date_belong_to_their_own_site_alone(client, two_sites):
    for (host, _language), event in two_sites.items():
        (row,) = event.dates
        for address in (
            f"/api/events/{event.pk}/",
            f"/api/occurrences/{row.uuid}/",
            f"/calendar/events/{event.pk}.ics",
            f"/calendar/occurrences/{row.uuid}.ics",
        ):
            assert {
                name: client.get(address, headers={"host": name}).status_code
                for name in ("testserver", "there.example")
            } == {name: 200 if name == host else 404 for name in ("testserver", "there.example")}


def test_search_engines_see_the_language_of_the_event(read, two_sites):
    for (host, language), event in two_sites.items():
        page = BeautifulSoup(read(event.get_url_parts()[2], host), "html.parser")
        (script,) = page.select('script[type="application/ld+json"]')
        told = json.loads(script.string)
        assert (told["name"], told["inLanguage"].lower()) == (event.title, language)


def test_a_feed_declares_its_language(read, two_sites):
    for (host, language), _event in two_sites.items():
        feed = read(f"/calendar/events.atom?language={language}", host)
        assert f'xml:lang="{language}"' in feed.lower()


def test_the_list_of_events_offers_the_calendar_of_its_language(read, two_sites):
    for (host, language), event in two_sites.items():
        index = event.get_parent()
        page = read(index.get_url_parts()[2], host)
        wanted = "" if language == "en-gb" else f"?language={language}"
        assert f'/calendar/events.ics{wanted}"' in page
