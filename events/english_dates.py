"""Dates and times as people in England write them: no Django, no locale. See ``typed_dates``.

Hours are written as GOV.UK writes them (style guide, "Times": 6pm, 7:30pm, midday, midnight, and
"to" between two of them).
"""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

# Python's own month names follow the process's locale; these sentences are English.
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


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
