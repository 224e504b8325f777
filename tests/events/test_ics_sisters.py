"""Entries rendered together are, byte for byte, those that are rendered one by one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import ics
from events.ics import CalendarEntry, Organiser, vevent, vevents

LONDON = ZoneInfo("Europe/London")
FIRST = CalendarEntry(
    uid="3f0c7d6e-1a53-4f0e-9d55-0a1f6f4b2c11",
    starts_at=datetime(2026, 10, 22, 18, tzinfo=LONDON),
    ends_at=datetime(2026, 10, 22, 19, 30, tzinfo=LONDON),
    title="Community roundtable",
    stamp=datetime(2026, 4, 1, 9, 15, tzinfo=UTC),
    created=datetime(2026, 3, 1, 9, 15, tzinfo=UTC),
    description="Tea, coffee; soft drinks\nQuestions",
    location="Hall",
    url="https://www.council.example/prevent/roundtables/evening/?date=2026-10-22",
    geo=(51.8, -0.8),
    organiser=Organiser("Team", "team@council.example"),
    categories=("Talk",),
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
TEXTS = st.one_of(st.text(max_size=90), st.just("a\r\nURL:mark:\r\nSUMMARY:b"))


@st.composite
def entries(draw):
    starts_at = draw(MOMENTS)
    length = draw(st.timedeltas(timedelta(seconds=1), timedelta(hours=25)))
    return CalendarEntry(
        uid=draw(st.one_of(st.uuids().map(str), st.text(max_size=90).map("u{}".format))),
        starts_at=starts_at,
        ends_at=starts_at + length,
        title=draw(st.one_of(st.sampled_from(["Talk", "URL:mark:"]), TEXTS)),
        stamp=draw(MOMENTS),
        created=draw(st.none() | MOMENTS),
        description=draw(st.just("") | TEXTS),
        location=draw(st.just("") | TEXTS),
        url=draw(
            st.sampled_from(["", "https://a.example/ü/", "https://a.example/?a=1,2;3", "mark:"])
            | st.integers(1, 200).map(lambda size: f"https://a.example/{'x' * size}")
        ),
        status=draw(st.sampled_from(["CONFIRMED", "CANCELLED", "TENTATIVE"])),
        sequence=draw(st.integers(0, 10**6)),
        geo=draw(st.none() | st.just((51.8, -0.8))),
        organiser=draw(st.none() | st.just(Organiser("Team", "a@b.example"))),
        categories=draw(st.just(()) | st.just(("a, b", "c"))),
    )


@settings(deadline=None)
@given(st.lists(entries(), max_size=6))
def test_whatever_they_say(some):
    assert list(vevents(some)) == [vevent(entry) for entry in some]


@pytest.mark.parametrize("weeks", range(0, 104, 8))
def test_by_every_clock(weeks):
    later = replace(
        FIRST,
        starts_at=FIRST.starts_at + timedelta(weeks=weeks),
        ends_at=FIRST.ends_at + timedelta(weeks=weeks),
        sequence=weeks,
    )
    assert list(vevents([FIRST, later])) == [vevent(FIRST), vevent(later)]


@pytest.mark.parametrize("name", ["stamp", "created"])
def test_the_two_hours_of_an_autumn_night_are_told_apart(name):
    once = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    some = [replace(FIRST, **{name: once.replace(fold=fold)}) for fold in (0, 1)]
    rendered = list(vevents(some))
    assert rendered == [vevent(entry) for entry in some]
    assert b"20261025T003000Z" in rendered[0]
    assert b"20261025T013000Z" in rendered[1]


def test_icalendar_is_asked_once_for_all_dates_of_an_event():
    dates = [
        replace(
            FIRST,
            uid=f"{number:036}",
            starts_at=FIRST.starts_at + timedelta(weeks=number),
            ends_at=FIRST.ends_at + timedelta(weeks=number),
            sequence=number,
            status=("CONFIRMED", "CANCELLED")[number % 2],
            url=f"https://www.council.example/?date={number:010}",
        )
        for number in range(104)
    ]
    with patch.object(ics, "vevent", wraps=vevent) as rendered:
        list(vevents(dates))
    assert rendered.call_count == 1
