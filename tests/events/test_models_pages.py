from datetime import date, time

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from wagtail.models import PageViewRestriction

from events.models import EventPage, EventSpeaker, Occurrence
from prevent_content.checklist.rules import errors
from prevent_content.publishing import by_field
from tests.conftest import NOW
from tests.factories import (
    EventIndexPageFactory,
    EventPageFactory,
    SpeakerFactory,
    VenueFactory,
)

pytestmark = pytest.mark.django_db


def item(starts, ends, title="Talk"):
    return "item", {"starts": starts, "ends": ends, "title": title, "text": "", "speakers": []}


def mark(name, starts, ends=None):
    return "time", {"mark": name, "starts": starts, "ends": ends, "note": ""}


def refreshments(starts, served="Tea"):
    return "refreshments", {"starts": starts, "ends": None, "served": served, "dietary": ""}


def evening(*agenda, **fields):
    return EventPage(
        **{
            "title": "Evening",
            "slug": "evening",
            "summary": "Come.",
            "date": date(2026, 11, 26),
            "starts": time(18),
            "ends": time(19, 30),
            "agenda": list(agenda),
            "live": False,
            **fields,
        }
    )


@pytest.mark.parametrize("ends", [time(18), time(17, 59), time(0, 30)])
def test_an_event_that_does_not_end_after_it_starts_is_refused(ends):
    with pytest.raises(ValidationError) as refused:
        evening(ends=ends, live=True).clean()
    assert refused.value.message_dict == {
        "ends": ["Enter an end time that is after the start time"]
    }


def test_a_running_order_that_fits_is_accepted_and_adds_up_to_90_minutes():
    page = evening(
        mark("doors", time(17, 45)),
        refreshments(time(17, 45)),
        mark("start", time(18)),
        item(time(18), time(18, 45)),
        mark("break", time(18, 45), time(19)),
        item(time(19), time(19, 30)),
        mark("close", time(19, 30)),
    )
    page.clean()
    reviewed = page.review_agenda()
    assert reviewed.findings == ()
    assert (reviewed.minutes_planned, reviewed.minutes_of_event) == (90, 90)


def test_a_gap_in_the_running_order_is_a_warning_and_not_an_error():
    page = evening(item(time(18), time(18, 30)), item(time(19), time(19, 30)))
    page.clean()
    assert [finding.severity for finding in page.review_agenda().findings] == ["warning"]


WRONG = {
    "overlapping": (
        [item(time(18), time(18, 45)), item(time(18, 30), time(19, 30), "Second")],
        {1: "before “Talk” ends at 6:45pm"},
    ),
    "out of order": (
        [item(time(19), time(19, 30), "Late"), item(time(18), time(19), "Early")],
        {1: "Put them in time order"},
    ),
    "after the end": ([item(time(19), time(20))], {0: "the event ends at 7:30pm"}),
    "before the start": ([item(time(17), time(18))], {0: "the event starts at 6pm"}),
    "two at once": (
        [item(time(17), time(18)), item(time(18), time(19)), item(time(18, 30), time(19, 30), "C")],
        {0: "the event starts", 2: "before “Talk” ends"},
    ),
}


