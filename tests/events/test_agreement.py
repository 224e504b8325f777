"""Page, calendar files and structured data of a running site agree on times and places."""

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from urllib.request import urlopen

import icalendar
import pytest
from bs4 import BeautifulSoup
from ical.calendar_stream import IcsCalendarStream

from events import actions
from events.models import AttendanceMode
from tests.factories import EventPageFactory, VenueFactory

EVENTS = [
    {"rule": "FREQ=MONTHLY;BYDAY=-1TH"},
    {"rule": "FREQ=WEEKLY;COUNT=30", "starts": time(9), "ends": time(9, 45)},
    {"rule": "FREQ=WEEKLY;COUNT=3", "date": date(2027, 3, 21), "starts": time(1, 30),
     "ends": time(2, 30)},
    {"rule": "FREQ=DAILY;COUNT=4", "date": date(2027, 10, 29), "starts": time(0, 30),
     "ends": time(23, 30)},
    {"attendance_mode": AttendanceMode.ONLINE, "date": date(2026, 12, 24)},
    {"attendance_mode": AttendanceMode.BOTH, "title": "Tea; “coffee”, & <b>talk</b>"},
]  # fmt: skip


@pytest.fixture
def events(event_index):
    """Events of every kind, and one date for each action."""
    made = [EventPageFactory(parent=event_index, **fields) for fields in EVENTS]
    first = list(made[0].occurrences.all())
    new = datetime(2027, 6, 30, 17, 15, tzinfo=UTC)
    actions.cancel_occurrence(first[0], reason="Snow", by=None)
    actions.postpone_occurrence(
        first[1], reason="Snow", by=None, starts_at=new, ends_at=new + timedelta(hours=2)
    )
    actions.postpone_occurrence(first[2], reason="Snow", by=None)
    actions.move_online(first[3], reason="Snow", by=None)
    actions.change_venue(first[4], VenueFactory(name="Elsewhere"), reason="Snow", by=None)
    return made


STATUSES = {
    "https://schema.org/EventCancelled": "CANCELLED",
    "https://schema.org/EventPostponed": "TENTATIVE",
}


def utc(moment):
    return moment.astimezone(UTC)


def by_icalendar(written):
    return {
        str(found["UID"]): (
            utc(found["DTSTART"].dt),
            utc(found["DTEND"].dt),
            str(found["STATUS"]),
            str(found["SUMMARY"]),
            str(found["LOCATION"]).partition(",")[0],
        )
        for found in icalendar.Calendar.from_ical(written).walk("VEVENT")
    }


def by_ical(written):
    return {
        found.uid: (
            utc(found.dtstart),
            utc(found.dtend),
            str(found.status.value),
            found.summary,
            found.location.partition(",")[0],
        )
        for found in IcsCalendarStream.calendar_from_ics(written.decode()).events
    }


def by_structured_data(page):
    found = {}
    for script in page.find_all("script", type="application/ld+json"):
        item = json.loads(script.string)
        status = STATUSES.get(item["eventStatus"], "CONFIRMED")
        prefix = {"CANCELLED": "Cancelled: ", "TENTATIVE": "Postponed: "}.get(status, "")
        places = item["location"] if isinstance(item["location"], list) else [item["location"]]
        found[item["@id"].removeprefix("urn:uuid:")] = (
            utc(datetime.fromisoformat(item["startDate"])),
            utc(datetime.fromisoformat(item["endDate"])),
            status,
            prefix + item["name"],
            places[0].get("name", "Online"),
        )
    return found


def starts_on_page(page):
    """Return the start of every date in the page's markup."""
    shown = page.select(".app-booking__when time, .app-dates__when > a > time")
    return sorted(utc(datetime.fromisoformat(item["datetime"])) for item in shown)


def times_in_words(page):
    """Return day and hours of every date, as people read them."""
    words = " ".join(page.get_text(" ").split())
    return set(
        re.findall(r"(\w+day \d+ \w+ \d{4}) ?,? (\S+ to \S+)", words.replace("the next day", ""))
    )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_they_all_agree_on_every_date_of_a_running_site(live_server, events):
    def get(address):
        with urlopen(f"{live_server.url}{address}") as response:  # noqa: S310 - our own server
            return BytesIO(response.read()).getvalue()

    whole = get("/calendar/events.ics")
    in_all = by_icalendar(whole)
    assert by_ical(whole) == in_all
    counted = 0
    for event in events:
        rows = list(event.occurrences.for_display())
        page = BeautifulSoup(get(event.get_url_parts()[2]), "html.parser")
        of_event = get(f"/calendar/events/{event.pk}.ics")
        assert by_icalendar(of_event) == by_ical(of_event) == by_structured_data(page)
        one = get(f"/calendar/occurrences/{rows[0].uuid}.ics")
        assert by_icalendar(one) == by_ical(one)
        expected = {str(row.uuid): (row.starts_at, row.ends_at) for row in rows}
        found = by_icalendar(of_event)
        assert {uid: entry[:2] for uid, entry in found.items()} == expected
        assert {uid: in_all[uid] for uid in found} == found
        assert starts_on_page(page) == sorted(row.starts_at for row in rows)
        assert {(row.day, row.hours) for row in rows} <= times_in_words(page)
        counted += len(rows)
    assert len(in_all) == counted > 60
