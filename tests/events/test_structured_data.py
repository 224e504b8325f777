import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from wagtail.models import PageViewRestriction

from events import actions
from events.english_dates import LONDON
from events.models import Occurrence
from events.signals import offers_wanted
from events.structured_data import RegistrationOffer, as_script, event_object
from tests.factories import VenueFactory, publish

SITE = "https://www.council.example"
PATH = "/prevent/roundtables/evening/"
SCHEMA = "https://schema.org/"
NEW = datetime(2026, 12, 3, 19, tzinfo=UTC)
Status = Occurrence.Status


@pytest.fixture
def row(event):
    return event.occurrences.get()


def object_of(row, **options):
    return event_object(row.event, row, **{"site": SITE, "path": PATH} | options)


def found_on(page):
    scripts = BeautifulSoup(page, "html.parser").find_all("script", type="application/ld+json")
    return [json.loads(script.string) for script in scripts]


def test_a_date_is_a_schema_org_event_with_everything_public(event, row):
    event.organiser.team = "Community team"
    row.event = event
    found = object_of(row)
    venue = event.venue
    assert found == {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": f"urn:uuid:{row.uuid}",
        "name": "One evening",
        "description": "Hear, ask and find out.",
        "url": f"{SITE}{PATH}?date=2026-11-26",
        "startDate": "2026-11-26T18:00:00+00:00",
        "endDate": "2026-11-26T19:30:00+00:00",
        "eventStatus": f"{SCHEMA}EventScheduled",
        "eventAttendanceMode": f"{SCHEMA}OfflineEventAttendanceMode",
        "isAccessibleForFree": True,
        "inLanguage": "en-GB",
        "location": {
            "@type": "Place",
            "name": venue.name,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "1 High Street, Exampleton",
                "postalCode": "HP99 9ZZ",
                "addressCountry": "GB",
            },
        },
        "organizer": {"@type": "Organization", "name": "Community team", "url": SITE},
    }


@pytest.mark.parametrize(
    ("status", "previous", "expected"),
    [
        (Status.SCHEDULED, None, "EventScheduled"),
        (Status.SCHEDULED, NEW, "EventRescheduled"),
        (Status.CANCELLED, None, "EventCancelled"),
        (Status.CANCELLED, NEW, "EventCancelled"),
        (Status.POSTPONED, None, "EventPostponed"),
        (Status.MOVED_ONLINE, None, "EventMovedOnline"),
    ],
)
def test_a_change_to_a_date_is_its_status(row, status, previous, expected):
    row.status, row.previous_starts_at = status, previous
    assert object_of(row)["eventStatus"] == SCHEMA + expected


def test_a_date_moved_in_place_and_time_has_both_statuses_and_its_former_start(row):
    row.status, row.previous_starts_at = Status.MOVED_ONLINE, datetime(2026, 7, 1, 17, tzinfo=UTC)
    found = object_of(row)
    assert found["eventStatus"] == [f"{SCHEMA}EventMovedOnline", f"{SCHEMA}EventRescheduled"]
    assert found["previousStartDate"] == "2026-07-01T18:00:00+01:00"


@pytest.mark.parametrize(
    ("mode", "status", "expected", "kinds"),
    [
        ("in_person", "scheduled", "Offline", ["Place"]),
        ("online", "scheduled", "Online", ["VirtualLocation"]),
        ("both", "scheduled", "Mixed", ["Place", "VirtualLocation"]),
        ("in_person", "moved_online", "Online", ["VirtualLocation"]),
    ],
)
def test_the_place_of_a_date_follows_its_mode(row, mode, status, expected, kinds):
    row.event.attendance_mode, row.status = mode, status
    row.event.joining_link = "https://meet.example/secret"
    found = object_of(row)
    assert found["eventAttendanceMode"] == f"{SCHEMA}{expected}EventAttendanceMode"
    places = found["location"] if isinstance(found["location"], list) else [found["location"]]
    assert [place["@type"] for place in places] == kinds
    assert "secret" not in json.dumps(found)
    assert row.event.organiser.inbox not in json.dumps(found)


