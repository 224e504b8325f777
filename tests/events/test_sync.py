from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.management import call_command
from wagtail.models import Site

from events import actions
from events.models import EventPage, Occurrence, OccurrenceChange
from events.recurrence_values import recurrence_for
from events.signals import occurrence_changed, people_expected
from events.sync import (
    NO_LONGER_PLANNED,
    PAGE_TAKEN_DOWN,
    plan_event,
    sync_event,
)
from tests.conftest import NOW
from tests.factories import EVERY_THIRD_MONTH, EventPageFactory, publish

DATES = [
    "2026-11-26",
    "2027-02-25",
    "2027-05-27",
    "2027-08-26",
    "2027-11-25",
    "2028-02-24",
    "2028-05-25",
    "2028-08-31",
]
EVERY_MONTH = "FREQ=MONTHLY;BYDAY=-1TH"


@pytest.fixture
def expect():
    """Return a function that sets how many people are expected on a date."""
    expected = {}

    def answer(sender, occurrences, **kwargs):
        return {key: expected.get(key, 0) for key in occurrences}

    people_expected.connect(answer)
    yield lambda row, people: expected.__setitem__(row.pk, people)
    people_expected.disconnect(answer)


def dates(event):
    return [row.date.isoformat() for row in event.occurrences.order_by("date")]


def on(event, day):
    return event.occurrences.get(date=date.fromisoformat(day))


def state(event):
    return list(event.occurrences.order_by("date").values())


def repeat(event, rule, **fields):
    """Publish ``event`` with another rule."""
    event.recurrence = recurrence_for(
        rule, fields.pop("skipped", ()), fields.pop("extra", ()), first=event.date
    )
    for name, value in fields.items():
        setattr(event, name, value)
    return publish(event)


def test_publishing_makes_24_months_of_dates(series):
    assert dates(series) == DATES


def test_every_date_is_at_six_london_time(series):
    assert on(series, "2026-11-26").starts_at == datetime(2026, 11, 26, 18, tzinfo=UTC)
    assert on(series, "2027-05-27").starts_at == datetime(2027, 5, 27, 17, tzinfo=UTC)
    assert on(series, "2027-05-27").ends_at == datetime(2027, 5, 27, 18, 30, tzinfo=UTC)


def test_a_draft_has_no_dates(event_index):
    assert dates(EventPageFactory(parent=event_index, live=False)) == []


def test_saving_a_draft_of_a_live_event_changes_no_date(series):
    series.starts = time(17)
    series.save_revision()
    assert on(series, "2026-11-26").starts_at.hour == 18


def test_publishing_again_changes_nothing(clock, series):
    before = state(series)
    clock.shift(3600)
    publish(series)
    assert state(series) == before
    assert not sync_event(series)


def test_a_past_event_has_its_date(clock, event_index):
    past = EventPageFactory(parent=event_index, date=date(2022, 5, 26))
    assert dates(past) == ["2022-05-26"]
    publish(past)
    assert dates(past) == ["2022-05-26"]


def test_the_horizon_moves_with_time_and_the_command_follows(clock, series):
    clock.move_to(datetime(2026, 12, 1, tzinfo=UTC))
    call_command("sync_occurrences", verbosity=0)
    assert dates(series) == [*DATES, "2028-11-30"]
    call_command("sync_occurrences", verbosity=0)
    assert dates(series) == [*DATES, "2028-11-30"]


def test_the_command_skips_drafts_and_unpublished_events(clock, series, capsys):
    series.unpublish()
    before = state(series)
    clock.move_to(datetime(2026, 12, 1, tzinfo=UTC))
    call_command("sync_occurrences")
    assert state(series) == before
    assert "0 events" in capsys.readouterr().out


def test_a_changed_rule_keeps_the_rows_that_still_apply(series):
    kept = {row.date: (row.pk, row.uuid, row.sequence) for row in series.occurrences.all()}
    series = repeat(series, EVERY_MONTH)
    assert series.occurrences.count() == 24
    assert set(DATES) < set(dates(series))
    for row in series.occurrences.filter(date__in=kept):
        assert (row.pk, row.uuid, row.sequence) == kept[row.date]


def test_a_date_without_bookings_is_deleted_with_the_rule(series):
    assert dates(repeat(series, "")) == ["2026-11-26"]


def test_a_date_with_bookings_is_cancelled_and_announced(series, expect):
    expect(on(series, "2027-02-25"), 3)
    told = []

    def tell(change, **kwargs):
        told.append((change.occurrence.date.isoformat(), change.action))

    occurrence_changed.connect(tell)
    try:
        series = repeat(series, "")
    finally:
        occurrence_changed.disconnect(tell)
    assert dates(series) == ["2026-11-26", "2027-02-25"]
    row = on(series, "2027-02-25")
    assert (row.status, row.reason, row.sequence) == ("cancelled", NO_LONGER_PLANNED, 1)
    assert told == [("2027-02-25", "cancelled")]


def test_the_plan_names_who_would_be_affected_and_changes_nothing(series, expect):
    expect(on(series, "2027-02-25"), 3)
    before = state(series)
    series.recurrence = recurrence_for("", first=series.date)
    plan = plan_event(series, at=NOW)
    assert [(row.date.isoformat(), people) for row, people in plan.cancelled] == [("2027-02-25", 3)]
    assert len(plan.removed) == 6
    assert state(series) == before


