"""Schedules: single dates that differ, London's clocks, and the notes for editors."""

from datetime import date, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from events.english_dates import LONDON
from events.rules import RuleError
from events.schedule import Schedule, clock_change_on, notes_for


def days(text: str) -> list[date]:
    """Return the dates of ``2026-01-29 2026-02-26``."""
    return [date.fromisoformat(word) for word in text.split()]


def evening(first: str, rule: str = "", **changes) -> Schedule:
    """Return a schedule of events from 6pm to 7:30pm."""
    return Schedule(date.fromisoformat(first), time(18), time(19, 30), LONDON, rule, **changes)


CHANGED_DATES = {
    "no rule": ("", "", "", "2026-11-05"),
    "a skipped date": ("FREQ=WEEKLY;COUNT=3", "2026-11-12", "", "2026-11-05 2026-11-19"),
    "a skipped date still counts": ("FREQ=WEEKLY;COUNT=2", "2026-11-05", "", "2026-11-12"),
    "a skipped date that is none of them": (
        "FREQ=WEEKLY;COUNT=2",
        "2026-11-06",
        "",
        "2026-11-05 2026-11-12",
    ),
    "an extra date": ("FREQ=WEEKLY;COUNT=2", "", "2026-11-09", "2026-11-05 2026-11-09 2026-11-12"),
    "an extra date does not count": (
        "FREQ=WEEKLY;COUNT=1",
        "",
        "2026-11-02 2026-12-01",
        "2026-11-02 2026-11-05 2026-12-01",
    ),
    "an extra date that the rule has already": (
        "FREQ=WEEKLY;COUNT=2",
        "",
        "2026-11-12",
        "2026-11-05 2026-11-12",
    ),
    "skipped and extra: skipped wins": (
        "FREQ=WEEKLY;COUNT=1",
        "2026-12-01",
        "2026-12-01",
        "2026-11-05",
    ),
    "the first is off the rule but extra": (
        "FREQ=WEEKLY;BYDAY=FR;COUNT=1",
        "",
        "2026-11-05",
        "2026-11-05 2026-11-06",
    ),
    "no rule, two extra dates": (
        "",
        "",
        "2026-11-12 2026-11-01",
        "2026-11-01 2026-11-05 2026-11-12",
    ),
    "no rule, the first skipped": ("", "2026-11-05", "2026-11-12", "2026-11-12"),
    "every date skipped": ("FREQ=WEEKLY;COUNT=2", "2026-11-05 2026-11-12", "", ""),
}


@pytest.mark.parametrize(
    ("rule", "skipped", "extra", "expected"), CHANGED_DATES.values(), ids=CHANGED_DATES
)
def test_single_dates_are_skipped_and_added(rule, skipped, extra, expected):
    schedule = evening(
        "2026-11-05", rule, skipped=frozenset(days(skipped)), extra=frozenset(days(extra))
    )
    assert [slot.date for slot in schedule.all()] == days(expected)


HOURS = {
    "the roundtable of May 2022": ("2022-05-26", "18:00-19:30", "18:00+01:00", "19:30+01:00"),
    "the same hours in winter": ("2026-11-26", "18:00-19:30", "18:00+00:00", "19:30+00:00"),
    "the evening before the clocks go on": (
        "2026-03-28",
        "18:00-19:30",
        "18:00+00:00",
        "19:30+00:00",
    ),
    "the evening after": ("2026-03-29", "18:00-19:30", "18:00+01:00", "19:30+01:00"),
    "the day ends": ("2026-12-31", "22:00-23:59", "22:00+00:00", "23:59+00:00"),
    "a start in the spring gap": ("2026-03-29", "01:30-03:30", "02:30+01:00", "03:30+01:00"),
    "an end in the spring gap": ("2026-03-29", "00:30-01:30", "00:30+00:00", "02:30+01:00"),
    "start and end in the gap": ("2026-03-29", "01:15-01:45", "02:15+01:00", "02:45+01:00"),
    "an end before the moved start": ("2026-03-29", "01:30-02:15", "02:30+01:00", "03:15+01:00"),
    "an end at the moved start": ("2026-03-29", "01:30-02:30", "02:30+01:00", "03:30+01:00"),
    "an end after the moved start": ("2026-03-29", "01:30-02:45", "02:30+01:00", "02:45+01:00"),
    "a start in the autumn overlap": ("2026-10-25", "01:30-03:00", "01:30+01:00", "03:00+00:00"),
    "start and end in the overlap": ("2026-10-25", "01:15-01:45", "01:15+01:00", "01:45+01:00"),
    "an end in the overlap": ("2026-10-25", "00:30-01:30", "00:30+01:00", "01:30+01:00"),
}


