"""The rules that an event's dates may follow: a part of RFC 5545's RRULE, for dates only.

Rule parts (section 3.3.10): ``FREQ`` (DAILY, WEEKLY, MONTHLY, YEARLY), ``INTERVAL``, ``BYDAY``
(plain weekdays in a weekly rule, numbered ones such as ``4TH`` or ``-1TH`` in a monthly one),
``BYMONTHDAY`` (1 to 31, or -1 for the last day, in a monthly rule) and one of ``COUNT`` and
``UNTIL``. Weeks begin on Monday. Without a day, the rule repeats that of its first date; months and
years without that day are skipped, as the RFC says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import dateutil.rrule
from dateutil.rrule import rrule, weekday

from .english_dates import LONDON, english_date

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
FREQUENCIES: tuple[Frequency, ...] = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = {
    1: "first",
    2: "second",
    3: "third",
    4: "fourth",
    5: "fifth",
    -1: "last",
    -2: "second to last",
    -3: "third to last",
    -4: "fourth to last",
    -5: "fifth to last",
}
LARGEST_NUMBER = 9999

_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_WEEKDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_MONTH_DAY = re.compile(r"\+?(3[01]|[12][0-9]|0?[1-9])|-1", re.ASCII)
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?", re.ASCII)


class RuleError(ValueError):
    """A rule that cannot be used; the text is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A valid rule. ``str()`` gives its canonical text.

    ``weekdays`` holds pairs of a number (0 for every one, 1 to 5, or -1 to -5) and a weekday (0 for
    Monday). ``until`` is an inclusive date.
    """

    frequency: Frequency
    interval: int = 1
    weekdays: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None

    @property
    def is_endless(self) -> bool:
        return self.count is None and self.until is None

    def __str__(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            days = (f"{number or ''}{WEEKDAYS[day]}" for number, day in self.weekdays)
            parts.append(f"BYDAY={','.join(days)}")
        if self.month_days:
            parts.append(f"BYMONTHDAY={','.join(map(str, self.month_days))}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={_compact(self.until)}")
        return ";".join(parts)

    def recurrence(self, first: date, since: date, until: date) -> rrule:
        """Return the rule's naive midnights up to ``until``, from ``since`` or somewhat earlier.

        ``first`` anchors the rule and is included only if the rule falls on it. A rule without a
        count begins near ``since``, so the time needed does not grow with the years before it.
        """
        days, month_days, months = self.weekdays, self.month_days, None
        if self.frequency == "WEEKLY":
            days = days or ((0, first.weekday()),)
        elif self.frequency != "DAILY" and not days:
            month_days = month_days or (first.day,)
            months = first.month if self.frequency == "YEARLY" else None
        start = first if self.count else self._start_near(first, since)
        last = None if self.count else min(until, self.until or until)
        return rrule(
            getattr(dateutil.rrule, self.frequency),
            dtstart=midnight(start),
            interval=self.interval,
            wkst=0,
            count=self.count,
            until=last and midnight(last),
            byweekday=[weekday(day, number or None) for number, day in days] or None,
            bymonthday=month_days or None,
            bymonth=months,
        )

    def _start_near(self, first: date, since: date) -> date:
        """Return a day in a period of the rule that begins by ``since``; never before ``first``."""
        day = max(first, since)
        if self.frequency in ("DAILY", "WEEKLY"):
            step = self.interval * (7 if self.frequency == "WEEKLY" else 1)
            return day - timedelta(days=(day - first).days % step)
        if self.frequency == "MONTHLY":
            months = (day.year - first.year) * 12 + day.month - first.month
            year, month = divmod(day.year * 12 + day.month - 1 - months % self.interval, 12)
            return max(first, date(year, month + 1, 1))
        return max(first, date(day.year - (day.year - first.year) % self.interval, 1, 1))


def midnight(day: date) -> datetime:
    """Return the naive midnight by which dateutil represents ``day``."""
    return datetime.combine(day, time())


def parse(text: str, zone: ZoneInfo = LONDON) -> Rule:
    """Return the rule of ``text``, an RRULE value without its ``RRULE:`` prefix.

    An ``UNTIL`` with a time counts as its day: in ``zone`` if the time is in UTC, as written if
    not. ``WKST`` is ignored if it changes nothing. Raises ``RuleError`` for everything else.
    """
    parts = _parts(text)
    frequency = _frequency(parts.pop("FREQ", ""))
    interval = _number("INTERVAL", parts.pop("INTERVAL", "1"))
    weekdays = _weekdays(frequency, parts.pop("BYDAY", ""))
    month_days = _month_days(frequency, parts.pop("BYMONTHDAY", ""))
    if weekdays and month_days:
        raise RuleError("Choose either a day of the month or a weekday in the month, not both.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("Choose either a number of dates or a last date, not both.")
    count = _number("COUNT", parts.pop("COUNT")) if "COUNT" in parts else None
    until = _until(parts.pop("UNTIL"), zone) if "UNTIL" in parts else None
    if parts.pop("WKST", "MO") != "MO" and frequency == "WEEKLY" and interval > 1:
        raise RuleError("Begin the week on Monday: leave WKST out of the rule.")
    if parts:
        raise RuleError(
            f"Leave {', '.join(sorted(parts))} out of the rule: a rule can repeat by day, week, "
            "month or year, on named weekdays or days of the month."
        )
    return Rule(frequency, interval, weekdays, month_days, count, until)


def describe(text: str, zone: ZoneInfo = LONDON) -> str:
    """Return the rule in plain English, without a capital or a full stop.

    For example "every third month on the last Thursday, until 3 December 2027". An empty rule is
    "on one date". Raises ``RuleError`` as ``parse`` does.
    """
    if not text:
        return "on one date"
    rule = parse(text, zone)
    unit = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
    words = ["every", *_every(rule.interval), unit[rule.frequency]]
    if rule.frequency == "WEEKLY" and rule.weekdays:
        words += ["on", _listed([WEEKDAY_NAMES[day] for _, day in rule.weekdays])]
    elif rule.weekdays:
        words += ["on", _listed(_numbered_weekdays(rule.weekdays))]
    elif rule.month_days:
        days = ["last day" if day < 0 else _ordinal(day) for day in rule.month_days]
        words += ["on the", _listed(days)]
    sentence = " ".join(words)
    if rule.count is not None:
        return f"{sentence}, {'once' if rule.count == 1 else f'{rule.count} times'}"
    if rule.until is not None:
        return f"{sentence}, until {english_date(rule.until)}"
    return sentence


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not (name and equals and value):
            raise RuleError(
                f"Write the rule as names and values, like FREQ=WEEKLY;COUNT=6, not “{text}”."
            )
        if name in parts:
            raise RuleError(f"Give {name} once in the rule.")
        parts[name] = value
    return parts


def _frequency(value: str) -> Frequency:
    if value not in FREQUENCIES:
        raise RuleError(
            "Choose whether it repeats daily, weekly, monthly or yearly: "
            f"FREQ must be one of {', '.join(FREQUENCIES)}."
        )
    return value


def _number(name: str, value: str) -> int:
    if not _NUMBER.fullmatch(value) or int(value) < 1:
        raise RuleError(f"{name} must be a whole number from 1 to {LARGEST_NUMBER}, not “{value}”.")
    return int(value)


def _weekdays(frequency: Frequency, value: str) -> tuple[tuple[int, int], ...]:
    if not value:
        return ()
    if frequency not in ("WEEKLY", "MONTHLY"):
        raise RuleError("Only a weekly or a monthly rule can name weekdays: leave BYDAY out.")
    found = set()
    for item in value.split(","):
        match = _WEEKDAY.fullmatch(item.strip())
        if not match:
            raise RuleError(f"“{item}” is not a weekday: write one like TH, 4TH or -1TH.")
        number = int(match[1] or 0)
        if frequency == "WEEKLY" and number:
            raise RuleError(f"A weekly rule names plain weekdays, like TH: “{item}” has a number.")
        if frequency == "MONTHLY" and not number:
            raise RuleError(
                f"Say which {WEEKDAY_NAMES[WEEKDAYS.index(match[2])]} of the month: "
                f"1{match[2]} for the first, -1{match[2]} for the last."
            )
        found.add((number, WEEKDAYS.index(match[2])))
    return tuple(sorted(found, key=lambda pair: (pair[0] < 0, *pair)))


def _month_days(frequency: Frequency, value: str) -> tuple[int, ...]:
    if not value:
        return ()
    if frequency != "MONTHLY":
        raise RuleError("Only a monthly rule can name days of the month: leave BYMONTHDAY out.")
    found = set()
    for item in value.split(","):
        if not _MONTH_DAY.fullmatch(item.strip()):
            raise RuleError(
                f"“{item}” is not a day of the month: write 1 to 31, or -1 for the last day."
            )
        found.add(int(item))
    return tuple(sorted(found, key=lambda day: (day < 0, day)))


def _until(value: str, zone: ZoneInfo) -> date:
    match = _UNTIL.fullmatch(value)
    try:
        if not match:
            raise ValueError
        if not match[3]:
            return date.fromisoformat(match[1])
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}+00:00")
        return moment.astimezone(zone).date()
    except (ValueError, OverflowError) as error:
        raise RuleError(f"“{value}” is not a date: write UNTIL like 20271203.") from error


def _compact(day: date) -> str:
    return day.isoformat().replace("-", "")


def _every(interval: int) -> list[str]:
    return [] if interval == 1 else [ORDINALS.get(interval) or _ordinal(interval)]


def _ordinal(number: int) -> str:
    teens = 10 <= number % 100 <= 20
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _numbered_weekdays(pairs: tuple[tuple[int, int], ...]) -> list[str]:
    """Return "the first Tuesday", or "the first and third Tuesday" for several."""
    if len({day for _, day in pairs}) == 1:
        numbers = _listed([ORDINALS[number] for number, _ in pairs])
        return [f"the {numbers} {WEEKDAY_NAMES[pairs[0][1]]}"]
    return [f"the {ORDINALS[number]} {WEEKDAY_NAMES[day]}" for number, day in pairs]


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
