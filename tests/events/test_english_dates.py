"""Dates as people write them, and as they are written for people."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.english_dates import english_date
from events.typed_dates import parse_date

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
def test_what_is_not_a_date_is_not_guessed_at(text):
    assert parse_date(text) is None


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_date_written_for_people_reads_back(day):
    assert parse_date(english_date(day)) == day
