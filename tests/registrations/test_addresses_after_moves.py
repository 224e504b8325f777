"""Former addresses: of moved dates, and of renamed pages."""

from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from events.actions import postpone_occurrence
from events.english_dates import LONDON
from events.registrations.models import Registration

pytestmark = pytest.mark.django_db


def move(row, day, *, hour=19):
    starts = datetime.fromisoformat(f"{day}T{hour}:00").replace(tzinfo=LONDON)
    postpone_occurrence(
        row,
        reason="The hall is taken",
        by=None,
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
    )


@pytest.fixture
def moved(registration_page):
    """A date moved from Thursday 26 November to Thursday 3, then Friday 4 December."""
    row = registration_page.event.occurrences.order_by("date").first()
    move(row, "2026-12-03")
    move(row, "2026-12-04")
    return row


def text(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").find("main").get_text().split())


@pytest.mark.parametrize("day", ["2026-11-26", "2026-12-03"])
@pytest.mark.parametrize("path", ["event", "form"])
def test_every_old_date_redirects_to_the_new_one_and_says_where_from(
    client, registration_page, moved, path, day
):
    url = registration_page.event.url if path == "event" else registration_page.url
    led = client.get(url, {"date": day, "from": "email"})
    assert (led.status_code, led["Location"]) == (302, f"{url}?date=2026-12-04&from=email")
    shown = client.get(led["Location"])
    assert shown.status_code == 200
    assert "Moved from Thursday 3 December 2026" in text(shown)


def test_calendar_and_api_addresses_of_a_moved_date_stay(client, moved):
    entry = client.get(f"/calendar/occurrences/{moved.uuid}.ics")
    assert b"DTSTART;TZID=Europe/London:20261204T190000" in b"".join(entry)
    assert (
        client.get(f"/api/occurrences/{moved.uuid}/").json()["starts_at"].startswith("2026-12-04")
    )
    page = client.get(f"/calendar/occurrences/{moved.uuid}/")
    assert page["Location"].endswith("?date=2026-12-04")


def test_a_date_with_only_a_new_hour_says_so_and_keeps_its_address(client, registration_page):
    row = registration_page.event.occurrences.order_by("date").first()
    move(row, row.date.isoformat())
    shown = client.get(registration_page.event.url, {"date": row.date.isoformat()})
    assert "Moved from 6pm" in text(shown)


def test_a_date_that_never_existed_is_still_not_found(client, registration_page, moved):
    assert client.get(registration_page.event.url, {"date": "2026-11-27"}).status_code == 404


@pytest.fixture
def renamed(registration_page, django_capture_on_commit_callbacks):
    """The event's page at another address; the old address of its form."""
    old, event = registration_page.url, registration_page.event
    event.slug = "renamed"
    with django_capture_on_commit_callbacks(execute=True):
        event.save_revision().publish()
    registration_page.refresh_from_db()
    return old


def test_an_old_address_keeps_its_query(client, registration_page, renamed):
    led = client.get(renamed, {"date": "2026-11-26"})
    assert led.status_code == 301
    assert led["Location"].endswith("/renamed/register/?date=2026-11-26")


def test_a_form_sent_to_an_old_address_is_not_lost(registration_page, answers, renamed):
    strict = Client(enforce_csrf_checks=True)
    led = strict.post(renamed, answers())
    assert led.status_code == 308
    assert led["Location"].endswith("/renamed/register/")
    assert strict.post(led["Location"], answers()).status_code == 302
    assert Registration.objects.count() == 1
    assert strict.post("/no-such-page/", answers()).status_code == 404
