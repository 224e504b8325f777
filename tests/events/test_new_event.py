"""A new roundtable: a copy on another date, or a pattern, and what is never copied."""

from datetime import date, time

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from events import actions
from events.models import EventPage, EventSpeaker
from events.new_event import PATTERNS
from events.registrations.models import Registration, RegistrationPage
from prevent_content.checklist.rules import errors
from tests.conftest import NOW
from tests.factories import RegistrationFactory, SpeakerFactory

pytestmark = pytest.mark.django_db

QUESTIONS = {
    "date": "2027-02-18",
    "starts": "18:30",
    "recurrence_repeats": "no",
    "venue": "",
    "organiser": "",
}


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def source(series, registration_page):
    """A series with speakers, a running order, a cancelled date and a registered person."""
    series.joining_link = "https://meet.council.example/secret"
    series.agenda = [
        (
            "item",
            {"starts": time(18), "ends": time(19), "title": "Talk", "text": "", "speakers": []},
        ),
        ("time", {"mark": "close", "starts": time(19, 30), "ends": None, "note": ""}),
    ]
    series.event_speakers = [EventSpeaker(speaker=SpeakerFactory(name="Sam"))]
    series.save_revision().publish()
    registration_page.closes_at = NOW
    registration_page.save_revision().publish()
    row = series.occurrences.first()
    RegistrationFactory(occurrence=row, page=registration_page)
    actions.cancel_occurrence(row, reason="Ill", by=None)
    return EventPage.objects.get(pk=series.pk)


def begin(desk, name, key, **answers):
    sent = desk.post(reverse(f"prevent_new_event:{name}", args=[key]), QUESTIONS | answers)
    assert sent.status_code == 302, BeautifulSoup(sent.content, "html.parser").main.get_text(" ")
    return EventPage.objects.latest("pk"), sent


def test_a_copy_has_everything_except_what_belonged_to_the_earlier_event(desk, editor, source):
    venue, organiser = source.venue.pk, source.organiser.pk
    event, sent = begin(desk, "copy", source.pk, venue=venue, organiser=organiser)
    assert sent.url == reverse("wagtailadmin_pages:edit", args=[event.pk])
    draft = event.get_latest_revision_as_object()
    for page in (event, draft):
        assert (page.live, page.owner, page.title) == (False, editor, source.title)
        assert (page.date, page.starts, page.ends) == (date(2027, 2, 18), time(18, 30), time(20))
        assert [child.value["starts"] for child in page.agenda] == [time(18, 30), time(20)]
        assert page.agenda[0].value["ends"] == time(19, 30)
        assert [speaker.name for speaker in page.speakers] == ["Sam"]
        assert (page.venue_id, page.organiser_id) == (venue, organiser)
        assert (page.joining_link, page.rule) == ("", "")
    assert event.slug == "community-roundtable-2027-02-18"
    assert not event.occurrences.exists()
    form = RegistrationPage.objects.child_of(event).get()
    assert not form.live
    assert [row.label for row in form.form_fields.all()] == ["Your question", "Access needs"]
    assert form.closes_at is None
    assert form.get_latest_revision_as_object().closes_at is None
    assert Registration.objects.filter(page=form).count() == 0
    assert Registration.objects.count() == 1
    source.refresh_from_db()
    assert source.joining_link


def test_two_copies_on_one_date_have_addresses_of_their_own(desk, source):
    first, _ = begin(desk, "copy", source.pk)
    second, _ = begin(desk, "copy", source.pk)
    assert second.slug == f"{first.slug}-2"


def test_a_copy_of_a_series_repeats_by_its_rule_by_default(desk, source):
    opened = desk.get(reverse("prevent_new_event:copy", args=[source.pk]))
    page = BeautifulSoup(opened.content, "html.parser")
    assert page.find("input", {"name": "recurrence_repeats", "checked": True})["value"] == "monthly"


@pytest.mark.parametrize("key", PATTERNS)
def test_a_pattern_is_a_draft_lacking_only_unanswered_fields(desk, series, registration_page, key):
    event, _ = begin(
        desk,
        "pattern",
        key,
        starts=PATTERNS[key].starts.isoformat("minutes"),
        venue=series.venue.pk,
        organiser=series.organiser.pk,
    )
    assert not event.live
    assert event.ends == PATTERNS[key].ends
    assert errors(event.findings(at=NOW)) == []
    form = RegistrationPage.objects.child_of(event).get()
    assert not form.live
    assert form.privacy_text == registration_page.privacy_text
    # Nothing but the event that it is published with.
    assert [found.code for found in errors(form.findings(at=NOW))] == ["page-above"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"date": "2026-11-01"}, "Enter a date that is today or in the future"),
        ({"date": ""}, "This field is required"),
        ({"date": "soon"}, "Enter a date, like"),
        ({"starts": "six"}, "Enter a time, like"),
        ({"venue": "999"}, "Select a valid choice"),
    ],
)
def test_wrong_answers_are_named_and_nothing_is_created(desk, source, wrong, words):
    before = EventPage.objects.count()
    sent = desk.post(reverse("prevent_new_event:copy", args=[source.pk]), QUESTIONS | wrong)
    assert sent.status_code == 422
    assert words in sent.content.decode()
    assert EventPage.objects.count() == before


def test_the_dashboard_offers_earlier_events_and_patterns_to_editors(desk, source):
    page = BeautifulSoup(desk.get(reverse("wagtailadmin_home")).content, "html.parser")
    panel = page.find(attrs={"aria-labelledby": "new-roundtable-title"})
    links = [link["href"] for link in panel.select("li a")]
    assert reverse("prevent_new_event:copy", args=[source.pk]) in links
    assert len(links) == 1 + len(PATTERNS)


def test_the_dashboard_offers_nothing_to_users_who_may_add_nothing(client, lead, source):
    client.force_login(lead)
    dashboard = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "new-roundtable-title" not in dashboard
    assert "next-dates" not in dashboard
    for name, key in (("copy", [source.pk]), ("pattern", ["evening"]), ("index", [])):
        assert client.get(reverse(f"prevent_new_event:{name}", args=key)).status_code == 403


def test_unknown_addresses_are_not_found(desk, source):
    assert desk.get(reverse("prevent_new_event:copy", args=[99999])).status_code == 404
    assert desk.get(reverse("prevent_new_event:pattern", args=["ball"])).status_code == 404
