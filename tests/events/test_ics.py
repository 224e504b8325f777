import time as stopwatch
import tracemalloc
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from events.ics import CalendarEntry, calendar, vevent

LONDON = ZoneInfo("Europe/London")
ROUNDTABLE = CalendarEntry(
    uid="3f0c7d6e-1a53-4f0e-9d55-0a1f6f4b2c11@example.org",
    starts_at=datetime(2022, 5, 26, 18, tzinfo=LONDON),
    ends_at=datetime(2022, 5, 26, 19, 30, tzinfo=LONDON),
    title="Prevent Community Roundtable",
    stamp=datetime(2022, 4, 1, 9, 15, tzinfo=UTC),
)


def file_of(*entries, **options):
    options.setdefault("name", "Roundtables")
    return b"".join(calendar(map(vevent, entries), **options))


def read(entry):
    """Return the one event of the file, as icalendar and as ical read it."""
    written = file_of(entry)
    (first,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    (second,) = IcsCalendarStream.calendar_from_ics(written.decode()).events
    return first, second


def as_its_own_time_zone_says(entry):
    zone = tzical(StringIO(file_of(entry).decode())).get("Europe/London")
    values = dict(line.rsplit(":", 1) for line in lines(vevent(entry)) if line.startswith("DT"))
    for name in ("DTSTART", "DTEND"):
        if name in values:
            yield datetime.strptime(values[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        else:
            local = datetime.strptime(values[f"{name};TZID=Europe/London"], "%Y%m%dT%H%M%S")
            yield local.replace(tzinfo=zone).astimezone(UTC)


def readings(entry):
    """Return start and end in UTC by icalendar, by ical, and by the VTIMEZONE in the file."""
    first, second = read(entry)
    return [
        (first.DTSTART.astimezone(UTC), first.DTEND.astimezone(UTC)),
        (second.dtstart.astimezone(UTC), second.dtend.astimezone(UTC)),
        tuple(as_its_own_time_zone_says(entry)),
    ]


def lines(written):
    return written.replace(b"\r\n ", b"").decode().split("\r\n")


def test_the_roundtable_of_may_2022_is_written_in_full():
    entry = replace(
        ROUNDTABLE,
        created=datetime(2022, 3, 1, 12, tzinfo=LONDON),
        description="Tea, coffee; soft drinks\nQuestions",
        location="Community Hall (made up for the demo)",
        url="https://example.org/prevent/roundtables/may/?date=2022-05-26",
        sequence=3,
        geo=(51.81665, -0.00005),
    )
    assert lines(vevent(entry)) == [
        "BEGIN:VEVENT",
        "UID:3f0c7d6e-1a53-4f0e-9d55-0a1f6f4b2c11@example.org",
        "DTSTAMP:20220401T091500Z",
        "LAST-MODIFIED:20220401T091500Z",
        "CREATED:20220301T120000Z",
        "SEQUENCE:3",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "DTSTART;TZID=Europe/London:20220526T180000",
        "DTEND;TZID=Europe/London:20220526T193000",
        "SUMMARY:Prevent Community Roundtable",
        r"DESCRIPTION:Tea\, coffee\; soft drinks\nQuestions",
        "LOCATION:Community Hall (made up for the demo)",
        "GEO:51.816650;-0.000050",
        "URL:https://example.org/prevent/roundtables/may/?date=2022-05-26",
        "END:VEVENT",
        "",
    ]


def test_unknown_fields_are_left_out():
    names = {line.partition(":")[0].partition(";")[0] for line in lines(vevent(ROUNDTABLE))}
    assert names == {
        *("BEGIN", "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP"),
        *("DTSTART", "DTEND", "SUMMARY", "END", ""),
    }


def test_the_head_of_a_calendar_names_it_and_gives_the_refresh_interval():
    written = file_of(name="Talks, tea; and\nmore", refresh=timedelta(hours=12))
    head, _, rest = written.decode().partition("BEGIN:VTIMEZONE\r\n")
    assert head.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Prevent roundtables//Calendar//EN-GB",
        "CALSCALE:GREGORIAN",
        r"NAME:Talks\, tea\; and\nmore",
        r"X-WR-CALNAME:Talks\, tea\; and\nmore",
        "X-WR-TIMEZONE:Europe/London",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
        "",
    ]
    assert rest.endswith("END:VTIMEZONE\r\nEND:VCALENDAR\r\n")
    assert b"METHOD" not in written


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def london(*parts, fold=0):
    return datetime(*parts, tzinfo=LONDON, fold=fold)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "expected"),
    [
        pytest.param(
            london(2022, 5, 26, 18),
            london(2022, 5, 26, 19, 30),
            (utc(2022, 5, 26, 17), utc(2022, 5, 26, 18, 30)),
            id="in summer time",
        ),
        pytest.param(
            london(2026, 10, 29, 18),
            london(2026, 10, 29, 19, 30),
            (utc(2026, 10, 29, 18), utc(2026, 10, 29, 19, 30)),
            id="after the clocks go back",
        ),
        pytest.param(
            utc(2026, 6, 25, 17),
            utc(2026, 6, 25, 18, 30),
            (utc(2026, 6, 25, 17), utc(2026, 6, 25, 18, 30)),
            id="given in UTC",
        ),
        pytest.param(
            london(2026, 3, 28, 23, 30),
            london(2026, 3, 29, 0, 30),
            (utc(2026, 3, 28, 23, 30), utc(2026, 3, 29, 0, 30)),
            id="over midnight before the clocks go forward",
        ),
        pytest.param(
            london(2026, 3, 29, 23, 30),
            london(2026, 3, 30, 0, 30),
            (utc(2026, 3, 29, 22, 30), utc(2026, 3, 29, 23, 30)),
            id="over midnight after the clocks go forward",
        ),
        pytest.param(
            london(2026, 3, 29, 0, 30),
            london(2026, 3, 29, 2, 30),
            (utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 30)),
            id="while the clocks go forward",
        ),
        pytest.param(
            london(2026, 3, 29, 1, 30),
            london(2026, 3, 29, 3, 30),
            (utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 2, 30)),
            id="from a time that the spring night leaves out",
        ),
        pytest.param(
            london(2026, 10, 24, 23, 30),
            london(2026, 10, 25, 0, 30),
            (utc(2026, 10, 24, 22, 30), utc(2026, 10, 24, 23, 30)),
            id="over midnight before the clocks go back",
        ),
        pytest.param(
            london(2026, 10, 25, 0, 30),
            london(2026, 10, 25, 2, 30),
            (utc(2026, 10, 24, 23, 30), utc(2026, 10, 25, 2, 30)),
            id="while the clocks go back",
        ),
        pytest.param(
            london(2026, 10, 25, 1, 30),
            london(2026, 10, 25, 1, 30, fold=1),
            (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
            id="from the first half past one to the second",
        ),
        pytest.param(
            london(2026, 10, 25, 0, 45),
            london(2026, 10, 25, 1, 15, fold=1),
            (utc(2026, 10, 24, 23, 45), utc(2026, 10, 25, 1, 15)),
            id="into the hour that comes twice",
        ),
        pytest.param(
            london(1995, 7, 6, 18),
            london(1995, 7, 6, 19),
            (utc(1995, 7, 6, 17), utc(1995, 7, 6, 18)),
            id="before the rule of last Sundays",
        ),
    ],
)
def test_both_parsers_read_the_intended_instants(starts_at, ends_at, expected):
    entry = replace(ROUNDTABLE, starts_at=starts_at, ends_at=ends_at)
    assert readings(entry) == [expected] * 3


