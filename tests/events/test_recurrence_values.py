"""What is stored in a django-recurrence field, and how it reads back."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import recurrence
from hypothesis import given
from hypothesis import strategies as st

from events.english_dates import LONDON
from events.recurrence_values import normalise, recurrence_for, schedule_parts
from events.rules import RuleError

JUNE, NOVEMBER = date(2026, 6, 25), date(2026, 11, 26)
LAST_THURSDAY = "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH;UNTIL=20271125"


def reread(value: recurrence.Recurrence) -> recurrence.Recurrence:
    """Return the value as the database gives it back."""
    return recurrence.deserialize(recurrence.serialize(value), include_dtstart=False)


def test_dates_are_stored_as_midnight_in_utc_in_summer_and_winter():
    value = recurrence_for(LAST_THURSDAY, {NOVEMBER, JUNE}, {date(2026, 7, 1)}, date(2026, 5, 28))
    assert recurrence.serialize(value).splitlines() == [
        "DTSTART:20260528T000000Z",
        "RRULE:FREQ=MONTHLY;INTERVAL=3;UNTIL=20271125T000000Z;BYDAY=-1TH",
        "RDATE:20260701T000000Z",
        "EXDATE:20260625T000000Z",
        "EXDATE:20261126T000000Z",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=DAILY;INTERVAL=2;COUNT=6",
        "FREQ=WEEKLY;BYDAY=MO,SU;UNTIL=20260625",
        "FREQ=MONTHLY;BYMONTHDAY=1,31,-1",
        "FREQ=MONTHLY;BYDAY=1MO,5SU,-5TH;COUNT=1",
        "FREQ=YEARLY",
        LAST_THURSDAY,
    ],
)
def test_stored_values_read_back_unchanged(rule):
    value = recurrence_for(rule, {JUNE, NOVEMBER}, {date(2026, 3, 29)}, date(2026, 3, 1))
    assert reread(value) == value
    assert schedule_parts(reread(value)) == (rule, {JUNE, NOVEMBER}, {date(2026, 3, 29)})
    assert normalise(reread(value)) == value


@pytest.mark.parametrize("zone_kept", [True, False])
def test_it_reads_back_whether_or_not_the_host_uses_time_zones(settings, zone_kept):
    settings.RECURRENCE_USE_TZ = zone_kept
    value = recurrence_for("FREQ=WEEKLY;UNTIL=20260625", {JUNE, NOVEMBER}, {date(2026, 7, 1)})
    parts = schedule_parts(value)
    assert schedule_parts(reread(value)) == parts
    assert recurrence.serialize(normalise(reread(value))) == recurrence.serialize(value)


def test_nothing_is_stored_as_an_empty_value():
    assert recurrence.serialize(recurrence_for("")) == ""
    assert schedule_parts(None) == schedule_parts(recurrence.deserialize("")) == ("", set(), set())
    assert normalise(None) == recurrence.Recurrence()


WIDGET_TEXTS = {
    "a summer date, midnight in London": ("EXDATE:20260624T230000Z", "", "2026-06-25", ""),
    "a winter date, midnight in London": ("EXDATE:20261126T000000Z", "", "2026-11-26", ""),
    "an evening in summer": ("EXDATE:20260625T170000Z", "", "2026-06-25", ""),
    "two dates on one line": (
        "EXDATE:20260624T230000Z,20261126T000000Z",
        "",
        "2026-06-25 2026-11-26",
        "",
    ),
    "the same date twice": (
        "EXDATE:20260624T230000Z\nEXDATE:20260625T170000Z",
        "",
        "2026-06-25",
        "",
    ),
    "an extra date in summer": ("RDATE:20260630T230000Z", "", "", "2026-07-01"),
    "an end in summer": (
        "RRULE:FREQ=WEEKLY;UNTIL=20260624T230000Z;BYDAY=TH",
        "FREQ=WEEKLY;BYDAY=TH;UNTIL=20260625",
        "",
        "",
    ),
    "an end in winter": (
        "RRULE:FREQ=WEEKLY;UNTIL=20261126T000000Z;BYDAY=TH",
        "FREQ=WEEKLY;BYDAY=TH;UNTIL=20261126",
        "",
        "",
    ),
    "a start that is an evening": (
        "DTSTART:20260528T170000Z\nRRULE:FREQ=MONTHLY;COUNT=3;BYDAY=-1TH",
        "FREQ=MONTHLY;BYDAY=-1TH;COUNT=3",
        "",
        "",
    ),
    "the last of its weekdays, by position": (
        "RRULE:FREQ=MONTHLY;BYDAY=TH;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=-1TH",
        "",
        "",
    ),
    "a week that begins on Sunday and does not matter": (
        "RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=TH",
        "FREQ=WEEKLY;BYDAY=TH",
        "",
        "",
    ),
    "times without a zone": (
        "EXDATE:20260625T000000\nRDATE:20260701",
        "",
        "2026-06-25",
        "2026-07-01",
    ),
}


@pytest.mark.parametrize(
    ("text", "rule", "skipped", "extra"), WIDGET_TEXTS.values(), ids=WIDGET_TEXTS
)
def test_the_stock_widgets_values_become_the_intended_london_dates(text, rule, skipped, extra):
    value = normalise(recurrence.deserialize(text))
    assert schedule_parts(value) == (
        rule,
        {date.fromisoformat(day) for day in skipped.split()},
        {date.fromisoformat(day) for day in extra.split()},
    )
    assert set(re.findall(r"T\d{6}Z?", recurrence.serialize(value))) <= {"T000000Z"}
    assert normalise(reread(value)) == value


def test_a_timed_start_is_stored_as_its_date():
    value = normalise(recurrence.deserialize("DTSTART:20260624T230000Z\nRRULE:FREQ=YEARLY"))
    assert value.dtstart == datetime(2026, 6, 25, tzinfo=UTC)
    assert value.include_dtstart is False


def test_times_and_dates_set_by_code_count_as_their_dates():
    value = recurrence.Recurrence(
        rdates=[datetime(2026, 6, 25, 23, 30), date(2026, 7, 1)],
        exdates=[datetime(2026, 6, 25, 18, tzinfo=ZoneInfo("America/New_York"))],
    )
    _, skipped, extra = schedule_parts(value, LONDON)
    assert (skipped, extra) == ({JUNE}, {JUNE, date(2026, 7, 1)})


@pytest.mark.parametrize(
    "text",
    [
        "RRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY",
        "RRULE:FREQ=WEEKLY\nEXRULE:FREQ=MONTHLY",
        "DTEND:20261126T000000Z\nRRULE:FREQ=WEEKLY",
        "RRULE:FREQ=HOURLY",
        "RRULE:FREQ=YEARLY;BYMONTH=5",
        "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1",
        "RRULE:FREQ=WEEKLY;BYHOUR=18",
    ],
)
def test_a_value_beyond_one_rule_and_dates_is_refused(text):
    with pytest.raises(RuleError):
        normalise(recurrence.deserialize(text))


def test_django_recurrence_never_computes_a_date(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("django-recurrence was asked for dates")

    monkeypatch.setattr(recurrence.Recurrence, "to_dateutil_rruleset", never)
    value = normalise(recurrence_for(LAST_THURSDAY, {NOVEMBER}, {JUNE}, date(2026, 5, 28)))
    assert schedule_parts(value) == (LAST_THURSDAY, {NOVEMBER}, {JUNE})


DATES = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(st.frozensets(DATES, max_size=8), st.frozensets(DATES, max_size=8), DATES)
def test_any_dates_survive_storage(skipped, extra, until):
    rule = f"FREQ=DAILY;UNTIL={until:%Y%m%d}"
    value = recurrence_for(rule, skipped, extra)
    assert schedule_parts(reread(value)) == (rule, skipped, extra)
    assert recurrence.serialize(reread(value)) == recurrence.serialize(value)
