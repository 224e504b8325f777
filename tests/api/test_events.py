"""Events and their dates over the API."""

from datetime import time

import pytest
from wagtail.models import PageViewRestriction

from events.actions import cancel_occurrence, change_venue, move_online, postpone_occurrence
from events.models import AttendanceMode
from tests.factories import (
    EventPageFactory,
    OccurrenceFactory,
    OrganiserFactory,
    SpeakerFactory,
    VenueFactory,
    publish,
)

JOINING_LINK = "https://meet.example/secret-room"
INBOX = "canary-inbox@council.example"


@pytest.fixture
def full_event(event_index):
    """An event with something in every field."""
    speaker = SpeakerFactory(name="A. Speaker", role="Official", organisation="Home Office")
    return EventPageFactory(
        parent=event_index,
        title="Full evening",
        attendance_mode=AttendanceMode.BOTH,
        joining_link=JOINING_LINK,
        audience="Everyone",
        organiser=OrganiserFactory(team="Community safety", inbox=INBOX, phone="01632 960 001"),
        venue=VenueFactory(postcode="HP19 8FF", note="Made up", hearing_loop="yes"),
        agenda=[
            ("time", {"mark": "doors", "starts": time(17, 45), "ends": None, "note": ""}),
            (
                "refreshments",
                {
                    "starts": time(18),
                    "ends": time(18, 10),
                    "served": "Tea",
                    "dietary": "Vegan milk",
                },
            ),
            (
                "item",
                {
                    "starts": time(18, 10),
                    "ends": time(19),
                    "title": "The talk",
                    "text": "<p>With <b>questions</b></p>",
                    "speakers": [speaker],
                },
            ),
        ],
        body=[("heading", {"text": "About it", "level": "h2"}), ("prose", "<p>Words</p>")],
    )


def test_a_date_has_all_its_public_fields(fetch, series):
    (row, *_) = fetch("/api/occurrences/")["items"]
    first = series.occurrences.first()
    venue = row.pop("venue")
    assert venue["postcode"] == "HP99 9ZZ"
    assert row == {
        "id": str(first.uuid),
        "event": {
            "id": series.pk,
            "locale": "en-gb",
            "title": "Community roundtable",
            "summary": "Hear, ask and find out.",
            "url": "http://testserver/prevent/roundtables/community-roundtable/",
            "detail_url": f"http://testserver/api/events/{series.pk}/",
        },
        "date": "2026-11-26",
        "starts_at": "2026-11-26T18:00:00+00:00",
        "ends_at": "2026-11-26T19:30:00+00:00",
        "time_zone": "Europe/London",
        "previous_starts_at": None,
        "status": "scheduled",
        "reason": "",
        "attendance_mode": "in_person",
        "sequence": 0,
        "changed_at": "2026-11-02T12:00:00+00:00",
        "url": "http://testserver/prevent/roundtables/community-roundtable/?date=2026-11-26",
        "detail_url": f"http://testserver/api/occurrences/{first.uuid}/",
        "ics_url": f"http://testserver/calendar/occurrences/{first.uuid}.ics",
    }


def test_a_summer_date_has_the_summer_offset(fetch, series):
    rows = fetch("/api/occurrences/?from=2027-05-01&to=2027-05-31")["items"]
    assert [row["starts_at"] for row in rows] == ["2027-05-27T18:00:00+01:00"]


def test_an_event_has_all_its_public_fields(fetch, full_event):
    said = fetch(f"/api/events/{full_event.pk}/")
    assert set(said) == {
        *("id", "locale", "title", "summary", "url", "detail_url", "audience", "attendance_mode"),
        *("venue", "organiser", "speakers", "schedule", "agenda", "body", "next_occurrence"),
        *("occurrences_url", "calendar", "registration", "changes", "search"),
        *("first_published_at", "last_published_at"),
    }
    assert said["organiser"] == {"team": "Community safety", "phone": "01632 960 001"}
    assert [(block["type"], block["value"]) for block in said["agenda"]] == [
        (
            "time",
            {"mark": "doors", "label": "Doors open", "starts": "17:45", "ends": None, "note": ""},
        ),
        (
            "refreshments",
            {"starts": "18:00", "ends": "18:10", "served": "Tea", "dietary": "Vegan milk"},
        ),
        (
            "item",
            {
                "starts": "18:10",
                "ends": "19:00",
                "title": "The talk",
                "text": "<p>With <b>questions</b></p>",
                "speakers": [
                    {"name": "A. Speaker", "role": "Official", "organisation": "Home Office"}
                ],
            },
        ),
    ]
    assert said["body"][0]["value"] == {"text": "About it", "level": "h2", "anchor": "about-it"}
    assert said["registration"] is None


def test_an_event_links_to_its_form_once_it_has_one(fetch, registration_page, series):
    link = fetch(f"/api/events/{series.pk}/")["registration"]
    assert link == {"form_url": f"http://testserver/api/registration-forms/{registration_page.pk}/"}
    registration_page.unpublish()
    assert fetch(f"/api/events/{series.pk}/")["registration"] is None