@settings(deadline=None)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=3)),
)
def test_any_instant_survives_the_file_to_the_second(start, length):
    start = start.replace(microsecond=0, tzinfo=UTC)
    end = start + timedelta(seconds=int(length.total_seconds()))
    entry = replace(ROUNDTABLE, starts_at=start, ends_at=end)
    assert readings(entry) == [(start, end)] * 3


def test_a_time_skipped_in_spring_is_written_as_the_clock_then_shows():
    starts_at, ends_at = london(2026, 3, 29, 1, 30), london(2026, 3, 29, 3)
    written = vevent(replace(ROUNDTABLE, starts_at=starts_at, ends_at=ends_at))
    assert "DTSTART;TZID=Europe/London:20260329T023000" in lines(written)


def clock_changes(year):
    for month in (3, 10):
        month_end = utc(year, month, 31, 1)
        yield month_end - timedelta(days=(month_end.weekday() + 1) % 7)


def test_the_time_zone_in_the_file_gives_the_offsets_of_zoneinfo():
    zone = tzical(StringIO(file_of().decode())).get("Europe/London")
    instants = [utc(year, month, 15, 12) for year in range(1996, 2060) for month in range(1, 13)]
    instants += [
        change + timedelta(seconds=around)
        for year in range(1996, 2060)
        for change in clock_changes(year)
        for around in (-3601, -3600, -1, 0, 1, 3599, 3600, 3601)
    ]
    shown = "%Y-%m-%d %H:%M:%S %z %Z"
    assert [instant.astimezone(zone).strftime(shown) for instant in instants] == [
        instant.astimezone(LONDON).strftime(shown) for instant in instants
    ]


