"""Schedules compared with plain iteration of dateutil's rules, over any rules and dates."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from events.english_dates import LONDON
from events.rules import WEEKDAYS, describe, parse
from events.schedule import Schedule

DATES = st.dates(date(1996, 1, 1), date(2040, 12, 31))
WEEKLY_DAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True)
MONTHLY_DAYS = st.lists(
    st.builds(
        "{}{}".format, st.sampled_from([1, 2, 3, 4, 5, -1, -2, -5]), st.sampled_from(WEEKDAYS)
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
MONTH_DAYS = st.lists(st.sampled_from([*range(1, 32), -1]), min_size=1, max_size=3, unique=True)


@st.composite
def rules(draw, endless: bool = True) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 14))}"]
    if frequency == "WEEKLY" and draw(st.booleans()):
        parts.append(f"BYDAY={','.join(draw(WEEKLY_DAYS))}")
    if frequency == "MONTHLY":
        name, strategy = draw(
            st.sampled_from([("", None), ("BYDAY", MONTHLY_DAYS), ("BYMONTHDAY", MONTH_DAYS)])
        )
        if name:
            parts.append(f"{name}={','.join(map(str, draw(strategy)))}")
    end = draw(st.sampled_from(["COUNT", "UNTIL", ""] if endless else ["COUNT", "UNTIL"]))
    if end == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    elif end == "UNTIL":
        parts.append(f"UNTIL={draw(DATES):%Y%m%d}")
    return ";".join(parts)


def expected_dates(rule: str, first: date, until: date) -> list[date]:
    """Return dateutil's dates on naive local midnights, up to ``until``."""
    moments = rrulestr(rule, dtstart=datetime.combine(first, time()))
    return [moment.date() for moment in takewhile(lambda moment: moment.date() <= until, moments)]


def dates(rule: str, first: date, since: date, until: date) -> list[date]:
    schedule = Schedule(first, time(18), time(19, 30), LONDON, rule)
    return [slot.date for slot in schedule.between(since, until)]


@given(rules(), DATES, st.integers(0, 4000))
def test_a_rule_yields_the_dates_that_dateutil_yields(rule, first, length):
    until = first + timedelta(days=length)
    assert dates(rule, first, first, until) == expected_dates(rule, first, until)


@given(rules(), DATES, DATES, st.integers(0, 800))
def test_entering_a_rule_late_yields_the_same_dates(rule, first, since, length):
    until = since + timedelta(days=length)
    found = dates(rule, first, since, until)
    assert found == [day for day in expected_dates(rule, first, until) if day >= since]


@given(rules())
def test_the_canonical_text_is_the_same_rule_and_can_be_described(rule):
    parsed = parse(rule)
    assert parse(str(parsed)) == parsed
    assert str(parse(str(parsed))) == str(parsed)
    assert describe(rule) == describe(str(parsed))
    assert describe(rule).startswith("every ")


@given(
    rules(),
    DATES,
    st.times(),
    st.times(),
    st.frozensets(st.integers(-40, 400), max_size=5),
    st.frozensets(st.integers(-40, 400), max_size=5),
)
def test_slots_are_in_order_unique_on_their_day_and_end_after_they_start(
    rule, first, starts, ends, skipped, extra
):
    starts, ends = starts.replace(fold=0), ends.replace(fold=0)
    skipped = frozenset(first + timedelta(days=shift) for shift in skipped)
    extra = frozenset(first + timedelta(days=shift) for shift in extra)
    until = first + timedelta(days=400)
    schedule = Schedule(first, starts, ends, LONDON, rule, skipped, extra)
    slots = list(schedule.between(date.min, until))
    assert [slot.date for slot in slots] == sorted(
        (set(expected_dates(rule, first, until)) | extra) - skipped
    )
    for slot in slots:
        begins, stops = slot.starts_at.astimezone(UTC), slot.ends_at.astimezone(UTC)
        assert begins < stops
        assert stops - begins <= timedelta(hours=25)
        assert slot.starts_at.date() == slot.date
        # Only a time that the clocks skip may be shown differently.
        exists = datetime.combine(slot.date, starts, UTC).replace(tzinfo=LONDON)
        if exists.astimezone(UTC).astimezone(LONDON).time() == starts:
            assert slot.starts_at.time() == starts


@given(rules(endless=False), DATES)
def test_all_is_everything_between_the_ends_of_the_calendar(rule, first):
    schedule = Schedule(first, time(18), time(19, 30), LONDON, rule)
    slots = schedule.all()
    assert slots == list(schedule.between(first, date.max))
    if slots:
        assert list(schedule.between(slots[0].date, slots[-1].date)) == slots
