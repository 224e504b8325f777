"""Rules: which dates they yield, how they read in English, and which are refused."""

from datetime import date, timedelta

import pytest

from events.rules import RuleError, describe, parse


def days(text: str) -> list[date]:
    """Return the dates of ``2026-01-29 2026-02-26``."""
    return [date.fromisoformat(word) for word in text.split()]


RULES = {
    "daily": ("2026-11-02", "FREQ=DAILY;COUNT=3", "2026-11-02 2026-11-03 2026-11-04"),
    "every tenth day": (
        "2026-02-20",
        "FREQ=DAILY;INTERVAL=10;COUNT=3",
        "2026-02-20 2026-03-02 2026-03-12",
    ),
    "daily until a day": (
        "2026-12-30",
        "FREQ=DAILY;UNTIL=20270101",
        "2026-12-30 2026-12-31 2027-01-01",
    ),
    "daily over 29 February": (
        "2028-02-28",
        "FREQ=DAILY;COUNT=3",
        "2028-02-28 2028-02-29 2028-03-01",
    ),
    "weekly on the weekday of the first": (
        "2026-10-22",
        "FREQ=WEEKLY;COUNT=3",
        "2026-10-22 2026-10-29 2026-11-05",
    ),
    "weekly on two weekdays": (
        "2026-11-03",
        "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4",
        "2026-11-03 2026-11-05 2026-11-10 2026-11-12",
    ),
    "weekly, weekdays in any order": (
        "2026-11-03",
        "FREQ=WEEKLY;BYDAY=TH,TU;COUNT=4",
        "2026-11-03 2026-11-05 2026-11-10 2026-11-12",
    ),
    "weekly, first in the middle of its week": (
        "2026-11-05",
        "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3",
        "2026-11-05 2026-11-10 2026-11-12",
    ),
    "every second week, first on a Sunday": (
        "2026-11-01",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;COUNT=4",
        "2026-11-01 2026-11-09 2026-11-15 2026-11-23",
    ),
    "weekly, start off the rule": (
        "2026-11-04",
        "FREQ=WEEKLY;BYDAY=TH;COUNT=2",
        "2026-11-05 2026-11-12",
    ),
    "weekly until the last meeting's day": (
        "2026-11-05",
        "FREQ=WEEKLY;UNTIL=20261119",
        "2026-11-05 2026-11-12 2026-11-19",
    ),
    "weekly until the day before a meeting": (
        "2026-11-05",
        "FREQ=WEEKLY;UNTIL=20261118",
        "2026-11-05 2026-11-12",
    ),
    "until as midnight UTC keeps its day": (
        "2026-11-05",
        "FREQ=WEEKLY;UNTIL=20261119T000000Z",
        "2026-11-05 2026-11-12 2026-11-19",
    ),
    "until as London midnight in summer, in UTC": (
        "2026-06-04",
        "FREQ=WEEKLY;UNTIL=20260617T230000Z",
        "2026-06-04 2026-06-11 2026-06-18",
    ),
    "until as a time without a zone": (
        "2026-06-04",
        "FREQ=WEEKLY;UNTIL=20260611T235900",
        "2026-06-04 2026-06-11",
    ),
    "until before the first": ("2026-11-05", "FREQ=WEEKLY;UNTIL=20261104", ""),
    "weekly over the new year": (
        "2026-12-24",
        "FREQ=WEEKLY;COUNT=3",
        "2026-12-24 2026-12-31 2027-01-07",
    ),
    "monthly on the day of the first": (
        "2026-01-26",
        "FREQ=MONTHLY;COUNT=3",
        "2026-01-26 2026-02-26 2026-03-26",
    ),
    "monthly on a named day": (
        "2026-01-10",
        "FREQ=MONTHLY;BYMONTHDAY=26;COUNT=2",
        "2026-01-26 2026-02-26",
    ),
    "monthly on a named day already past": (
        "2026-01-27",
        "FREQ=MONTHLY;BYMONTHDAY=26;COUNT=2",
        "2026-02-26 2026-03-26",
    ),
    "monthly on two days": (
        "2026-01-15",
        "FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=3",
        "2026-01-15 2026-02-01 2026-02-15",
    ),
    "monthly on the 31st": (
        "2026-01-31",
        "FREQ=MONTHLY;COUNT=4",
        "2026-01-31 2026-03-31 2026-05-31 2026-07-31",
    ),
    "monthly on the 30th passes over February": (
        "2026-01-30",
        "FREQ=MONTHLY;COUNT=3",
        "2026-01-30 2026-03-30 2026-04-30",
    ),
    "monthly on the 29th, leap year": (
        "2028-01-29",
        "FREQ=MONTHLY;COUNT=3",
        "2028-01-29 2028-02-29 2028-03-29",
    ),
    "monthly on the last day": (
        "2028-01-31",
        "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
        "2028-01-31 2028-02-29 2028-03-31",
    ),
    "monthly on the 30th and the last day, once each": (
        "2026-04-01",
        "FREQ=MONTHLY;BYMONTHDAY=30,-1;COUNT=3",
        "2026-04-30 2026-05-30 2026-05-31",
    ),
    "monthly on the first Monday": (
        "2026-02-02",
        "FREQ=MONTHLY;BYDAY=1MO;COUNT=3",
        "2026-02-02 2026-03-02 2026-04-06",
    ),
    "monthly on the fourth Thursday": (
        "2026-10-22",
        "FREQ=MONTHLY;BYDAY=4TH;COUNT=2",
        "2026-10-22 2026-11-26",
    ),
    "monthly on the last Thursday over both clock changes": (
        "2026-02-26",
        "FREQ=MONTHLY;BYDAY=-1TH;UNTIL=20261126",
        "2026-02-26 2026-03-26 2026-04-30 2026-05-28 2026-06-25 "
        "2026-07-30 2026-08-27 2026-09-24 2026-10-29 2026-11-26",
    ),
    "monthly on the second to last Friday": (
        "2026-05-01",
        "FREQ=MONTHLY;BYDAY=-2FR;COUNT=2",
        "2026-05-22 2026-06-19",
    ),
    "monthly on the fifth Thursday": (
        "2026-01-01",
        "FREQ=MONTHLY;BYDAY=5TH;COUNT=3",
        "2026-01-29 2026-04-30 2026-07-30",
    ),
    "monthly on the first and third Tuesday": (
        "2026-11-01",
        "FREQ=MONTHLY;BYDAY=1TU,3TU;COUNT=4",
        "2026-11-03 2026-11-17 2026-12-01 2026-12-15",
    ),
    "every third month on the last Thursday": (
        "2026-05-28",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH;COUNT=4",
        "2026-05-28 2026-08-27 2026-11-26 2027-02-25",
    ),
    "every third month, start off the rule": (
        "2026-05-01",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH;COUNT=2",
        "2026-05-28 2026-08-27",
    ),
    "every third month, first after its own month's meeting": (
        "2026-05-29",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH;COUNT=2",
        "2026-08-27 2026-11-26",
    ),
    "every twelfth month on a day that month never has": (
        "2026-02-10",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30;COUNT=2",
        "",
    ),
    "yearly": ("2022-05-26", "FREQ=YEARLY;COUNT=3", "2022-05-26 2023-05-26 2024-05-26"),
    "every second year": (
        "2022-05-26",
        "FREQ=YEARLY;INTERVAL=2;UNTIL=20260526",
        "2022-05-26 2024-05-26 2026-05-26",
    ),
    "29 February yearly": ("2024-02-29", "FREQ=YEARLY;COUNT=3", "2024-02-29 2028-02-29 2032-02-29"),
    "29 February over a century without a leap year": (
        "2096-02-29",
        "FREQ=YEARLY;COUNT=2",
        "2096-02-29 2104-02-29",
    ),
    "one by count": ("2026-11-05", "FREQ=WEEKLY;COUNT=1", "2026-11-05"),
    "small letters, spaces and a closing semicolon": (
        "2026-11-05",
        " freq=weekly; count=2;",
        "2026-11-05 2026-11-12",
    ),
    "a harmless start of the week": (
        "2026-11-05",
        "FREQ=WEEKLY;WKST=SU;COUNT=2",
        "2026-11-05 2026-11-12",
    ),
    "a week said to begin on Monday": (
        "2026-11-01",
        "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=SU;COUNT=2",
        "2026-11-01 2026-11-15",
    ),
}


