"""The form field for the rule: what it reads, writes, refuses, keeps and shows."""

from datetime import date
from html.parser import HTMLParser

import pytest
import recurrence
from django import forms
from django.http import QueryDict

from events.recurrence_field import RuleField, answers_for
from events.recurrence_values import recurrence_for, schedule_parts

NOVEMBER = date(2026, 11, 26)


class EventForm(forms.Form):
    rule = RuleField(required=False)


def posted(**parts: str | list[str]) -> QueryDict:
    """Return what a browser sends for the parts of the field ``rule``."""
    query = QueryDict(mutable=True)
    for part, value in {"repeats": "no", "every": "1", **parts}.items():
        query.setlist(f"rule_{part}", value if isinstance(value, list) else [value])
    return query


def rule_of(form: forms.Form) -> str:
    assert form.is_valid(), form.errors
    return schedule_parts(form.cleaned_data["rule"])[0]


WRITTEN = {
    "no": ({"repeats": "no"}, ""),
    "no, whatever else is filled": ({"repeats": "no", "count": "many", "weekdays": ["MO"]}, ""),
    "daily": ({"repeats": "daily", "every": "2", "ends": "never"}, "FREQ=DAILY;INTERVAL=2"),
    "an empty interval is one": ({"repeats": "daily", "every": "", "ends": "never"}, "FREQ=DAILY"),
    "weekly": ({"repeats": "weekly", "ends": "count", "count": " 6 "}, "FREQ=WEEKLY;COUNT=6"),
    "weekly on days": (
        {"repeats": "weekly", "weekdays": ["TU", "TH"], "ends": "never"},
        "FREQ=WEEKLY;BYDAY=TU,TH",
    ),
    "monthly as the first": (
        {"repeats": "monthly", "monthly": "first", "ends": "never"},
        "FREQ=MONTHLY",
    ),
    "monthly on the 26th": (
        {"repeats": "monthly", "monthly": "day", "month_day": "26", "ends": "never"},
        "FREQ=MONTHLY;BYMONTHDAY=26",
    ),
    "every third month on the last Thursday": (
        {
            "repeats": "monthly",
            "every": "3",
            "monthly": "weekday",
            "number": "-1",
            "weekday": "TH",
            "ends": "until",
            "until": "3 December 2027",
        },
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH;UNTIL=20271203",
    ),
    "yearly": ({"repeats": "yearly", "ends": "never"}, "FREQ=YEARLY"),
    "an end that is typed needs no radio button": (
        {"repeats": "yearly", "until": "2030-01-01"},
        "FREQ=YEARLY;UNTIL=20300101",
    ),
    "nor does a count": ({"repeats": "yearly", "count": "3"}, "FREQ=YEARLY;COUNT=3"),
    "nor does a day of the month": (
        {"repeats": "monthly", "month_day": "1", "ends": "never"},
        "FREQ=MONTHLY;BYMONTHDAY=1",
    ),
    "nor does a weekday in the month": (
        {"repeats": "monthly", "number": "4", "weekday": "TH", "ends": "never"},
        "FREQ=MONTHLY;BYDAY=4TH",
    ),
    "what does not apply is not read": (
        {"repeats": "weekly", "month_day": "99", "ends": "never", "until": "soon", "count": "x"},
        "FREQ=WEEKLY",
    ),
    "a rule that is kept": (
        {"repeats": "kept", "kept": "FREQ=MONTHLY;BYDAY=1TU,3TU"},
        "FREQ=MONTHLY;BYDAY=1TU,3TU",
    ),
}


@pytest.mark.parametrize(("parts", "rule"), WRITTEN.values(), ids=WRITTEN)
def test_answers_in_plain_words_become_a_rule(parts, rule):
    assert rule_of(EventForm(posted(**parts))) == rule


