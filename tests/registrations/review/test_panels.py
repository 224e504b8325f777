"""The dashboard: coming dates, open tasks, overdue work; figures only, of the user's own events."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from events.registrations.models import Complaint, EventAssignment, SubjectRequest
from events.registrations.places import ensure_count
from events.registrations.review.panels import bars, working_days_before
from tests.conftest import NOW
from tests.factories import EventPageFactory, RegistrationFactory, UserFactory
from tests.registrations.review.conftest import PERSONAL, crowd

HOME = "wagtailadmin_home"


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2026, 11, 5), 2, date(2026, 11, 3)),
        (date(2026, 11, 2), 1, date(2026, 10, 30)),
        (date(2026, 11, 2), 2, date(2026, 10, 29)),
        (date(2026, 11, 1), 1, date(2026, 10, 30)),
    ],
)
def test_weekends_are_not_working_days(day, number, expected):
    assert working_days_before(day, number) == expected


def test_the_panel_shows_the_next_dates_and_open_tasks(client, lead, series, registration_page):
    evening = series.occurrences.order_by("date").first()
    evening.capacity = 30
    evening.save()
    crowd(2, occurrence=evening, received_at=datetime(2026, 10, 28, 9, tzinfo=UTC))
    crowd(1, occurrence=evening, received_at=NOW)
    crowd(3, occurrence=evening, status="waiting")
    client.force_login(lead)
    body = " ".join(client.get(reverse(HOME)).content.decode().split())
    assert "3 to decide" in body
    assert "2 to decide for longer than 2 working days" in body
    assert "6 unread" in body
    assert "3 on waiting lists" in body
    assert "0 of 30 places taken" in body
    assert "6 registrations for Thursday 26 November 2026 in the last 28 days" in body
    assert not [word for word in (*PERSONAL, "Ada Visitor") if word in body]


def dashboard(client, user) -> str:
    client.force_login(user)
    return " ".join(client.get(reverse(HOME)).content.decode().split())


def test_a_leads_day_begins_with_open_flags(client, lead, series, registration_page):
    evening = series.occurrences.order_by("date").first()
    crowd(2, occurrence=evening, concern_since=NOW)
    crowd(1, occurrence=evening, assigned_to=lead)
    body = dashboard(client, lead)
    assert "2 open safeguarding flags" in body
    assert "1 assigned to you" in body
    assert body.index("open safeguarding flags") < body.index("to decide")
    assert body.index("to decide") < body.index("Next dates")


def test_an_organisers_day_begins_with_the_next_dates(client, series, registration_page):
    organiser = UserFactory(username="olga", group="Organisers")
    EventAssignment.objects.create(user=organiser, event=series)
    crowd(2, occurrence=series.occurrences.order_by("date").first(), concern_since=NOW)
    body = dashboard(client, organiser)
    assert body.index("Next dates") < body.index("to decide")
    assert "safeguarding flag" not in body


def test_a_date_with_a_waiting_list_and_free_places_is_named(
    client, lead, series, registration_page
):
    evening = series.occurrences.order_by("date").first()
    ensure_count(evening, registration_page)
    crowd(1, occurrence=evening, status="waiting")
    assert "1 date with a waiting list and free places" in dashboard(client, lead)


def test_data_protection_sees_what_is_due_without_names(client, db, clock):
    officer = UserFactory(username="dora", group="Data protection")
    for day, reference in ((date(2026, 11, 20), "DP-2"), (date(2026, 10, 30), "DP-3")):
        Complaint.objects.create(reference=reference, name="Ada Visitor", due_on=day)
    SubjectRequest.objects.create(
        reference="SR-4", name="Ben Visitor", kind="access", due_on=date(2026, 11, 10)
    )
    body = dashboard(client, officer)
    assert "Complaint DP-3: <strong>was due on" in body
    assert body.index("DP-3") < body.index("SR-4") < body.index("DP-2")
    assert "Visitor" not in body


def test_people_who_see_no_pages_have_no_page_search(client, lead, editor, home):
    for words in (reverse("wagtailadmin_pages:search"), 'role="search"'):
        assert words not in dashboard(client, lead)
        assert words in dashboard(client, editor)
    assert "Registrations" in dashboard(client, lead)


def test_the_panel_counts_only_ones_own_events(client, series):
    organiser = UserFactory(username="olga", group="Organisers")
    EventAssignment.objects.create(
        user=organiser, event=EventPageFactory(parent=series.get_parent())
    )
    crowd(2, occurrence=series.occurrences.first())
    client.force_login(organiser)
    assert "0 to decide" in client.get(reverse(HOME)).content.decode()


def test_editors_have_no_panel(client, editor, series):
    crowd(2, occurrence=series.occurrences.first())
    client.force_login(editor)
    assert "review-panel" not in client.get(reverse(HOME)).content.decode()


def test_days_in_the_chart_are_london_days(db):
    row = RegistrationFactory(received_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    drawn = bars(type(row).objects.all(), today=date(2026, 7, 2))
    assert [(bar.day, bar.number) for bar in drawn if bar.number] == [(date(2026, 7, 2), 1)]
    assert len(drawn) == 28