@pytest.mark.parametrize(("day", "hours", "starts", "ends"), HOURS.values(), ids=HOURS)
def test_hours_follow_the_london_clock(day, hours, starts, ends):
    opens, closes = map(time.fromisoformat, hours.split("-"))
    (slot,) = Schedule(date.fromisoformat(day), opens, closes, LONDON).all()
    assert slot.date.isoformat() == day
    assert slot.starts_at.isoformat(timespec="minutes") == f"{day}T{starts}"
    assert slot.ends_at.isoformat(timespec="minutes") == f"{day}T{ends}"


NIGHTS = {
    "winter": ("2026-11-05", "23:30-00:30", "2026-11-06T00:30+00:00"),
    "summer": ("2026-07-02", "23:30-00:30", "2026-07-03T00:30+01:00"),
    "the night on which the clocks go forward": (
        "2026-03-28",
        "23:30-01:30",
        "2026-03-29T02:30+01:00",
    ),
    "the night on which they go back": ("2026-10-24", "23:30-01:30", "2026-10-25T01:30+01:00"),
    "the end of a year": ("2026-12-31", "23:30-00:30", "2027-01-01T00:30+00:00"),
    "start and end alike": ("2026-11-05", "09:00-09:00", "2026-11-06T09:00+00:00"),
}


@pytest.mark.parametrize(("day", "hours", "ends"), NIGHTS.values(), ids=NIGHTS)
def test_an_end_not_after_the_start_is_on_the_next_day(day, hours, ends):
    opens, closes = map(time.fromisoformat, hours.split("-"))
    (slot,) = Schedule(date.fromisoformat(day), opens, closes, LONDON).all()
    assert slot.date.isoformat() == day
    assert slot.ends_at.isoformat(timespec="minutes") == ends


def test_a_six_o_clock_meeting_stays_at_six_when_the_clocks_go_back():
    assert [
        slot.starts_at.isoformat() for slot in evening("2026-10-22", "FREQ=WEEKLY;COUNT=2").all()
    ] == ["2026-10-22T18:00:00+01:00", "2026-10-29T18:00:00+00:00"]


def test_the_may_2022_roundtable_is_from_five_to_half_past_six_in_utc():
    (slot,) = evening("2022-05-26").all()
    assert [
        moment.astimezone(ZoneInfo("UTC")).isoformat() for moment in (slot.starts_at, slot.ends_at)
    ] == [
        "2022-05-26T17:00:00+00:00",
        "2022-05-26T18:30:00+00:00",
    ]


def test_a_weekly_night_event_lasts_an_hour_on_every_date():
    nights = Schedule(
        date(2026, 10, 1), time(23, 30), time(0, 30), LONDON, rule="FREQ=WEEKLY;COUNT=8"
    )
    assert {(slot.ends_at - slot.starts_at).total_seconds() for slot in nights.all()} == {3600}
    assert [slot.starts_at.hour for slot in nights.all()] == [23] * 8