REFUSED = {
    "nothing chosen": ({"repeats": ""}, "Choose whether it repeats", "repeats"),
    "something else chosen": ({"repeats": "hourly"}, "Choose whether it repeats", "repeats"),
    "no end": ({"repeats": "daily"}, "Choose when it stops", "ends"),
    "two ends": (
        {"repeats": "daily", "until": "2027-01-01", "count": "2"},
        "Choose when it",
        "ends",
    ),
    "no interval": (
        {"repeats": "daily", "every": "0", "ends": "never"},
        "how often it rep",
        "every",
    ),
    "an interval in words": (
        {"repeats": "daily", "every": "two", "ends": "never"},
        "Enter how often it repeats as a whole number from 1 to 9999",
        "every",
    ),
    "no last date": ({"repeats": "daily", "ends": "until"}, "Enter the date on which", "until"),
    "a last date that is none": (
        {"repeats": "daily", "ends": "until", "until": "31 June 2027"},
        "Enter “31 June 2027” as a real date, like 26 November 2026",
        "until",
    ),
    "no count": ({"repeats": "daily", "ends": "count"}, "Enter the number of dates", "count"),
    "a count too large": (
        {"repeats": "daily", "ends": "count", "count": "10000"},
        "from 1 to 9999",
        "count",
    ),
    "a weekday that is none": (
        {"repeats": "weekly", "weekdays": ["TH;COUNT=1"], "ends": "never"},
        "Choose the days of the week from the list",
        "weekdays",
    ),
    "no day of the month": (
        {"repeats": "monthly", "ends": "never"},
        "Choose the day of the month",
        "monthly",
    ),
    "two days of the month": (
        {"repeats": "monthly", "month_day": "1", "number": "1", "weekday": "MO", "ends": "never"},
        "Choose the day of the month",
        "monthly",
    ),
    "the 32nd": (
        {"repeats": "monthly", "monthly": "day", "month_day": "32", "ends": "never"},
        "Enter the day of the month as a whole number from 1 to 31",
        "month_day",
    ),
    "no number in the month": (
        {"repeats": "monthly", "monthly": "weekday", "weekday": "TH", "ends": "never"},
        "Choose which one in the month",
        "number",
    ),
    "no weekday in the month": (
        {"repeats": "monthly", "monthly": "weekday", "number": "1", "ends": "never"},
        "Choose the weekday in the month",
        "weekday",
    ),
    "a bad date to leave out": ({"skipped": "next week"}, "Enter “next week” as a real", "skipped"),
    "a bad extra date": ({"extra": "26/13/2026"}, "Enter “26/13/2026” as a real date", "extra"),
    "a date in both lists": (
        {"skipped": "26/11/2026", "extra": "2026-11-26"},
        "26 November 2026 is both an extra date and a date to leave out",
        "extra",
    ),
    "too many dates": ({"extra": "2026-11-26\n" * 401}, "no more than 400 dates", "extra"),
    "a kept rule that was tampered with": (
        {"repeats": "kept", "kept": "FREQ=SECONDLY"},
        "Choose whether it repeats. The old setting",
        "repeats",
    ),
}


@pytest.mark.parametrize(("parts", "sentence", "fault"), REFUSED.values(), ids=REFUSED)
def test_an_invalid_answer_is_refused_in_a_sentence_at_its_part(parts, sentence, fault):
    form = EventForm(posted(**parts))
    assert not form.is_valid()
    assert any(sentence in error for error in form.errors["rule"])
    assert fault in form.fields["rule"].widget.faults


def test_all_errors_are_shown_at_once_and_everything_typed_is_kept():
    form = EventForm(
        posted(
            repeats="monthly",
            every="<two>",
            monthly="weekday",
            number="-1",
            until="some day",
            ends="until",
            skipped="26 November 2026\nnot & never",
        )
    )
    assert len(form.errors["rule"]) == 4
    assert all(error.endswith(".") for error in form.errors["rule"])
    shown = Shown(str(form["rule"]))
    assert shown.values["rule_every"] == "<two>"
    assert shown.values["rule_until"] == "some day"
    assert shown.values["rule_skipped"] == "26 November 2026\nnot & never"
    assert shown.chosen >= {
        ("rule_repeats", "monthly"),
        ("rule_ends", "until"),
        ("rule_number", "-1"),
    }
    assert shown.invalid == {"rule_every", "rule_weekday", "rule_until", "rule_skipped"}


def test_one_forms_errors_are_not_anothers():
    assert not EventForm(posted(repeats="")).is_valid()
    assert EventForm().fields["rule"].widget.faults == frozenset()


STORED = [
    "",
    "FREQ=DAILY;INTERVAL=2;COUNT=6",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261126",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=26",
    "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
    "FREQ=MONTHLY;BYMONTHDAY=1,15",
    "FREQ=MONTHLY;BYDAY=-1TH",
    "FREQ=MONTHLY;BYDAY=5TH",
    "FREQ=MONTHLY;BYDAY=1TU,3TU;UNTIL=20271203",
    "FREQ=YEARLY;COUNT=2",
]


@pytest.mark.parametrize("rule", STORED)
def test_a_stored_rule_is_shown_and_comes_back_unchanged(rule):
    stored = recurrence_for(rule, {NOVEMBER}, {date(2026, 7, 1)})
    sent = Shown(str(EventForm(initial={"rule": stored})["rule"])).sent()
    form = EventForm(sent, initial={"rule": stored})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["rule"] == stored
    assert form.changed_data == []


def test_a_form_with_nothing_filled_is_unchanged():
    sent = Shown(str(EventForm()["rule"])).sent()
    for initial in (None, "", recurrence.Recurrence()):
        assert not EventForm(sent, initial={"rule": initial}).has_changed()


def test_a_stored_start_and_a_timed_exdate_are_no_change():
    text = "DTSTART:20260528T170000Z\nRRULE:FREQ=YEARLY\nEXDATE:20270528T170000Z"
    stored = recurrence.deserialize(text)
    sent = Shown(str(EventForm(initial={"rule": stored})["rule"])).sent()
    assert not EventForm(sent, initial={"rule": stored}).has_changed()