@pytest.mark.parametrize(("agenda", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_running_order_is_refused_at_the_wrong_block(agenda, expected):
    with pytest.raises(ValidationError) as refused:
        evening(*agenda, live=True).clean()
    (error,) = refused.value.error_dict["agenda"]
    assert list(error.block_errors) == list(expected)
    for index, sentence in expected.items():
        assert sentence in " ".join(error.block_errors[index].messages)


def test_a_block_without_a_time_does_not_shift_other_errors():
    page = evening(
        item(None, None, "To be planned"),
        item(time(18), time(18, 45)),
        item(time(18, 30), time(19, 30), "Second"),
        live=True,
    )
    with pytest.raises(ValidationError) as refused:
        page.clean()
    (error,) = refused.value.error_dict["agenda"]
    assert list(error.block_errors) == [2]


@pytest.mark.parametrize(
    ("mode", "has_venue", "wrong"),
    [
        ("in_person", False, {"venue", "organiser"}),
        ("both", False, {"venue", "organiser"}),
        ("online", False, {"organiser"}),
        ("in_person", True, {"organiser"}),
    ],
)
def test_what_publishing_needs_depends_on_how_the_event_is_held(mode, has_venue, wrong):
    page = evening(attendance_mode=mode, venue=VenueFactory() if has_venue else None)
    assert set(by_field(errors(page.findings(at=NOW)))) == wrong


def test_refreshments_are_those_of_the_running_order_in_its_order():
    page = evening(
        refreshments(time(18), "Tea"),
        item(time(18), time(19)),
        refreshments(time(19), "Coffee"),
    )
    assert [served["served"] for served in page.refreshments] == ["Tea", "Coffee"]


def test_the_speakers_are_in_the_editors_order(event):
    first, second = SpeakerFactory(name="Zoe"), SpeakerFactory(name="Adam")
    event.event_speakers = [
        EventSpeaker(speaker=first, sort_order=0),
        EventSpeaker(speaker=second, sort_order=1),
    ]
    event.save()
    assert EventPage.objects.get(pk=event.pk).speakers == [first, second]


def test_the_joining_link_is_on_no_public_page(client, event_index):
    page = EventPageFactory(
        parent=event_index,
        attendance_mode="online",
        joining_link="https://meet.council.example/secret-room",
    )
    for address in (page.url, event_index.url):
        shown = client.get(address)
        assert shown.status_code == 200
        assert "secret-room" not in shown.content.decode()


def test_an_index_lists_the_events_below_it_and_no_others(home, event_index, event):
    elsewhere = EventIndexPageFactory(parent=home, title="Elsewhere")
    other = EventPageFactory(parent=elsewhere)
    public = Occurrence.objects.public()
    assert [row.event_id for row in public.below(event_index.path)] == [event.pk]
    assert [row.event_id for row in public.below(elsewhere.path)] == [other.pk]


def test_a_restricted_event_is_not_in_the_list(client, event_index, event, series):
    PageViewRestriction.objects.create(page=event, restriction_type="login")
    listed = client.get(event_index.url).content.decode()
    assert series.title in listed
    assert event.title not in listed


def main(response):
    page = BeautifulSoup(response.content, "html.parser").find("main")
    return " ".join(page.get_text(" ").split())


def test_the_event_page_shows_its_next_date_hours_and_place(client, series):
    shown = main(client.get(series.url))
    assert "Thursday 26 November 2026" in shown
    assert "6pm to 7:30pm" in shown
    assert series.venue.name in shown


def test_the_address_can_name_one_of_its_dates(client, series):
    assert "Thursday 25 February 2027 , 6pm" in main(client.get(f"{series.url}?date=2027-02-25"))


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("2027-02-25", 200),
        ("", 200),
        ("2027-02-26", 404),
        ("0001-01-01", 404),
        ("9999-12-31", 404),
        ("tomorrow", 400),
        ("2027-02-30", 400),
        ("2027-02-25'--", 400),
        ("\x00", 400),
        ("٢٠٢٧-٠٢-٢٥", 400),
        ("1" * 5000, 400),
    ],
)
def test_any_date_in_the_address_gets_an_answer(client, series, asked, status):
    assert client.get(series.url, {"date": asked}).status_code == status


@pytest.mark.parametrize(
    "query",
    [
        {"month": "2026-11"},
        {"when": "past"},
        {"view": "calendar"},
        {"month": "2026-13"},
        {"month": "9999-12"},
        {"month": "0000-00"},
        {"month": "2100-12", "view": "calendar"},
        {"month": "2000-01", "view": "calendar"},
        {"month": "\x00"},
        {"page": "0"},
        {"page": "9" * 50},
        {"page": "-1"},
        {"when": "<script>"},
        {"view": "calendar", "page": "x"},
    ],
)
def test_any_list_address_gets_an_answer_without_an_error(client, series, query):
    response = client.get(series.get_parent().url, query)
    assert response.status_code in (200, 400)
    assert "<script>alert" not in response.content.decode()
    if response.status_code == 400:
        assert BeautifulSoup(response.content, "html.parser").find(role="alert")