SHOWN_AS = {"CONFIRMED": "OPAQUE", "CANCELLED": "TRANSPARENT", "TENTATIVE": "TRANSPARENT"}


@pytest.mark.parametrize(("status", "busy"), SHOWN_AS.items())
def test_a_date_that_does_not_take_place_keeps_its_uid_and_frees_the_hour(status, busy):
    first, second = read(replace(ROUNDTABLE, status=status, sequence=4))
    assert (first["STATUS"], first["TRANSP"]) == (status, busy)
    assert (first["UID"], first["SEQUENCE"]) == (ROUNDTABLE.uid, 4)
    assert (second.status, second.uid, second.sequence) == (status, ROUNDTABLE.uid, 4)


AWKWARD = {
    "emoji": "🕊️ Peace 👩🏽‍🤝‍👨🏿 " * 20,
    "right to left": "لقاء المجتمع حول الوقاية، أسئلة؛ وأجوبة\u200f " * 10,
    "one long word": "Ł" * 500,
    "punctuation": r"""a, b; c: "d" \e \n \N \\N ^n 'f' %0D%0A""" * 5,
    "line breaks": "one\ntwo\r\nthree\rfour\x85five\u2028six\u2029seven\x0beight",
    "injection": "Talk\r\nATTENDEE:mailto:x@example.com\r\nEND:VEVENT\r\nBEGIN:VEVENT",
    "control characters": "a\x00b\x07c\x1bd\x7fe\x9ff\tg",
    "half an emoji": "a\ud83db",
    "folding at a backslash": "x" * 66 + "\\\n,;" * 40,
}


def kept(text):
    for line_break in ("\r\n", *"\r\x0b\x0c\x85\u2028\u2029"):
        text = text.replace(line_break, "\n")
    return "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_text_reaches_both_parsers_and_stays_in_its_property(text):
    entry = replace(ROUNDTABLE, title=text, description=text, location=text)
    first, second = read(entry)
    assert [first[name] for name in ("SUMMARY", "DESCRIPTION", "LOCATION")] == [kept(text)] * 3
    assert [second.summary, second.description, second.location] == [kept(text)] * 3
    assert first.get("ATTENDEE") is None


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_lines_end_in_crlf_and_hold_at_most_75_octets_of_whole_characters(text):
    entry = replace(ROUNDTABLE, uid=text, title=text, description=text)
    written = file_of(entry, name=text)
    folded = written.split(b"\r\n")
    assert folded[-1] == b""
    assert max(map(len, folded)) <= 75
    assert not [line for line in folded if b"\r" in line or b"\n" in line]
    assert "\n" not in "".join(line.decode() for line in folded)
    assert lines(written).count("BEGIN:VEVENT") == lines(written).count("END:VEVENT") == 1


