"""Days and hours in the reader's language: English hours in GOV.UK style, others in 24 hours."""

from datetime import date, time

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import get_language, gettext

from .english_dates import english_time


def day_in_words(day: date) -> str:
    """Return a day like ``Thursday 26 May 2022``."""
    return f"{weekday(day)} {day.day} {month_and_year(day)}"


def weekday(day: date) -> str:
    return str(WEEKDAYS[day.weekday()])


def month_and_year(day: date) -> str:
    return f"{MONTHS[day.month]} {day.year}"


def time_in_words(moment: time) -> str:
    """Return ``6pm`` in English, ``18:00`` in other languages."""
    if is_english():
        return english_time(moment)
    return time_format(moment, "H:i")


def hours_in_words(starts: time, ends: time | None = None) -> str:
    """Return ``6pm to 7:30pm``, or the start alone if there is no end."""
    if ends is None:
        return time_in_words(starts)
    return gettext("%(starts)s to %(ends)s") % {
        "starts": time_in_words(starts),
        "ends": time_in_words(ends),
    }


def is_english() -> bool:
    return (get_language() or "en").partition("-")[0] == "en"
