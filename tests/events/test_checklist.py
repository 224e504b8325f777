"""The checklist's rules about events, as a table; and the facts of a real event."""

from dataclasses import replace
from datetime import date, time

import pytest

from events.agenda import AgendaEntry, review
from events.checklist import Clash, EventFacts, PlannedDate, review_event
from events.models import EventPage
from events.models.draft import facts_of
from prevent_content.checklist.rules import errors
from tests.conftest import NOW
from tests.factories import (
    EventPageFactory,
    OrganiserFactory,
    RegistrationPageFactory,
    VenueFactory,
    publish,
)

TALK = (AgendaEntry("item", "Talk", time(18), time(19, 30)),)
COMING = (PlannedDate("Thursday 26 November 2026", days_ahead=24),)
READY = EventFacts(
    venue="The hall",
    has_access_notes=True,
    organiser="Team",
    inbox="inbox@council.example",
    audience="Everyone",
    starts=time(18),
    ends=time(19, 30),
    coming=COMING,
    agenda=review(TALK, time(18), time(19, 30)),
    has_agenda=True,
    has_form=True,
)
OVERLAP = (
    AgendaEntry("item", "Talk", time(18), time(19)),
    AgendaEntry("item", "Second", time(18, 30), time(19, 30)),
)


def order(*entries: AgendaEntry):
    return review(entries, time(18), time(19, 30))


HALLOWED = PlannedDate("Friday 25 December 2026", "Christmas Day", 50)
STATES = [
    ("error", "dates", {"problems": ("Enter the first date.",)}, "Enter the first date"),
    ("error", "venue", {"venue": ""}, "Choose a venue"),
    ("error", "organiser", {"organiser": ""}, "Choose who organises"),
    ("error", "inbox", {"inbox": ""}, "Team has no inbox"),
    ("error", "inbox-domain", {"inbox_is_allowed": False}, "its domain is not"),
    ("error", "agenda", {"agenda": order(*OVERLAP)}, "Second"),
    (
        "error",
        "agenda",
        {"agenda": order(AgendaEntry("item", "Late", time(19, 30), time(20)), *TALK)},
        "Late",
    ),
    (
        "warning",
        "agenda",
        {"agenda": order(AgendaEntry("item", "Talk", time(18), time(18, 30)))},
        "gap",
    ),
    ("warning", "agenda-empty", {"agenda": None, "has_agenda": False}, "is empty"),
    ("warning", "past", {"coming": ()}, "has passed"),
    ("warning", "notice", {"coming": (replace(COMING[0], days_ahead=2),)}, "less than 7 days"),
    ("warning", "hours", {"starts": time(6), "ends": time(7, 30)}, "Check “am” and “pm”"),
    ("warning", "hours", {"starts": time(21), "ends": time(22, 30)}, "Check “am” and “pm”"),
    ("warning", "holiday", {"coming": (HALLOWED,)}, "Christmas Day"),
    ("warning", "joining-link", {"is_online": True, "is_online_only": True}, "no joining link"),
    ("warning", "joining-link", {"is_online": True}, "no joining link"),
    ("warning", "joining-unused", {"has_joining_link": True}, "not online"),
    ("warning", "access", {"unknown_access": ("Hearing loop",)}, "hearing loop"),
    ("warning", "access-notes", {"has_access_notes": False}, "how to get into The hall"),
    ("warning", "audience", {"audience": ""}, "who the event is for"),
    ("warning", "form", {"has_form": False}, "Nobody can book yet"),
    ("warning", "clash-venue", {"clashes": (Clash("Other", "6pm", True),)}, "same venue"),
    ("error", "record-name", {"record_texts": ("Mrs Smith asked why",)}, "Leave “Mrs Smith” out"),
    ("error", "record-name", {"record_texts": ("Write to a@b.example",)}, "a@b.example"),
    ("warning", "record-document", {"unexplained_documents": ("Slides",)}, "Say of “Slides”"),
    ("warning", "record-early", {"has_record": True}, "has not taken place"),
    ("warning", "clash-hour", {"clashes": (Clash("Other", "6pm", False),)}, "same time"),
]


@pytest.mark.parametrize(("severity", "code", "wrong", "words"), STATES)
def test_a_wrong_state_has_its_sentence(severity, code, wrong, words):
    findings = list(review_event(replace(READY, **wrong)))
    assert {(finding.severity, finding.code) for finding in findings} == {(severity, code)}
    assert any(words in finding.message for finding in findings)


def test_a_finished_state_has_none():
    assert list(review_event(READY)) == []


@pytest.mark.django_db
def test_a_complete_event_gives_complete_facts(series, registration_page):
    facts = facts_of(series, at=NOW)
    assert facts.venue == series.venue.name
    assert facts.inbox == "inbox@council.example"
    assert [day.words for day in facts.coming[:2]] == [
        "Thursday 26 November 2026",
        "Thursday 25 February 2027",
    ]
    assert facts.coming[0].days_ahead == 24
    assert facts.has_form
    assert facts.was_published
    assert facts.clashes == ()
    assert "Hearing loop" in facts.unknown_access


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "clashes"),
    [
        ({}, [True]),
        ({"venue": "other"}, [False]),
        ({"starts": time(19, 30), "ends": time(20)}, []),
        ({"starts": time(19, 29), "ends": time(20)}, [True]),
        ({"date": date(2026, 11, 27)}, []),
    ],
)
def test_another_event_at_the_same_time_or_venue_is_noticed(event, event_index, changes, clashes):
    if "venue" in changes:
        changes = changes | {"venue": VenueFactory()}
    new = EventPageFactory(
        parent=event_index, live=False, **{"venue": event.venue, "title": "New"} | changes
    )
    assert [clash.is_at_the_venue for clash in facts_of(new, at=NOW).clashes] == clashes


@pytest.mark.django_db
def test_a_cancelled_date_clashes_with_nothing(event, event_index):
    event.occurrences.update(status="cancelled")
    new = EventPageFactory(parent=event_index, live=False, venue=event.venue, title="New")
    assert facts_of(new, at=NOW).clashes == ()


@pytest.mark.django_db
def test_a_bank_holiday_is_named_and_a_blank_page_breaks_nothing():
    christmas = EventPage(
        date=date(2026, 12, 25), starts=time(18), ends=time(19), organiser=OrganiserFactory()
    )
    assert facts_of(christmas, at=NOW).coming[0].holiday == "Christmas Day"
    assert {finding.code for finding in errors(EventPage().findings(at=NOW))} == {
        "dates",
        "venue",
        "organiser",
    }


@pytest.mark.django_db
def test_an_inbox_at_another_domain_stops_publishing(event, settings):
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": ["another.example"]}
    assert "inbox-domain" in {finding.code for finding in errors(event.findings(at=NOW))}


@pytest.mark.django_db
def test_a_draft_form_counts_unless_it_was_unpublished_by_itself(event):
    form = RegistrationPageFactory(parent=event, live=False)
    assert facts_of(event, at=NOW).has_form
    publish(form).unpublish()
    assert not facts_of(event, at=NOW).has_form
