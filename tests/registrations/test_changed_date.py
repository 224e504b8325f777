"""One date of a series with bookings: what everyone sees and receives after each action."""

import json

import icalendar
import pytest
from bs4 import BeautifulSoup

from events import actions
from events.registrations.models import OutboundEmail
from events.registrations.submissions import register
from tests.conftest import NOW

PEOPLE = ["ada@visitor.example", "bo@visitor.example"]


@pytest.fixture
def date(valid_form):
    for person in PEOPLE:
        registration = register(valid_form(email=person).submission(), at=NOW)[0].registration
    return registration.occurrence


def feed_says(client, date) -> tuple[str, int]:
    answer = client.get("/calendar/events.ics")
    calendar = icalendar.Calendar.from_ical(b"".join(answer))
    entry = next(each for each in calendar.walk("VEVENT") if each["UID"] == str(date.uuid))
    return str(entry["STATUS"]), entry["SEQUENCE"]


def machines_read(soup, date) -> set[str]:
    """Return the date's states in the page's JSON-LD."""
    found = [json.loads(script.text) for script in soup.select("script[type*=ld]")]
    dates = [each for one in found for each in (one if isinstance(one, list) else [one])]
    day = date.starts_at.astimezone().date().isoformat()
    return {
        each["eventStatus"].rpartition("/")[2]
        for each in dates
        if each.get("startDate", "").startswith(day)
    }


def test_each_action_reaches_page_listing_feed_machines_change_log_and_people(client, clock, date):
    path = date.event.get_url_parts()[2]
    listing = path.rsplit("/", 2)[0] + "/"
    expected = [
        (actions.cancel_occurrence, "Snow", "CANCELLED", "EventCancelled", "date_cancelled"),
        (actions.reinstate_occurrence, "Thaw", "CONFIRMED", "EventScheduled", "date_reinstated"),
        (actions.cancel_occurrence, "Ice", "CANCELLED", "EventCancelled", "date_cancelled"),
    ]
    for number, (act, reason, status, state, kind) in enumerate(expected, start=1):
        clock.shift(60)
        OutboundEmail.objects.all().delete()
        act(date, reason=reason, by=None)

        assert feed_says(client, date) == (status, number)
        soup = BeautifulSoup(client.get(path).content, "html.parser")
        assert machines_read(soup, date) == {state}
        log = [line.get_text(" ") for line in soup.select(".app-changes__item")]
        assert len(log) == number
        assert reason in " ".join(log)
        first = BeautifulSoup(client.get(listing).content, "html.parser").select_one("main")
        assert ("Cancelled" in first.get_text()) == (status == "CANCELLED")
        people = OutboundEmail.objects.exclude(registration=None).order_by("recipient")
        told = people.values_list("kind", "recipient")
        assert list(told) == [(kind, person) for person in PEOPLE]
        organiser = OutboundEmail.objects.get(registration=None)
        assert (organiser.kind, organiser.recipient) == ("organiser_date", "inbox@council.example")
