"""A page and its dates are published together, or not at all."""

from datetime import UTC, date, datetime, time

import pytest
from django.urls import reverse
from wagtail.models import Page, PageLogEntry
from wagtail.signals import page_published

from events.models import EventPage, Occurrence, OccurrenceChange
from events.recurrence_values import recurrence_for
from events.registrations.models import OutboundEmail
from events.signals import occurrence_changed
from events.sync import NEW_HOURS, keep_up
from tests.conftest import NOW
from tests.factories import EventPageFactory, RegistrationFactory, UserFactory, publish


class Stopped(Exception):
    """Stands for a crash."""


@pytest.fixture
def stops():
    """Return a function that makes a signal's sender crash."""
    connected = []

    def crash(**kwargs):
        raise Stopped

    def arrange(signal):
        signal.connect(crash)
        connected.append(signal)

    yield arrange
    for signal in connected:
        signal.disconnect(crash)


@pytest.fixture
def registered(series, registration_page):
    """The date of 25 February 2027, with two people registered."""
    row = series.occurrences.get(date=date(2027, 2, 25))
    for name in ("ada", "ben"):
        RegistrationFactory(occurrence=row, page=registration_page, email=f"{name}@visitor.example")
    return row


def status(row):
    return Occurrence.objects.get(pk=row.pk).status


def test_a_crash_while_dates_are_updated_leaves_the_page_unchanged(series, registered, stops):
    stops(occurrence_changed)
    series.recurrence = recurrence_for("", first=series.date)
    series.title = "Another name"
    with pytest.raises(Stopped):
        publish(series)
    page = EventPage.objects.get(pk=series.pk)
    assert page.title == "Community roundtable"
    assert page.schedule.rule
    assert page.occurrences.count() == 8
    assert status(registered) == "scheduled"


def test_a_crash_after_the_page_is_saved_keeps_its_dates(event_index, stops):
    draft = EventPageFactory(parent=event_index, live=False)
    stops(page_published)
    with pytest.raises(Stopped):
        draft.save_revision().publish()
    assert Page.objects.get(pk=draft.pk).live
    assert Occurrence.objects.public().count() == 1


def test_a_crash_while_unpublishing_leaves_the_page_live(series, registered, stops):
    stops(occurrence_changed)
    with pytest.raises(Stopped):
        series.unpublish()
    assert Page.objects.get(pk=series.pk).live
    assert status(registered) == "scheduled"


@pytest.mark.parametrize("as_plain_page", [False, True])
def test_unpublishing_emails_people_however_it_is_done(series, registered, as_plain_page):
    (Page.objects.get(pk=series.pk) if as_plain_page else series).unpublish()
    assert status(registered) == "cancelled"


def test_the_editor_who_publishes_is_recorded_as_cancelling(client, admin, series, registered):
    client.force_login(admin)
    series.recurrence = recurrence_for("", first=series.date)
    series.save_revision(user=admin).publish(user=admin)
    assert OccurrenceChange.objects.get().by == admin
    assert PageLogEntry.objects.get(action="prevent_events.cancelled").user == admin


def test_the_editor_who_unpublishes_in_the_cms_is_recorded_as_cancelling(
    client, admin, series, registered
):
    client.force_login(admin)
    address = reverse("wagtailadmin_pages:unpublish", args=[series.pk])
    shown = client.post(address)
    assert not OccurrenceChange.objects.exists()
    answer = {
        "what_will_happen": "confirmed",
        "seen": shown.context["form"].now,
        "reason": "The hall is closed",
        "tell": "yes",
    }
    assert client.post(address, answer).status_code == 302
    assert OccurrenceChange.objects.get().by == admin


def test_new_hours_are_emailed_to_registered_people_only(series, registered):
    OutboundEmail.objects.all().delete()
    series.starts = time(17)
    series = publish(series)
    change = OccurrenceChange.objects.get()
    assert (change.occurrence, change.action, change.reason) == (
        registered,
        "rescheduled",
        NEW_HOURS,
    )
    assert OutboundEmail.objects.filter(registration__occurrence=registered).count() == 2
    row = series.occurrences.get(pk=registered.pk)
    assert row.starts_at == datetime(2027, 2, 25, 17, tzinfo=UTC)
    assert (row.sequence, row.previous_starts_at) == (1, None)
    series.starts = time(16)
    assert publish(series).occurrences.get(pk=registered.pk).starts_at.hour == 16


def test_a_date_with_a_withdrawn_booking_is_cancelled_and_kept(series, registered):
    registered.registrations.update(status="withdrawn")
    series.recurrence = recurrence_for("", first=series.date)
    series = publish(series)
    assert [row.date.isoformat() for row in series.occurrences.all()] == [
        "2026-11-26",
        "2027-02-25",
    ]
    assert status(registered) == "cancelled"
    series.delete()
    assert Occurrence.objects.get().event is None


def test_the_nightly_job_finishes_an_interrupted_unpublication(series, registered):
    Page.objects.filter(pk=series.pk).update(live=False)
    list(keep_up(at=NOW))
    assert status(registered) == "cancelled"


def test_a_draft_and_a_scheduled_page_leave_the_calendar_as_it_is(series):
    before = [bytes(row.vevent) for row in Occurrence.objects.all()]
    series.title = "Another name"
    series.save_revision()
    draft = EventPageFactory(parent=series.get_parent(), live=False)
    draft.go_live_at = datetime(2026, 11, 20, tzinfo=UTC)
    draft.save_revision().publish()
    assert [bytes(row.vevent) for row in Occurrence.objects.all()] == before
    assert not draft.occurrences.exists()


def test_a_page_published_by_schedule_gets_its_dates(clock, event_index):
    author = UserFactory()
    draft = EventPageFactory(parent=event_index, live=False)
    draft.go_live_at = datetime(2026, 11, 20, tzinfo=UTC)
    draft.save_revision(user=author).publish()
    clock.move_to(datetime(2026, 11, 20, 0, 1, tzinfo=UTC))
    EventPage.objects.get(pk=draft.pk).get_latest_revision().publish()
    assert Occurrence.objects.public().count() == 1
