"""The effects of a draft: its next dates with notes, and what publishing does to people."""

from datetime import UTC, date, datetime, time

import pytest
from django.http import QueryDict

from events import actions
from events.admin.forecast import forecast_for, review_of, status_line
from events.admin.panels import draft_of_form, entries_of_form
from events.models import EventPage
from events.models.draft import draft_of_page
from events.recurrence_values import recurrence_for

# Even a page outside the tree reads its content type.
pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def draft(rule="", first="2026-11-26", **parts):
    """Return a draft as typed; parts of the rule are ``recurrence_<part>``."""
    posted = {"date": first, "starts": "18:00", "ends": "19:30", "recurrence_repeats": "no"}
    return draft_of_form(as_form(posted | parts))


def as_form(posted) -> QueryDict:
    form = QueryDict(mutable=True)
    form.update(posted)
    return form


LAST_THURSDAYS = {
    "recurrence_repeats": "monthly",
    "recurrence_every": "1",
    "recurrence_monthly": "weekday",
    "recurrence_number": "-1",
    "recurrence_weekday": "TH",
    "recurrence_ends": "never",
}


def test_the_next_twelve_dates_are_shown_in_words():
    forecast = forecast_for(draft(**LAST_THURSDAYS), EventPage(), at=NOW)
    assert len(forecast.dates) == 12
    assert forecast.has_more
    assert forecast.rule == "every month on the last Thursday"
    assert [day.words for day in forecast.dates[:3]] == [
        "Thursday 26 November 2026",
        "Thursday 31 December 2026",
        "Thursday 28 January 2027",
    ]
    assert {day.hours for day in forecast.dates} == {"6pm to 7:30pm"}


@pytest.mark.parametrize(
    ("first", "notes"),
    [
        ("2026-12-25", ("Christmas Day",)),
        ("2027-03-28", ("Easter Sunday", "The clocks go forward that morning")),
        ("2027-10-30", ("The clocks go back that night",)),
        ("2026-11-26", ()),
    ],
)
def test_bank_holidays_and_clock_changes_are_notes(first, notes):
    found = forecast_for(draft(first=first), EventPage(), at=NOW).dates[0].notes
    assert set(notes) - {"Easter Sunday"} <= set(found)
    assert bool(found) == bool(notes)


def test_past_dates_are_not_coming():
    forecast = forecast_for(draft(first="2022-05-26"), EventPage(), at=NOW)
    assert forecast.dates == ()
    assert status_line(forecast) == "There are no upcoming dates."


@pytest.mark.parametrize(
    ("hour", "number"), [(datetime(2026, 11, 26, 19, 29), 1), (datetime(2026, 11, 26, 19, 30), 0)]
)
def test_a_date_is_coming_until_it_ends(hour, number):
    forecast = forecast_for(draft(), EventPage(), at=hour.replace(tzinfo=UTC))
    assert len(forecast.dates) == number


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"first": ""}, "Enter the first date"),
        ({"starts": ""}, "Enter the start and end times"),
        ({"ends": "17:00"}, "Enter an end time that is after the start time"),
        ({"first": "2026-02-31"}, "Enter a valid date"),
        ({"starts": "25:00"}, "Enter a valid time"),
        ({"recurrence_repeats": "sometimes"}, "Choose whether it repeats"),
        (
            {"recurrence_skipped": "27 November 2026"},
            "27 November 2026 is a date to leave out, but the event is not on that date",
        ),
    ],
)
def test_missing_answers_are_named_and_nothing_is_guessed(parts, sentence):
    forecast = forecast_for(draft(**parts), EventPage(), at=NOW)
    assert sentence in " ".join(forecast.problems)
    assert forecast.dates == ()
    assert status_line(forecast) in forecast.problems


def test_a_new_page_has_no_dates_and_says_what_is_needed():
    forecast = forecast_for(draft_of_page(EventPage()), EventPage(), at=NOW)
    assert forecast.problems == ("Enter the first date to see the dates that follow from it.",)


def test_what_was_done_to_a_date_is_shown_beside_it(series):
    first, second, third, *_ = series.occurrences.all()
    actions.cancel_occurrence(first, reason="Ill", by=None)
    actions.postpone_occurrence(
        second,
        reason="Snow",
        by=None,
        starts_at=datetime(2027, 3, 4, 18, tzinfo=UTC),
        ends_at=datetime(2027, 3, 4, 19, tzinfo=UTC),
    )
    actions.move_online(third, reason="Flood", by=None)
    dates = forecast_for(draft_of_page(series), series, at=NOW).dates
    assert [day.status for day in dates[:4]] == [
        "Cancelled",
        "Moved to Thursday 4 March 2027, 6pm to 7pm",
        "Moved online",
        "",
    ]


