"""Dates and times in English: written in GOV.UK style, read as people type them. No Django.

Hours follow the GOV.UK style guide ("Times": 6pm, 7:30pm, midday, midnight, and "to" between two of
them). ``dates_in_words`` writes them in the reader's language.
"""

from __future__ import annotations

import re
from datetime import date, time
from zoneinfo import ZoneInfo

from prevent_content.cleaning import clean_line

LONDON = ZoneInfo("Europe/London")

# Python's own month names follow the process's locale; these must be English.
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
FIRST_YEAR = 1900
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})", re.ASCII)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]+)(?: (\d{4}|\d{2}))?", re.A)
_MONTH_AND_DAY = re.compile(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}|\d{2}))?", re.ASCII)
_DAY_AND_NUMBER = re.compile(r"(\d{1,2})[/.](\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:[:.]00)? ?([ap])?(?:\.?m\.?)?", re.ASCII)


def english_date(day: date) -> str:
    """Return the date in GOV.UK style: ``26 November 2026``."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def english_time(moment: time) -> str:
    """Return a time in GOV.UK style: 6pm, 7:30pm, midday, midnight."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "midday" if moment.hour else "midnight"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'am' if moment.hour < 12 else 'pm'}"


def english_hours(starts: time, ends: time | None = None) -> str:
    """Return "6pm to 7:30pm", or "6pm" alone if there is no end."""
    return (
        english_time(starts) if ends is None else f"{english_time(starts)} to {english_time(ends)}"
    )


class TypedDateError(ValueError):
    """The text is not a date or a time; the message says how to type one, ``code`` what is wrong.

    It is ``invalid``, ``year`` (none), ``two_digits``, ``too_early``, ``unreal`` or ``half`` (which
    of the day).
    """

    def __init__(self, message: str, code: str = "invalid"):
        super().__init__(message)
        self.code = code


def read_date(text: str, *, upcoming_from: date | None = None) -> date:
    """Return the date of ``27 March 2027``, ``27/3/2027``, ``27.3.2027`` or ``2027-03-27``.

    A weekday in front is allowed and ignored. ``upcoming_from`` allows a date without a year: the
    next such day from then on. Raises ``TypedDateError``, also for a two-digit year.
    """
    words = _words(text)
    parts = _date_parts(words)
    if parts is None:
        raise TypedDateError("Enter a date, like 27 March 2027 or 27/3/2027")
    day, month, year = parts
    if year is None:
        if upcoming_from is None:
            raise TypedDateError("Enter the year too, like 27 March 2027", "year")
        return _next(day, month, upcoming_from)
    if len(year) == 2:
        sentence = f"Enter the year in 4 digits, like 20{year} or 19{year}"
        raise TypedDateError(sentence, "two_digits")
    if int(year) < FIRST_YEAR:
        raise TypedDateError(f"Enter a year from {FIRST_YEAR} on", "too_early")
    return _real(day, month, int(year))


def parse_date(text: str) -> date | None:
    """Return the date as ``read_date`` does, or None instead of an error."""
    try:
        return read_date(text)
    except TypedDateError:
        return None


def read_time(text: str) -> time:
    """Return the time of ``6pm``, ``6.30 pm``, ``18:00``, ``midday`` or ``midnight``.

    Raises ``TypedDateError``, also for a bare number such as ``6``, which could be morning or
    evening.
    """
    words = clean_line(text).lower()
    named = {"midday": time(12), "noon": time(12), "12 noon": time(12), "midnight": time(0)}
    if words in named:
        return named[words]
    match = _CLOCK.fullmatch(words)
    if match:
        hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
        if half and 1 <= hour <= 12 and minute < 60:
            return time(hour % 12 + (12 if half == "p" else 0), minute)
        if not half and match[2] and hour < 24 and minute < 60 and not words.endswith("m"):
            return time(hour, minute)
        if not half and not match[2] and 1 <= hour <= 12:
            raise TypedDateError(f"Enter {hour}am or {hour}pm", "half")
    raise TypedDateError("Enter a time, like 6pm, 6:30pm or 18:30")


def _words(text: str) -> str:
    words = clean_line(text).lower().replace(",", " ").split()
    if len(words) > 1 and _names(words[0], WEEKDAYS, least=3) is not None:
        words = words[1:]
    return " ".join(words)


def _date_parts(text: str) -> tuple[int, int, str | None] | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return int(match[3]), int(match[2]), match[1]
    if match := _DAY_FIRST.fullmatch(text):
        return int(match[1]), int(match[2]), match[3]
    if match := _DAY_AND_NUMBER.fullmatch(text):
        return int(match[1]), int(match[2]), None
    months = [name.lower() for name in MONTH_NAMES]
    if match := _DAY_AND_MONTH.fullmatch(text.replace(".", "")):
        day, name, year = match[1], match[2], match[3]
    elif match := _MONTH_AND_DAY.fullmatch(text.replace(".", "")):
        name, day, year = match[1], match[2], match[3]
    else:
        return None
    month = _names(name, months, least=3)
    return None if month is None else (int(day), month + 1, year)


def _names(word: str, names: tuple[str, ...] | list[str], *, least: int) -> int | None:
    """Return which of ``names`` the word is or abbreviates; ``sept`` and ``thurs`` are usual."""
    if len(word) < least:
        return None
    return next((number for number, name in enumerate(names) if name.startswith(word)), None)


def _real(day: int, month: int, year: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        sentence = "Enter a real date, like 27 March 2027 or 27/3/2027"
        raise TypedDateError(sentence, "unreal") from error


def _next(day: int, month: int, since: date) -> date:
    # There is always a 29 February within eight years.
    for year in range(since.year, since.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= since:
            return found
    raise TypedDateError("Enter a real date, like 27 March 2027 or 27/3/2027", "unreal")