def test_between_includes_both_its_days_and_nothing_else():
    weekly = evening("2026-11-05", "FREQ=WEEKLY")
    found = [slot.date for slot in weekly.between(date(2026, 11, 12), date(2026, 11, 26))]
    assert found == days("2026-11-12 2026-11-19 2026-11-26")
    assert list(weekly.between(date(2026, 11, 13), date(2026, 11, 18))) == []
    assert list(weekly.between(date(2026, 11, 26), date(2026, 11, 12))) == []


def test_between_yields_one_date_at_a_time_from_an_endless_rule():
    endless = evening("2026-11-05", "FREQ=DAILY").between(date.min, date.max)
    assert [slot.date for slot in islice(endless, 2)] == days("2026-11-05 2026-11-06")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=7", "2026-11-02 2026-11-09"),
        ("FREQ=DAILY;COUNT=9999;INTERVAL=7", "2026-11-02 2026-11-09"),
        ("FREQ=WEEKLY;BYDAY=TU", "2026-11-03 2026-11-10"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=1TH", "2026-11-05"),
        ("FREQ=YEARLY", ""),
    ],
)
def test_a_rule_that_began_a_century_ago_has_its_dates_today(rule, expected):
    schedule = evening("1926-02-01", rule)
    found = [slot.date for slot in schedule.between(date(2026, 11, 1), date(2026, 11, 14))]
    assert found == days(expected)


def test_a_rule_that_never_matches_ends_at_the_end_of_the_calendar():
    never = evening("2026-02-10", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30")
    assert list(never.between(date.min, date.max)) == []


def test_all_of_an_endless_rule_is_refused():
    with pytest.raises(RuleError, match="never ends"):
        evening("2026-11-05", "FREQ=WEEKLY").all()


def test_a_bad_rule_is_refused_when_the_schedule_is_made():
    with pytest.raises(RuleError, match="daily, weekly, monthly or yearly"):
        evening("2026-11-05", "FREQ=HOURLY")


def test_schedules_of_the_same_event_are_equal_and_can_be_keys():
    assert evening("2026-11-05", "FREQ=WEEKLY") == evening("2026-11-05", "FREQ=WEEKLY")
    assert len({evening("2026-11-05", "FREQ=WEEKLY"), evening("2026-11-05", "FREQ=WEEKLY")}) == 1


@pytest.mark.parametrize(
    ("day", "zone", "change"),
    [
        ("2026-03-28", "Europe/London", None),
        ("2026-03-29", "Europe/London", "forward"),
        ("2026-03-30", "Europe/London", None),
        ("2026-10-25", "Europe/London", "back"),
        ("2026-10-26", "Europe/London", None),
        ("2026-03-29", "Asia/Kolkata", None),
        ("2026-11-01", "America/New_York", "back"),
    ],
)
def test_clock_changes_are_known(day, zone, change):
    assert clock_change_on(date.fromisoformat(day), ZoneInfo(zone)) == change


@pytest.mark.parametrize(
    ("day", "notes"),
    [
        ("2026-11-26", ()),
        ("2026-04-03", ("Good Friday",)),
        ("2026-05-04", ("Early May bank holiday",)),
        ("2026-05-25", ("Spring bank holiday",)),
        ("2026-08-31", ("Summer bank holiday",)),
        ("2026-12-26", ("Boxing Day",)),
        ("2026-12-28", ("Boxing Day (substitute day)",)),
        ("2026-03-17", ()),  # Saint Patrick's Day is kept in Northern Ireland only
        ("2026-08-03", ()),  # the summer bank holiday of Scotland
        ("2026-03-28", ("The clocks go forward that night",)),
        ("2026-03-29", ("The clocks go forward that morning",)),
        ("2026-10-24", ("The clocks go back that night",)),
        ("2026-10-25", ("The clocks go back that morning",)),
        ("2024-03-31", ("The clocks go forward that morning",)),
        ("2027-03-28", ("The clocks go forward that morning",)),
    ],
)
def test_editors_are_warned_of_english_bank_holidays_and_clock_changes(day, notes):
    assert notes_for(date.fromisoformat(day)) == notes
