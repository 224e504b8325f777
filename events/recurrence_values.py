"""Conversion of an event's stored rule: the only module that knows django-recurrence.

Only dates are stored. Each is written as midnight in UTC, which is the same date in London all year
round, so a value reads back as written in summer and in winter. What django- recurrence's own
widget writes (a London time, moved to UTC) reads as the London date it meant.

django-recurrence never computes a date here: its start is a time in UTC, without one it means
"now", and its exclusions and ends are exact times that miss an evening event.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import recurrence

from .english_dates import LONDON
from .rules import FREQUENCIES, Rule, RuleError, parse

# django-recurrence numbers the frequencies downwards from the longest (yearly).
_FREQUENCY_NUMBERS = {name: getattr(recurrence, name) for name in FREQUENCIES}


def schedule_parts(
    value: recurrence.Recurrence | None, zone: ZoneInfo = LONDON
) -> tuple[str, frozenset[date], frozenset[date]]:
    """Return the rule's canonical text ("" if there is none), the skipped and the extra dates.

    A time counts as its date in ``zone``; a time without a zone as its date as written. A
    ``DTSTART`` is ignored: an event has its own first date. Raises ``RuleError`` if the value holds
    more than such a rule and dates.
    """
    if value is None:
        return "", frozenset(), frozenset()
    if len(value.rrules) > 1 or value.exrules or value.dtend:
        raise RuleError("Use one rule, and list the dates to leave out and the extra dates by day.")
    text = str(parse(_rule_text(value.rrules[0], zone), zone)) if value.rrules else ""
    skipped = frozenset(_local_date(moment, zone) for moment in value.exdates)
    extra = frozenset(_local_date(moment, zone) for moment in value.rdates)
    return text, skipped, extra


def recurrence_for(
    rule_text: str,
    skipped: Iterable[date] = (),
    extra: Iterable[date] = (),
    first: date | None = None,
) -> recurrence.Recurrence:
    """Return the value to store for a rule and its skipped and extra dates.

    It survives ``recurrence.serialize`` and ``deserialize`` unchanged. ``first`` is stored as its
    ``DTSTART`` for other readers of the value; ``schedule_parts`` does not need it. Raises
    ``RuleError`` if the rule cannot be used.
    """
    return recurrence.Recurrence(
        dtstart=_midnight(first) if first else None,
        rrules=[_stored_rule(parse(rule_text))] if rule_text else [],
        rdates=[_midnight(day) for day in sorted(set(extra))],
        exdates=[_midnight(day) for day in sorted(set(skipped))],
        include_dtstart=False,
    )


def normalise(
    value: recurrence.Recurrence | None, zone: ZoneInfo = LONDON
) -> recurrence.Recurrence:
    """Return the value with every time reduced to a date; None becomes an empty value.

    Raises ``RuleError`` as ``schedule_parts`` does.
    """
    first = _local_date(value.dtstart, zone) if value and value.dtstart else None
    return recurrence_for(*schedule_parts(value, zone), first=first)


def _rule_text(rule: recurrence.Rule, zone: ZoneInfo) -> str:
    """Return the rule as RRULE text, including parts that ``parse`` refuses."""
    parts = {"FREQ": recurrence.Rule.frequencies[rule.freq]}
    if rule.interval != 1:
        parts["INTERVAL"] = str(rule.interval)
    if rule.wkst is not None:
        week_start = recurrence.base.to_weekday(rule.wkst)
        parts["WKST"] = recurrence.Rule.weekdays[week_start.number]
    if rule.count is not None:
        parts["COUNT"] = str(rule.count)
    # django-recurrence itself ignores the end of a rule that also has a count.
    elif rule.until is not None:
        parts["UNTIL"] = _local_date(rule.until, zone).isoformat().replace("-", "")
    days = [recurrence.base.to_weekday(day) for day in rule.byday]
    positions = list(rule.bysetpos)
    if len(positions) == 1 and len(days) == 1 and not days[0].index:
        # "BYDAY=TH;BYSETPOS=-1" is another spelling of "BYDAY=-1TH" within a month.
        days, positions = [days[0](positions[0])], []
    if days:
        parts["BYDAY"] = ",".join(map(repr, days))
    if positions:
        parts["BYSETPOS"] = ",".join(map(str, positions))
    for name in (
        "bymonth",
        "bymonthday",
        "byyearday",
        "byweekno",
        "byhour",
        "byminute",
        "bysecond",
    ):
        if numbers := getattr(rule, name):
            parts[name.upper()] = ",".join(map(str, numbers))
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _stored_rule(rule: Rule) -> recurrence.Rule:
    return recurrence.Rule(
        _FREQUENCY_NUMBERS[rule.frequency],
        interval=rule.interval,
        count=rule.count,
        until=_midnight(rule.until) if rule.until else None,
        byday=[recurrence.Weekday(day, number or None) for number, day in rule.weekdays],
        bymonthday=list(rule.month_days),
    )


def _local_date(moment: date, zone: ZoneInfo) -> date:
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