def test_publishing_without_changes_changes_nothing(series, expect):
    expect(dict.fromkeys(series.occurrences.all(), 3))
    forecast = forecast_for(draft_of_page(series), series, at=NOW)
    assert (forecast.losses, forecast.changes) == ((), ())


def test_booked_dates_are_named_before_publishing_cancels_them(series, expect):
    row = series.occurrences.get(date=date(2026, 11, 26))
    expect({row: 3})
    series.date = date(2026, 12, 1)
    forecast = forecast_for(draft_of_page(series), series, at=NOW)
    assert forecast.losses == (
        "3 people are registered for 26 November 2026. Publishing cancels that date.",
    )
    assert "3 people are registered for 26 November 2026" in status_line(forecast)


def test_one_person_counts_and_dates_without_people_are_removed_quietly(series, expect):
    row = series.occurrences.get(date=date(2026, 11, 26))
    expect({row: 1})
    series.date, series.recurrence = date(2026, 12, 1), recurrence_for("")
    forecast = forecast_for(draft_of_page(series), series, at=NOW)
    assert forecast.losses[0].startswith("1 person is registered for 26 November 2026.")
    assert forecast.changes == (
        "Publishing removes 7 dates, which nobody is registered for.",
        "Publishing adds 1 date.",
    )


def test_new_hours_are_announced_where_people_are_registered(series, expect):
    row = series.occurrences.get(date=date(2026, 11, 26))
    expect({row: 2})
    series.starts, series.ends = time(19), time(20)
    forecast = forecast_for(draft_of_page(series), series, at=NOW)
    assert forecast.changes == (
        "2 people are registered for 26 November 2026. Publishing changes its time to 7pm to 8pm.",
    )
    assert forecast.losses == ()


ITEM = {"agenda-0-type": "item", "agenda-0-order": "0", "agenda-0-deleted": ""}


def test_the_running_order_is_read_as_typed():
    order = {
        "agenda-count": "3",
        **ITEM,
        "agenda-0-value-starts": "18:00",
        "agenda-0-value-ends": "18:40",
        "agenda-0-value-title": "Talk",
        "agenda-1-type": "time",
        "agenda-1-order": "1",
        "agenda-1-deleted": "1",
        "agenda-1-value-starts": "18:40",
        "agenda-1-value-mark": "break",
        "agenda-2-type": "refreshments",
        "agenda-2-order": "2",
        "agenda-2-deleted": "",
        "agenda-2-value-starts": "18:40",
        "agenda-2-value-ends": "19:00",
        "agenda-2-value-served": "Tea",
    }
    review = review_of(draft(**order))
    assert review.summary == (
        "6pm to 7:30pm is 90 minutes; the running order fills 60 of them; there is a gap of "
        "30 minutes from 7pm to 7:30pm."
    )
    assert [entry.label for entry in draft(**order).entries] == ["Talk", "Tea"]


def test_entries_keep_their_order():
    order = {"agenda-count": "2"}
    for index, (place, title) in enumerate([("1", "Second"), ("0", "First")]):
        prefix = f"agenda-{index}"
        order |= {
            f"{prefix}-type": "item",
            f"{prefix}-order": place,
            f"{prefix}-deleted": "",
            f"{prefix}-value-starts": "18:00",
            f"{prefix}-value-title": title,
        }
    assert [entry.label for entry in entries_of_form(as_form(order))] == ["First", "Second"]


@pytest.mark.parametrize(
    "order",
    [
        {"agenda-count": "1"},
        {"agenda-count": "1", **ITEM},
        {"agenda-count": "1", **ITEM, "agenda-0-value-starts": "soon"},
        {"agenda-count": "1", **ITEM, "agenda-0-type": "bomb", "agenda-0-value-starts": "18:00"},
        {"agenda-count": "999999999"},
        {"agenda-count": ""},
        {},
    ],
)
def test_half_an_entry_does_not_count(order):
    assert entries_of_form(as_form(order)) == []


def test_without_hours_the_running_order_is_not_reviewed():
    assert review_of(draft(starts="")) is None


def test_a_date_with_a_history_is_cancelled_and_not_deleted(series):
    row = series.occurrences.get(date=date(2026, 11, 26))
    actions.move_online(row, reason="Flood", by=None)
    series.date = date(2026, 12, 31)
    forecast = forecast_for(draft_of_page(series), series, at=NOW)
    assert "Publishing cancels 1 date, which nobody is registered for." in forecast.changes
    assert forecast.losses == ()
