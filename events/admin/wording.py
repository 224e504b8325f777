"""The wording about people and dates. These screens know only how many people booked."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..dates_in_words import day_in_words


def in_short(day: date) -> str:
    """Return the date like ``26 November 2026``."""
    return date_format(day, "j F Y")


def people_will_be_told(people: int, day: date) -> str:
    """Return how many people are registered for ``day``, and that they will be emailed."""
    if not people:
        return _("Nobody is registered for %(day)s.") % {"day": day_in_words(day)}
    return ngettext(
        "%(people)s person is registered for %(day)s and will get an email.",
        "%(people)s people are registered for %(day)s and will get an email.",
        people,
    ) % {"people": people, "day": day_in_words(day)}


def people_are_being_told(people: int) -> str:
    if not people:
        return ""
    return ngettext(
        "%(people)s person will get an email.",
        "%(people)s people will get an email.",
        people,
    ) % {"people": people}


def publishing_cancels(people: int, day: date) -> str:
    return ngettext(
        "%(people)s person is registered for %(day)s. Publishing cancels that date.",
        "%(people)s people are registered for %(day)s. Publishing cancels that date.",
        people,
    ) % {"people": people, "day": in_short(day)}


def publishing_changes_hours(people: int, day: date, hours: str) -> str:
    return ngettext(
        "%(people)s person is registered for %(day)s. Publishing changes its time to %(hours)s.",
        "%(people)s people are registered for %(day)s. Publishing changes its time to %(hours)s.",
        people,
    ) % {"people": people, "day": in_short(day), "hours": hours}


def publishing_ends(people: int) -> str:
    return ngettext(
        "%(people)s person is registered for dates that this changes. Publish it in the page "
        "editor, where you can say why",
        "%(people)s people are registered for dates that this changes. Publish it in the page "
        "editor, where you can say why",
        people,
    ) % {"people": people}


def publishing_adds(number: int) -> str:
    return ngettext(
        "Publishing adds %(number)s date.", "Publishing adds %(number)s dates.", number
    ) % {"number": number}


def publishing_removes(number: int) -> str:
    return ngettext(
        "Publishing removes %(number)s date, which nobody is registered for.",
        "Publishing removes %(number)s dates, which nobody is registered for.",
        number,
    ) % {"number": number}


def publishing_closes(number: int) -> str:
    return ngettext(
        "Publishing cancels %(number)s date, which nobody is registered for.",
        "Publishing cancels %(number)s dates, which nobody is registered for.",
        number,
    ) % {"number": number}