def test_a_skipped_date_is_removed_and_an_extra_date_added(series):
    series = repeat(
        series, EVERY_THIRD_MONTH, skipped=[date(2027, 2, 25)], extra=[date(2027, 3, 3)]
    )
    expected = sorted({*DATES, "2027-03-03"} - {"2027-02-25"})
    assert dates(series) == expected


def test_a_cancelled_date_is_not_cancelled_again(series, expect):
    row = on(series, "2027-02-25")
    expect(row, 1)
    actions.cancel_occurrence(row, reason="Snow", by=None)
    series = repeat(series, "")
    row = on(series, "2027-02-25")
    assert (row.reason, row.sequence) == ("Snow", 1)
    assert OccurrenceChange.objects.count() == 1


def test_new_hours_move_every_coming_date_and_raise_its_sequence(clock, series):
    clock.shift(3600)
    series.starts = time(17)
    series = publish(series)
    row = on(series, "2026-11-26")
    assert row.starts_at == datetime(2026, 11, 26, 17, tzinfo=UTC)
    assert (row.sequence, row.changed_at) == (1, NOW + timedelta(hours=1))


def test_new_hours_leave_past_dates_unchanged(clock, series):
    clock.move_to(datetime(2027, 1, 10, tzinfo=UTC))
    series.starts = time(17)
    series = publish(series)
    assert on(series, "2026-11-26").starts_at.hour == 18
    assert on(series, "2027-02-25").starts_at.hour == 17


def test_a_changed_rule_keeps_past_dates_in_the_list(clock, series):
    clock.move_to(datetime(2027, 1, 10, tzinfo=UTC))
    series = repeat(series, "FREQ=MONTHLY;BYDAY=1MO")
    assert dates(series)[:2] == ["2026-11-26", "2027-02-01"]


def test_a_date_moved_by_hand_keeps_its_times_when_the_hours_change(series):
    row = on(series, "2026-11-26")
    new = datetime(2026, 11, 30, 18, tzinfo=UTC)
    actions.postpone_occurrence(
        row, reason="Snow", by=None, starts_at=new, ends_at=new + timedelta(hours=1)
    )
    series.starts = time(17)
    series = publish(series)
    row = on(series, "2026-11-26")
    assert (row.starts_at, row.ends_at, row.sequence) == (new, new + timedelta(hours=1), 1)


def test_a_new_first_date_of_a_single_event_replaces_a_row_without_bookings(event):
    event.date = date(2026, 12, 3)
    assert dates(publish(event)) == ["2026-12-03"]


def test_a_new_first_date_of_a_single_event_cancels_a_row_with_bookings(event, expect):
    expect(event.occurrences.get(), 1)
    event.date = date(2026, 12, 3)
    event = publish(event)
    assert [(row.date.isoformat(), row.status) for row in event.occurrences.order_by("date")] == [
        ("2026-11-26", "cancelled"),
        ("2026-12-03", "scheduled"),
    ]


def test_another_title_reaches_the_rows(series):
    series.title = "Another name"
    publish(series)
    assert set(series.occurrences.values_list("title", flat=True)) == {"Another name"}


def test_unpublishing_cancels_only_dates_with_bookings(series, expect):
    expect(on(series, "2027-02-25"), 2)
    series.unpublish()
    cancelled = series.occurrences.filter(status="cancelled")
    assert [row.date.isoformat() for row in cancelled] == ["2027-02-25"]
    assert cancelled.get().reason == PAGE_TAKEN_DOWN
    assert Occurrence.objects.public().count() == 0


def test_unpublishing_cancels_nothing_that_has_ended(clock, series, expect):
    expect(on(series, "2026-11-26"), 2)
    clock.move_to(datetime(2026, 11, 26, 19, 30, tzinfo=UTC))
    series.unpublish()
    assert not series.occurrences.filter(status="cancelled").exists()


def test_deleting_the_page_keeps_a_row_with_bookings(series, expect):
    expect(on(series, "2027-02-25"), 2)
    series.delete()
    row = Occurrence.objects.get()
    assert (row.event, row.title, row.status) == (None, "Community roundtable", "cancelled")


def test_deleting_a_parent_page_keeps_that_row_too(event_index, series, expect):
    expect(on(series, "2027-02-25"), 2)
    event_index.delete()
    assert Occurrence.objects.get().status == "cancelled"


def test_a_copy_of_a_live_event_has_its_own_dates(series):
    actions.cancel_occurrence(on(series, "2027-02-25"), reason="Snow", by=None)
    copied = series.copy(update_attrs={"title": "Copy", "slug": "copy"})
    assert dates(copied) == DATES
    assert set(copied.occurrences.values_list("status", "title")) == {("scheduled", "Copy")}
    assert not set(copied.occurrences.values_list("uuid")) & set(
        series.occurrences.values_list("uuid")
    )


def test_synchronising_an_event_costs_the_same_for_many_dates_as_for_few(
    event_index, django_assert_max_num_queries
):
    weekly = EventPageFactory(parent=event_index, rule="FREQ=WEEKLY", live=False)
    # The roots of the sites are looked up once and cached.
    Site.get_site_root_paths()
    with django_assert_max_num_queries(12):
        plan = sync_event(EventPage.objects.get(pk=weekly.pk), at=NOW)
    assert len(plan.created) > 100