def test_the_next_date_is_one_that_goes_ahead(fetch, series):
    first, second = series.occurrences.order_by("date")[:2]
    cancel_occurrence(first, reason="Snow", by=None)
    said = fetch(f"/api/events/{series.pk}/")
    assert said["next_occurrence"]["id"] == str(second.uuid)
    assert said["changes"][0]["action"] == "cancelled"
    assert said["changes"][0]["reason"] == "Snow"


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", ["2026-11-26", "2027-02-25", "2027-05-27"]),
        ("?from=2027-02-25&to=2027-02-25", ["2027-02-25"]),
        ("?from=2027-02-26&to=2027-05-26", []),
        ("?status=cancelled", ["2026-11-26"]),
        ("?status=cancelled,moved_online", ["2026-11-26", "2027-02-25"]),
        ("?status=cancelled&status=moved_online", ["2026-11-26", "2027-02-25"]),
        ("?attendance_mode=online", ["2027-02-25"]),
        ("?attendance_mode=online,both", ["2027-02-25"]),
        ("?attendance_mode=in_person", ["2026-11-26", "2027-05-27"]),
        ("?near=hp99", ["2026-11-26"]),
        ("?near=SW1A", ["2027-05-27"]),
        ("?near=HP9", []),
        ("?ordering=-starts_at", ["2027-05-27", "2027-02-25", "2026-11-26"]),
    ],
)
def test_dates_can_be_filtered(fetch, series, query, days):
    first, second, third, *rest = series.occurrences.order_by("date")
    cancel_occurrence(first, reason="Snow", by=None)
    move_online(second, reason="Snow", by=None)
    change_venue(third, VenueFactory(postcode="SW1A 1AA"), reason="Snow", by=None)
    for row in rest:
        row.delete()
    assert [row["date"] for row in fetch(f"/api/occurrences/{query}")["items"]] == days


def test_a_moved_date_is_found_on_its_new_day(fetch, series):
    first = series.occurrences.order_by("date").first()
    later = first.starts_at.replace(month=12, day=3), first.ends_at.replace(month=12, day=3)
    postpone_occurrence(first, reason="Snow", by=None, starts_at=later[0], ends_at=later[1])
    (row,) = fetch("/api/occurrences/?from=2026-12-03&to=2026-12-03")["items"]
    assert row["previous_starts_at"] == "2026-11-26T18:00:00+00:00"
    assert row["date"] == "2026-12-03"


@pytest.mark.parametrize("ordering", ["starts_at", "-starts_at"])
def test_a_list_continues_after_a_date_without_gaps_or_repeats(fetch, event, ordering, clock):
    day = event.date.replace(day=27)
    OccurrenceFactory(event=event, date=day)
    for hour in range(9):
        # Many at the same moment, distinguished only by their keys.
        OccurrenceFactory(
            event=event,
            date=day.replace(day=28 if hour < 8 else 29).replace(
                month=12 if hour % 2 else 11, year=2026 + hour
            ),
            starts=time(18),
        )
    address, seen = f"/api/occurrences/?limit=3&ordering={ordering}", []
    while address:
        page = fetch(address)
        seen += [row["starts_at"] for row in page["items"]]
        address = page["next"]
    assert len(seen) == 11
    assert seen == sorted(seen, reverse=ordering.startswith("-"))


def test_a_list_takes_three_queries_however_long_it_is(
    client, series, django_assert_max_num_queries
):
    client.get("/api/occurrences/")
    with django_assert_max_num_queries(3):
        assert len(client.get("/api/occurrences/").json()["items"]) > 5


def test_neither_inbox_nor_joining_link_is_in_any_answer(client, full_event):
    (date,) = full_event.occurrences.all()
    for address in (
        "/api/events/",
        f"/api/events/{full_event.pk}/",
        "/api/occurrences/",
        f"/api/occurrences/{date.uuid}/",
    ):
        said = client.get(address).content.decode()
        assert INBOX not in said
        assert "secret-room" not in said


@pytest.mark.parametrize("hide", ["unpublish", "restrict", "restrict_above"])
def test_restricted_content_appears_nowhere(client, series, event_index, hide):
    date = series.occurrences.first()
    if hide == "unpublish":
        series.unpublish()
    else:
        page = series if hide == "restrict" else event_index
        PageViewRestriction.objects.create(page=page, restriction_type="password", password="x")
    assert client.get(f"/api/events/{series.pk}/").status_code == 404
    assert client.get(f"/api/occurrences/{date.uuid}/").status_code == 404
    assert client.get("/api/events/").json()["items"] == []
    assert client.get("/api/occurrences/").json()["items"] == []


def test_a_draft_is_not_shown_before_it_is_published(fetch, series):
    series.title = "Not yet"
    series.save_revision()
    assert fetch(f"/api/events/{series.pk}/")["title"] == "Community roundtable"
    publish(series)
    assert fetch(f"/api/events/{series.pk}/")["title"] == "Not yet"


def test_a_date_moved_online_lists_no_doors_and_no_refreshments(fetch, client, full_event):
    full_event.attendance_mode = AttendanceMode.IN_PERSON
    full_event.joining_link = ""
    publish(full_event)
    row = full_event.occurrences.get()
    path = f"/api/occurrences/{row.uuid}/"
    assert [line["type"] for line in fetch(path)["agenda"]] == ["time", "refreshments", "item"]
    move_online(row, reason="The hall was flooded", by=None)
    said = fetch(path)
    assert [line["type"] for line in said["agenda"]] == ["item"]
    assert said["venue"] is None
    calendar = b"".join(client.get(f"/calendar/occurrences/{row.uuid}.ics")).decode()
    assert "The talk" in calendar
    for word in ("Doors open", "Tea", "Made up"):
        assert word not in calendar
    # Another date of the event is still at the venue: each line says what it needs.
    lines = fetch(f"/api/events/{full_event.pk}/")["agenda"]
    assert [line["place_bound"] for line in lines] == [True, True, False]
