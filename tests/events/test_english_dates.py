"""Dates as people write them, and as they are written for people."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.english_dates import TypedDateError, english_date, parse_date, read_date, read_time

NOVEMBER = date(2026, 11, 26)


@pytest.mark.parametrize(
    "text",
    [
        "26 November 2026",
        " 26  november 2026 ",
        "26 Nov 2026",
        "26 Nov. 2026",
        "Thursday 26 November 2026",
        "Thu, 26 November 2026",
        "26/11/2026",
        "26.11.2026",
        "2026-11-26",
    ],
)
def test_dates_are_read_as_people_write_them(text):
    assert parse_date(text) == NOVEMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "31 June 2026",
        "29/02/2026",
        "26/11/26",
        "26/11/0226",
        "26 November 1826",
        "11/26/2026",
        "26 Novembre 2026",
        "0/1/2026",
        "2026-11-26T18:00",
        "١/١/٢٠٢٦",
    ],
)
def test_an_invalid_date_is_not_guessed(text):
    assert parse_date(text) is None


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_date_written_for_people_reads_back(day):
    assert parse_date(english_date(day)) == day


@pytest.mark.parametrize(
    "text",
    [
        *("27 March 2027", "27/3/2027", "27.3.2027", "2027-03-27", "27th March 2027", "27-03-2027"),
        *("Saturday 27 March 2027", "Sat, 27 Mar 2027", "27 mar. 2027", "March 27, 2027"),
        *("27\u00a0March\u200b 2027", "27th of March 2027", "2027/3/27", " 27  march 2027 "),
    ],
)
def test_one_date_is_read_however_it_is_typed(text):
    assert read_date(text) == date(2027, 3, 27)


def test_a_birthday_long_ago_is_read():
    assert read_date("27 March 1980") == date(1980, 3, 27)


@pytest.mark.parametrize("text", ["27/3/27", "27 March 27"])
def test_a_two_digit_year_is_refused(text):
    with pytest.raises(TypedDateError, match="4 digits, like 2027 or 1927"):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31 February 2027", "real date"),
        ("31/13/2027", "real date"),
        ("27 Marsh 2027", "Enter a date"),
        ("", "Enter a date"),
        ("soon", "Enter a date"),
        ("27 March", "year too"),
        ("27/3/1027", "from 1900"),
    ],
)
def test_an_invalid_date_says_how_to_type_one(text, sentence):
    with pytest.raises(TypedDateError, match=sentence):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25 February", date(2027, 2, 25)),
        ("25 Feb", date(2027, 2, 25)),
        ("25/2", date(2027, 2, 25)),
        ("2 November", date(2026, 11, 2)),
        ("1 November", date(2027, 11, 1)),
        ("29 Feb", date(2028, 2, 29)),
    ],
)
def test_a_date_without_a_year_is_the_next_one(text, day):
    assert read_date(text, upcoming_from=date(2026, 11, 2)) == day


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        *[(text, time(18)) for text in ("6pm", "6 pm", "18:00", "6.00pm", "6:00 p.m.", "06:00PM")],
        *[(text, time(18, 30)) for text in ("6.30 pm", "6:30pm", "18.30", "18:30:00")],
        *[("midday", time(12)), ("noon", time(12)), ("12pm", time(12)), ("12am", time(0))],
        *[("midnight", time(0)), ("9:05am", time(9, 5)), ("00:15", time(0, 15))],
    ],
)
def test_one_time_is_read_however_it_is_typed(text, clock):
    assert read_time(text) == clock


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("6", "6am or 6pm"),
        ("25:00", "Enter a time"),
        ("6:75pm", "Enter a time"),
        ("13pm", "Enter a time"),
        ("", "Enter a time"),
        ("evening", "Enter a time"),
    ],
)
def test_an_invalid_time_says_how_to_type_one(text, sentence):
    with pytest.raises(TypedDateError, match=sentence):
        read_time(text)