@pytest.mark.parametrize(("first", "rule", "expected"), RULES.values(), ids=RULES)
def test_a_rule_yields_its_dates(first, rule, expected):
    dates = parse(rule).recurrence(date.fromisoformat(first), date.min, date.max)
    assert [moment.date() for moment in dates] == days(expected)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
        "FREQ=MONTHLY;INTERVAL=5",
        "FREQ=MONTHLY;BYDAY=-1TH",
        "FREQ=YEARLY;INTERVAL=4",
        "FREQ=MONTHLY;UNTIL=29991231",
    ],
)
def test_a_rule_is_not_computed_from_its_first_date_on(rule):
    since = date(2126, 11, 2)
    first = next(iter(parse(rule).recurrence(date(1900, 1, 31), since, date(2226, 11, 2))))
    assert abs(first.date() - since) <= timedelta(days=4 * 366)


ENGLISH = {
    "": "on one date",
    "FREQ=DAILY;COUNT=1": "every day, once",
    "FREQ=DAILY;INTERVAL=10;COUNT=6": "every 10th day, 6 times",
    "FREQ=WEEKLY": "every week",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU": "every second week on Tuesday",
    "FREQ=WEEKLY;BYDAY=FR,MO,WE": "every week on Monday, Wednesday and Friday",
    "FREQ=MONTHLY;BYMONTHDAY=26": "every month on the 26th",
    "FREQ=MONTHLY;BYMONTHDAY=-1": "every month on the last day",
    "FREQ=MONTHLY;BYMONTHDAY=1,2,3,11": "every month on the 1st, 2nd, 3rd and 11th",
    "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH;UNTIL=20271203": (
        "every third month on the last Thursday, until 3 December 2027"
    ),
    "FREQ=MONTHLY;BYDAY=3TU,1TU": "every month on the first and third Tuesday",
    "FREQ=MONTHLY;BYDAY=1TU,-1TH": "every month on the first Tuesday and the last Thursday",
    "FREQ=YEARLY;INTERVAL=22": "every 22nd year",
}