def test_an_event_without_venue_or_organiser_leaves_them_out(row):
    row.event.venue = row.event.organiser = None
    assert not {"location", "organizer", "offers"} & object_of(row).keys()


@pytest.mark.parametrize(("is_full", "expected"), [(False, "InStock"), (True, "SoldOut")])
def test_an_offer_says_where_to_register_and_whether_there_is_room(row, is_full, expected):
    found = object_of(row, offer=RegistrationOffer("/register/", is_full=is_full))["offers"]
    assert (found["url"], found["price"]) == (f"{SITE}/register/", "0")
    assert found["availability"] == SCHEMA + expected


@pytest.mark.parametrize(
    "title",
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "]]> & \u2028\u2029 \u0000",
        'Say "hello" \\ \n',
        "لقاء 🕊️",
    ],
)
def test_no_title_escapes_the_script_and_each_reads_back_unchanged(title):
    written = as_script({"name": title})
    inside = written.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not re.search("[<>&\u2028\u2029]", inside)
    assert json.loads(inside) == {"name": title}
    assert found_on(f"<html>{written}</html>") == [{"name": title}]


def test_the_page_describes_each_coming_date_once(client, series):
    found = found_on(client.get(series.url).content)
    assert [item["startDate"] for item in found] == [
        row.starts_at.astimezone(LONDON).isoformat() for row in series.occurrences.all()
    ]
    assert len({item["@id"] for item in found}) == 8


def test_the_page_describes_a_past_date_when_it_is_shown(client, clock, series):
    clock.move_to(datetime(2027, 1, 10, tzinfo=UTC))
    found = found_on(client.get(series.url, {"date": "2026-11-26"}).content)
    assert [item["startDate"][:10] for item in found][:2] == ["2026-11-26", "2027-02-25"]


def test_actions_on_a_date_reach_the_page(client, series):
    rows = list(series.occurrences.all())
    actions.cancel_occurrence(rows[0], reason="Snow", by=None)
    actions.postpone_occurrence(
        rows[1], reason="Snow", by=None, starts_at=NEW, ends_at=NEW + timedelta(hours=1)
    )
    actions.change_venue(rows[2], VenueFactory(name="Elsewhere"), reason="Room", by=None)
    found = {item["@id"]: item for item in found_on(client.get(series.url).content)}
    first, second, third = (found[f"urn:uuid:{row.uuid}"] for row in rows[:3])
    assert first["eventStatus"] == f"{SCHEMA}EventCancelled"
    assert second["eventStatus"] == f"{SCHEMA}EventRescheduled"
    assert second["previousStartDate"] == "2027-02-25T18:00:00+00:00"
    assert third["location"]["name"] == "Elsewhere"


def test_an_app_that_takes_registrations_contributes_offers(client, series):
    asked = []

    def answer(sender, event, occurrences, at, **kwargs):
        asked.append((event, len(occurrences), at))
        return {
            row.pk: RegistrationOffer("/r/") for row in occurrences if row.date > date(2028, 1, 1)
        }

    offers_wanted.connect(answer)
    try:
        found = found_on(client.get(series.url).content)
    finally:
        offers_wanted.disconnect(answer)
    assert asked == [(series, 8, datetime(2026, 11, 2, 12, tzinfo=UTC))]
    assert [item["offers"]["url"] for item in found[5:]] == ["http://testserver/r/"] * 3


def test_a_restricted_page_has_no_structured_data(client, admin, series):
    PageViewRestriction.objects.create(page=series, restriction_type="login")
    client.force_login(admin)
    page = client.get(series.url).content.decode()
    assert "Community roundtable" in page
    assert found_on(page) == []
    assert "/calendar/" not in page


def test_a_hostile_title_reaches_the_page_as_text(client, series):
    series.title = "</script><b>&"
    publish(series)
    page = client.get(series.url).content.decode()
    assert "</script><b>" not in page
    assert {item["name"] for item in found_on(page)} == {"</script><b>&"}