@settings(deadline=None)
@given(st.text())
def test_any_text_comes_back_unchanged_except_control_characters(text):
    entry = replace(ROUNDTABLE, title=f"Talk {text}", description=f"{text}.")
    first, second = read(entry)
    expected = (kept(f"Talk {text}"), kept(f"{text}."))
    assert (first["SUMMARY"], first["DESCRIPTION"]) == expected
    assert (second.summary, second.description) == expected


def test_equal_entries_give_equal_bytes_in_any_zone():
    same = replace(
        ROUNDTABLE,
        starts_at=ROUNDTABLE.starts_at.astimezone(ZoneInfo("Asia/Karachi")),
        stamp=ROUNDTABLE.stamp.astimezone(LONDON) + timedelta(microseconds=5),
    )
    assert vevent(same) == vevent(ROUNDTABLE) == vevent(ROUNDTABLE)
    assert file_of(same, same) == file_of(ROUNDTABLE, ROUNDTABLE)


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": datetime(2022, 5, 26, 18)},
        {"stamp": datetime(2022, 4, 1)},
        {"created": datetime(2022, 4, 1)},
        {"ends_at": ROUNDTABLE.starts_at},
        {"uid": " \x00"},
        {"status": "POSTPONED"},
        {"sequence": -1},
        {"url": "https://example.org/\r\nATTENDEE:mailto:x@example.com"},
        {"url": "https://example.org/a b"},
        {"geo": (91.0, 0.0)},
        {"geo": (float("nan"), 0.0)},
    ],
)
def test_an_entry_that_no_calendar_file_can_hold_is_refused(change):
    with pytest.raises(ValueError, match=r"\.$|example\.org"):
        replace(ROUNDTABLE, **change)


def test_a_refresh_interval_is_refused_before_anything_is_streamed():
    with pytest.raises(ValueError, match="above zero"):
        calendar([], name="Roundtables", refresh=timedelta(0))


def test_the_head_is_sent_before_the_first_event_is_read_and_chunks_are_large():
    asked = []

    def rendered():
        for number in range(1000):
            asked.append(number)
            yield memoryview(vevent(ROUNDTABLE))

    stream = calendar(rendered(), name="Roundtables")
    assert next(stream).endswith(b"END:VTIMEZONE\r\n")
    assert asked == []
    sizes = [len(chunk) for chunk in stream]
    assert len(asked) == 1000
    assert len(sizes) == pytest.approx(sum(sizes) / (32 * 1024), abs=1.5)


def test_streaming_ten_thousand_events_holds_one_chunk_in_memory():
    rendered = vevent(replace(ROUNDTABLE, description="Tea and coffee. " * 40))
    tracemalloc.start()
    total = sum(map(len, calendar((rendered for _ in range(10_000)), name="Roundtables")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 8_000_000
    assert peak < 200_000


def test_joining_takes_less_than_a_tenth_of_serialising_the_same_calendar():
    rendered = [vevent(replace(ROUNDTABLE, sequence=number)) for number in range(300)]
    parsed = icalendar.Calendar.from_ical(b"".join(calendar(rendered, name="Roundtables")))

    def seconds(work):
        def once():
            began = stopwatch.perf_counter()
            work()
            return stopwatch.perf_counter() - began

        return min(once() for _ in range(3))

    joining = seconds(lambda: sum(map(len, calendar(rendered, name="Roundtables"))))
    assert joining <= 0.10 * seconds(parsed.to_ical)