@pytest.mark.parametrize(("rule", "english"), ENGLISH.items())
def test_a_rule_is_described_in_plain_english(rule, english):
    assert describe(rule) == english


CANONICAL = {
    "byday=+1th;freq=monthly": "FREQ=MONTHLY;BYDAY=1TH",
    "FREQ=WEEKLY;INTERVAL=1;BYDAY=TH,TU,TH;WKST=MO": "FREQ=WEEKLY;BYDAY=TU,TH",
    "FREQ=MONTHLY;BYDAY=-1TH,2MO,1FR": "FREQ=MONTHLY;BYDAY=1FR,2MO,-1TH",
    "FREQ=MONTHLY;BYMONTHDAY=-1,+05,1": "FREQ=MONTHLY;BYMONTHDAY=1,5,-1",
    "UNTIL=20271203T193000Z;FREQ=YEARLY": "FREQ=YEARLY;UNTIL=20271203",
    "FREQ=DAILY;COUNT=06;INTERVAL=2": "FREQ=DAILY;INTERVAL=2;COUNT=6",
}


@pytest.mark.parametrize(("text", "canonical"), CANONICAL.items())
def test_equivalent_rules_have_one_text(text, canonical):
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)


REFUSED = {
    "": "names and values",
    "every thursday": "names and values",
    "RRULE:FREQ=DAILY": "daily, weekly, monthly or yearly",
    "COUNT=2": "daily, weekly, monthly or yearly",
    "FREQ=HOURLY": "daily, weekly, monthly or yearly",
    "FREQ=DAILY;FREQ=WEEKLY": "Give FREQ once",
    "FREQ=DAILY;COUNT=": "names and values",
    "FREQ=DAILY;INTERVAL=0": "INTERVAL must be a whole number from 1",
    "FREQ=DAILY;INTERVAL=-2": "INTERVAL must be a whole number from 1",
    "FREQ=DAILY;INTERVAL=10000": "INTERVAL must be a whole number from 1",
    "FREQ=DAILY;COUNT=0": "COUNT must be a whole number from 1",
    "FREQ=DAILY;COUNT=٣": "COUNT must be a whole number from 1",
    "FREQ=DAILY;COUNT=1.5": "COUNT must be a whole number from 1",
    "FREQ=DAILY;COUNT=2;UNTIL=20261105": "not both",
    "FREQ=DAILY;UNTIL=20260231": "not a date",
    "FREQ=DAILY;UNTIL=2026-11-05": "not a date",
    "FREQ=DAILY;UNTIL=20261105T250000Z": "not a date",
    "FREQ=DAILY;BYDAY=TH": "Only a weekly or a monthly rule can name weekdays",
    "FREQ=YEARLY;BYDAY=-1TH": "Only a weekly or a monthly rule can name weekdays",
    "FREQ=WEEKLY;BYDAY=1TH": "plain weekdays",
    "FREQ=WEEKLY;BYDAY=XX": "not a weekday",
    "FREQ=MONTHLY;BYDAY=TH": "Say which Thursday of the month",
    "FREQ=MONTHLY;BYDAY=6TH": "not a weekday",
    "FREQ=MONTHLY;BYDAY=1TH,": "not a weekday",
    "FREQ=MONTHLY;BYMONTHDAY=0": "not a day of the month",
    "FREQ=MONTHLY;BYMONTHDAY=32": "not a day of the month",
    "FREQ=MONTHLY;BYMONTHDAY=-2": "not a day of the month",
    "FREQ=WEEKLY;BYMONTHDAY=1": "Only a monthly rule can name days",
    "FREQ=MONTHLY;BYDAY=1TH;BYMONTHDAY=1": "not both",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU": "Begin the week on Monday",
    "FREQ=YEARLY;BYMONTH=5": "Leave BYMONTH out",
    "FREQ=MONTHLY;BYSETPOS=1;BYHOUR=18": "Leave BYHOUR, BYSETPOS out",
}


@pytest.mark.parametrize(("rule", "sentence"), REFUSED.items())
def test_an_invalid_rule_is_refused_in_a_sentence(rule, sentence):
    with pytest.raises(RuleError, match=sentence) as caught:
        parse(rule)
    assert str(caught.value).endswith(".")
