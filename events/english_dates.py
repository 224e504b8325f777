"""Dates and times as people in England write and read them: no Django, no locale.

Hours are written as GOV.UK writes them (style guide, "Times": 6pm, 7:30pm, midday, midnight, and
"to" between two of them).
"""

from __future__ import annotations

import re
from datetime import date, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

# Python's own month names follow the process's locale; these sentences are English.
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)
_IN_WORDS = re.compile(r"(?:[a-z]+,?\s+)?([0-9]{1,2})\s+([a-z]{3,9})\.?\s+([0-9]{4})", re.I)


def english_date(day: date) -> str:
    """Return the date as GOV.UK writes it: ``26 November 2026``."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def english_time(moment: time) -> str:
    """Return a time as GOV.UK writes it: 6pm, 7:30pm, midday, midnight."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "midday" if moment.hour else "midnight"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'am' if moment.hour < 12 else 'pm'}"


def english_hours(starts: time, ends: time | None = None) -> str:
    """Return "6pm to 7:30pm", or "6pm" alone where there is no end."""
    return (
        english_time(starts) if ends is None else f"{english_time(starts)} to {english_time(ends)}"
    )


def parse_date(text: str) -> date | None:
    """Return the date of ``26 November 2026``, ``26/11/2026`` or ``2026-11-26``, or None.

    Month names may be cut to three letters or more; a weekday may stand before the day. A year
    before 1900 is a slip of the keyboard, and no date.
    """
    day = _read(" ".join(text.split()))
    return day if day and day.year >= 1900 else None


def _read(text: str) -> date | None:
    try:
        if match := _DAY_FIRST.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := _YEAR_FIRST.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _IN_WORDS.fullmatch(text):
            names = [name.lower() for name in MONTH_NAMES]
            found = [name for name in names if name.startswith(match[2].lower())]
            if found:
                return date(int(match[3]), names.index(found[0]) + 1, int(match[1]))
    except ValueError:
        return None
    return None