@pytest.mark.parametrize(
    "parts",
    [
        {"repeats": "no"},
        {"repeats": "weekly", "ends": "count", "count": "7"},
        {"repeats": "weekly", "ends": "count", "count": "6", "skipped": "26/11/2026"},
        {"repeats": "weekly", "ends": "count", "count": "six"},
    ],
)
def test_another_answer_is_a_change(parts):
    assert EventForm(
        posted(**parts), initial={"rule": recurrence_for("FREQ=WEEKLY;COUNT=6")}
    ).has_changed()


def test_an_unsupported_stored_value_asks_the_editor_to_choose():
    stored = recurrence.deserialize("RRULE:FREQ=HOURLY")
    sent = Shown(str(EventForm(initial={"rule": stored})["rule"])).sent()
    form = EventForm(sent, initial={"rule": stored})
    assert form.errors["rule"] == ["Choose whether it repeats"]
    assert EventForm(posted(repeats="no"), initial={"rule": stored}).has_changed()


def test_nothing_sent_is_no_rule_unless_one_is_required():
    assert EventForm(QueryDict()).is_valid()
    assert EventForm(QueryDict()).fields["rule"].clean(None) == recurrence.Recurrence()
    with pytest.raises(forms.ValidationError, match="Choose whether it repeats"):
        RuleField(required=True).clean(None)


def test_a_disabled_field_keeps_its_rule():
    stored = recurrence_for("FREQ=WEEKLY;COUNT=6")
    form = EventForm(posted(), initial={"rule": stored})
    form.fields["rule"].disabled = True
    assert form.is_valid()
    assert form.cleaned_data["rule"] == stored
    assert not form.has_changed()


def test_every_input_has_its_own_label_and_every_id_is_unique():
    shown = Shown(str(EventForm(posted(repeats=""), prefix=None)["rule"]))
    assert shown.inputs
    assert shown.labels == shown.inputs
    assert len(shown.ids) == len(set(shown.ids))
    assert shown.described <= set(shown.ids)
    assert shown.legends == shown.fieldsets


def test_two_fields_on_one_page_share_no_name_and_no_id():
    first, second = (
        Shown(str(EventForm(prefix=prefix)["rule"])) for prefix in ("dates-0", "dates-__prefix__")
    )
    assert not set(first.ids) & set(second.ids)
    assert not set(first.values) & set(second.values)
    assert not first.scripted


def test_the_pages_errors_and_hints_are_tied_to_their_parts():
    form = EventForm(posted(repeats="daily", every="x", ends="never"))
    form.full_clean()
    html = form["rule"].as_widget(attrs={"aria-invalid": "true", "aria-describedby": "rule-errors"})
    assert 'id="id_rule" aria-describedby="rule-errors"' in html
    assert 'aria-describedby="id_rule_every_hint rule-errors"' in html
    assert html.count("aria-invalid") == 1


def test_dates_are_shown_in_order_one_per_line():
    value = recurrence_for("", skipped={NOVEMBER, date(2026, 6, 25)})
    assert answers_for(value).skipped == "25 June 2026\n26 November 2026"


class Shown(HTMLParser):
    """The field's HTML as a person sees it, and what a browser would send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inputs: set[str] = set()
        self.labels: set[str] = set()
        self.ids: list[str] = []
        self.described: set[str] = set()
        self.invalid: set[str] = set()
        self.values: dict[str, str] = {}
        self.chosen: set[tuple[str, str]] = set()
        self.fieldsets = self.legends = 0
        self.scripted = False
        self._select = self._textarea = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        found = dict(attrs)
        name, kind = found.get("name", ""), found.get("type", "")
        self.ids += [found["id"]] if "id" in found else []
        self.described |= set(found.get("aria-describedby", "").split())
        self.scripted |= tag in ("script", "style") or "style" in found
        self.fieldsets += tag == "fieldset"
        self.legends += tag == "legend"
        if tag == "label":
            assert found["for"] not in self.labels
            self.labels.add(found["for"])
        if tag in ("input", "select", "textarea") and kind != "hidden":
            self.inputs.add(found["id"])
            self.invalid |= {name} if "aria-invalid" in found else set()
        if tag == "option" and "selected" in found:
            self.chosen.add((self._select, found["value"]))
        elif kind in ("radio", "checkbox"):
            self.chosen |= {(name, found["value"])} if "checked" in found else set()
        elif tag == "input" and name:
            self.values[name] = found.get("value", "")
        self._select = name if tag == "select" else self._select
        self._textarea = name if tag == "textarea" else ""

    def handle_data(self, text: str) -> None:
        if self._textarea:
            # A browser drops the line break after the opening tag.
            self.values[self._textarea] = text.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        self._textarea = ""

    def sent(self) -> QueryDict:
        query = QueryDict(mutable=True)
        for name, value in [*self.values.items(), *sorted(self.chosen)]:
            query.appendlist(name, value)
        return query
