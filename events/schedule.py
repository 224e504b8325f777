"""The dates and hours of an event: dates by a rule, hours by the wall clock of a zone.

No Django, database or current date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import holidays
from dateutil.rrule import rruleset

from .english_dates import LONDON
from .rules import Rule, RuleError, midnight, parse

ClockChange = Literal["forward", "back"]

# England's own names, as GOV.UK lists them, where the package's differ.
_HOLIDAY_NAMES = {
    "May Day": "Early May bank holiday",
    "Spring Bank Holiday": "Spring bank holiday",
    "Late Summer Bank Holiday": "Summer bank holiday",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One date of an event: its local date, and its start and end as aware datetimes."""

    date: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """Dates by rule, hours by the wall clock of ``zone``.

    The rule (see ``rules.parse``) only ever yields dates; a 6pm meeting stays at 6pm when the
    clocks change because the zone is attached last.

    - Without a rule, ``first`` is the one date. With one, ``first`` anchors the rule and is a date
      only if the rule falls on it (or it is in ``extra``). A ``COUNT`` counts only the rule's
      dates, including skipped ones.
    - ``extra`` adds dates, before ``first`` too; ``skipped`` removes dates, and wins over both (RFC
      5545, section 3.8.5.1). No date is repeated.
    - An end that is not after the start by the clock is on the next day.
    - A time that the clocks skip in spring moves forward as they do (1:30am becomes 2:30am); a
      repeated time in autumn means the first of the two. If an end is then no longer after its
      start, the event keeps its wall-clock length.

    Raises ``RuleError`` if the rule cannot be used.
    """

    first: date
    starts: time
    ends: time
    zone: ZoneInfo
    rule: str = ""
    skipped: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()
    _parsed: Rule | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parsed", parse(self.rule, self.zone) if self.rule else None)

    def between(self, since: date, until: date) -> Iterator[Slot]:
        """Yield the slots from ``since`` to ``until``, both included, in order.

        A slot belongs to the local date on which it starts.
        """
        for day in self._dates(since, until):
            yield self._slot(day)

    def all(self) -> list[Slot]:
        """Return every slot, in order. Raises ``RuleError`` if the rule never ends."""
        if self._parsed and self._parsed.is_endless:
            raise RuleError(
                "This rule never ends: give it a last date or a number of dates, "
                "or ask for the dates between two days."
            )
        return list(self.between(date.min, date.max))

    def _dates(self, since: date, until: date) -> Iterator[date]:
        dates = rruleset()
        if self._parsed:
            dates.rrule(self._parsed.recurrence(self.first, since, until))
        else:
            dates.rdate(midnight(self.first))
        for day in self.extra:
            dates.rdate(midnight(day))
        for day in self.skipped:
            dates.exdate(midnight(day))
        for moment in dates.xafter(midnight(since), inc=True):
            if moment.date() > until:
                return
            yield moment.date()

    def _slot(self, day: date) -> Slot:
        last_day = day if self.ends > self.starts else day + timedelta(days=1)
        starts_at = _on_the_clock(day, self.starts, self.zone)
        ends_at = _on_the_clock(last_day, self.ends, self.zone)
        # Compared in UTC, because two times in the same zone are compared by wall clock alone.
        if ends_at.astimezone(UTC) <= starts_at.astimezone(UTC):
            length = datetime.combine(last_day, self.ends) - datetime.combine(day, self.starts)
            ends_at = (starts_at.astimezone(UTC) + length).astimezone(self.zone)
        return Slot(day, starts_at, ends_at)


def clock_change_on(day: date, zone: ZoneInfo) -> ClockChange | None:
    """Return which way the clocks of ``zone`` change on ``day``, if they do."""
    before = datetime.combine(day, time(), zone).utcoffset()
    after = datetime.combine(day + timedelta(days=1), time(), zone).utcoffset()
    if before is None or after is None or before == after:
        return None
    return "forward" if after > before else "back"


def notes_for(day: date) -> tuple[str, ...]:
    """Return what an editor may have overlooked: England's bank holidays and clock changes.

    Bank holidays are those the ``holidays`` package knows; later proclamations come with its next
    version.
    """
    notes = _holidays_on(day)
    if change := clock_change_on(day, LONDON):
        notes.append(f"The clocks go {change} that morning")
    if change := clock_change_on(day + timedelta(days=1), LONDON):
        notes.append(f"The clocks go {change} that night")
    return tuple(note.replace("(observed)", "(substitute day)") for note in notes)


def bank_holiday(day: date) -> str:
    """Return the name of England's bank holiday on ``day``, if it is one."""
    return ", ".join(_holidays_on(day)).replace("(observed)", "(substitute day)")


def _holidays_on(day: date) -> list[str]:
    name = _bank_holidays().get(day)
    return [_HOLIDAY_NAMES.get(part, part) for part in name.split("; ")] if name else []


@cache
def _bank_holidays() -> holidays.HolidayBase:
    # It computes each year on first use, so one object serves all.
    return holidays.country_holidays("GB", subdiv="ENG", language="en_GB")


def _on_the_clock(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment in ``zone``, via UTC so that its clock time exists."""
    moment = datetime.combine(day, clock.replace(fold=0), zone)
    return moment.astimezone(UTC).astimezone(zone)
