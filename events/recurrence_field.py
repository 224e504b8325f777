"""The form field in which an editor says, in plain words, how an event repeats.

It reads and writes the value of a django-recurrence field, and returns what was typed if it cannot
be used. It is plain HTML without a script, and its names and ids derive from the field's own, so a
page can have several.
"""

import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from recurrence import Recurrence

from .english_dates import english_date, parse_date
from .recurrence_values import normalise, recurrence_for, schedule_parts
from .rules import LARGEST_NUMBER, WEEKDAYS, RuleError, describe, parse

REPEATS = {
    "no": gettext_lazy("No, it is on one date"),
    "daily": gettext_lazy("Daily"),
    "weekly": gettext_lazy("Weekly"),
    "monthly": gettext_lazy("Monthly"),
    "yearly": gettext_lazy("Yearly, on the day of the first date"),
}
MONTHLY = {
    "first": gettext_lazy("On the same day of the month as the first date"),
    "day": gettext_lazy("On a day of the month by its number"),
    "weekday": gettext_lazy("On a weekday, like the last Thursday"),
}
ENDS = {
    "never": gettext_lazy("Never, until someone changes it"),
    "until": gettext_lazy("On a date"),
    "count": gettext_lazy("After a number of dates"),
}
NUMBERS = {
    "1": gettext_lazy("First"),
    "2": gettext_lazy("Second"),
    "3": gettext_lazy("Third"),
    "4": gettext_lazy("Fourth"),
    "-1": gettext_lazy("Last"),
}
WEEKDAY_LABELS = dict(
    zip(
        WEEKDAYS,
        (
            gettext_lazy("Monday"),
            gettext_lazy("Tuesday"),
            gettext_lazy("Wednesday"),
            gettext_lazy("Thursday"),
            gettext_lazy("Friday"),
            gettext_lazy("Saturday"),
            gettext_lazy("Sunday"),
        ),
        strict=True,
    )
)
DATES_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class RuleAnswers:
    """What was typed in the form's parts: one unchecked text for each."""

    repeats: str = ""
    every: str = ""
    weekdays: tuple[str, ...] = ()
    monthly: str = ""
    month_day: str = ""
    number: str = ""
    weekday: str = ""
    ends: str = ""
    until: str = ""
    count: str = ""
    skipped: str = ""
    extra: str = ""
    # A stored rule that the other parts cannot express, for "kept" in ``repeats``.
    kept: str = ""


PARTS = tuple(part.name for part in fields(RuleAnswers))


def answers_for(value: Recurrence | None) -> RuleAnswers:
    """Return the answers that would give ``value``; empty ones for a rule beyond ours."""
    try:
        text, skipped, extra = schedule_parts(value)
    except RuleError:
        return RuleAnswers(every="1")
    dates = {"skipped": _lines(skipped), "extra": _lines(extra)}
    if not text:
        return RuleAnswers(repeats="no", every="1", **dates)
    rule = parse(text)
    answers = {"repeats": rule.frequency.lower(), "every": str(rule.interval), **dates}
    numbered = [(str(number), WEEKDAYS[day]) for number, day in rule.weekdays]
    if rule.frequency == "MONTHLY":
        if len(numbered) > 1 or len(rule.month_days) > 1:
            return RuleAnswers(repeats="kept", every="1", kept=text, **dates)
        if numbered:
            answers |= {"monthly": "weekday", "number": numbered[0][0], "weekday": numbered[0][1]}
        elif rule.month_days:
            answers |= {"monthly": "day", "month_day": str(rule.month_days[0])}
        else:
            answers |= {"monthly": "first"}
        if answers.get("number", "1") not in NUMBERS or answers.get("month_day") == "-1":
            return RuleAnswers(repeats="kept", every="1", kept=text, **dates)
    if rule.count is not None:
        answers |= {"ends": "count", "count": str(rule.count)}
    elif rule.until is not None:
        answers |= {"ends": "until", "until": rule.until.isoformat()}
    else:
        answers |= {"ends": "never"}
    weekdays = tuple(day for _number, day in numbered) if rule.frequency == "WEEKLY" else ()
    return RuleAnswers(weekdays=weekdays, **answers)


class RuleWidget(forms.Widget):
    """Radios, checkboxes and text boxes in fieldsets, named ``<name>_<part>``.

    ``faults`` holds the parts with errors, to be marked as invalid.
    """

    template_name = "prevent_events/widgets/rule.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.faults: frozenset[str] = frozenset()

    @property
    def media(self) -> forms.Media:
        return forms.Media(css={"all": ["prevent_events/rule.css"]}, js=["prevent_events/rule.js"])

    def id_for_label(self, id_: str) -> str:
        # A label for the whole would attach to the first radio button only.
        return ""

    def use_required_attribute(self, initial: object) -> bool:
        return False

    def value_from_datadict(self, data, files, name: str) -> RuleAnswers | None:
        """Return what was typed, or None if no part was sent."""
        if self.value_omitted_from_data(data, files, name):
            return None
        listed = data.getlist if hasattr(data, "getlist") else lambda key: data.get(key) or ()
        answers: dict[str, Any] = {
            part: str(data.get(f"{name}_{part}") or "") for part in PARTS if part != "weekdays"
        }
        return RuleAnswers(weekdays=tuple(listed(f"{name}_weekdays")), **answers)

    def value_omitted_from_data(self, data, files, name: str) -> bool:
        return all(f"{name}_{part}" not in data for part in PARTS)

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict:
        context = super().get_context(name, value, attrs)
        answers = value if isinstance(value, RuleAnswers) else answers_for(value)
        repeats = dict(REPEATS)
        if kept := _described(answers.kept):
            repeats["kept"] = _("Keep as it is now: %(rule)s") % {"rule": kept}
        attrs = context["widget"]["attrs"]
        context["widget"] |= {
            "id": attrs.get("id") or f"id_{name}",
            "described_by": attrs.get("aria-describedby", ""),
            "answers": answers,
            "faults": {part: part in self.faults for part in PARTS},
            "kept": kept,
            "choices": {
                "repeats": repeats.items(),
                "weekdays": WEEKDAY_LABELS.items(),
                "monthly": MONTHLY.items(),
                "numbers": NUMBERS.items(),
                "ends": ENDS.items(),
            },
        }
        return context

    def _render(self, template_name: str, context: dict, renderer: object = None) -> SafeString:
        # Django's own form renderer does not search the folders of this template.
        return render_to_string(template_name, context)


class RuleField(forms.Field):
    """A field whose value is a normalised ``Recurrence``, empty without a rule.

    Every error is a sentence that says what to do; all are raised together.
    """

    widget = RuleWidget

    def prepare_value(self, value: object) -> RuleAnswers:
        return value if isinstance(value, RuleAnswers) else answers_for(value)

    def clean(self, value: RuleAnswers | Recurrence | None) -> Recurrence:
        if isinstance(value, RuleAnswers):
            return self._recurrence(value)
        if self.required and not value:
            raise ValidationError(_("Choose whether it repeats"), code="required")
        try:
            return normalise(value)
        except RuleError as error:
            raise ValidationError(str(error), code="invalid") from error

    def has_changed(self, initial: object, data: object) -> bool:
        """Compare the meanings, so that a date written another way is no change."""
        if self.disabled:
            return False
        try:
            return schedule_parts(self.clean(data)) != schedule_parts(initial or None)
        except (ValidationError, RuleError):
            return self.prepare_value(initial) != self.prepare_value(data)

    def _recurrence(self, answers: RuleAnswers) -> Recurrence:
        reading = _Reading(answers)
        rule = reading.rule()
        skipped, extra = reading.dates("skipped"), reading.dates("extra")
        for day in sorted(skipped & extra):
            reading.refuse(
                "extra",
                _("%(date)s is both an extra date and a date to leave out. Remove it from one list")
                % {"date": english_date(day)},
            )
        self.widget.faults = frozenset(reading.faults)
        if reading.faults:
            # The page editor puts several errors on one line, so each needs its full stop.
            stop = "." if len(reading.messages) > 1 else ""
            raise ValidationError(
                [ValidationError(f"{text}{stop}", code="invalid") for text in reading.messages]
            )
        return recurrence_for(rule, skipped, extra)


class _Reading:
    """Reads the answers and collects errors part by part."""

    def __init__(self, answers: RuleAnswers) -> None:
        self.answers = answers
        self.faults: set[str] = set()
        self.messages: list[str] = []

    def refuse(self, part: str, message: str) -> None:
        self.faults.add(part)
        self.messages.append(message)

    def rule(self) -> str:
        """Return the rule as text; useless once there are errors."""
        repeats = self.answers.repeats
        if repeats == "no":
            return ""
        if repeats == "kept":
            return self._kept()
        if repeats not in REPEATS:
            self.refuse("repeats", _("Choose whether it repeats"))
            return ""
        parts = [f"FREQ={repeats.upper()}"]
        every = self._whole("every", _("how often it repeats"), LARGEST_NUMBER, blank="1")
        parts.append(f"INTERVAL={every}")
        if repeats == "weekly" and self.answers.weekdays:
            if not set(self.answers.weekdays) <= set(WEEKDAYS):
                self.refuse("weekdays", _("Choose the days of the week from the list"))
            parts.append(f"BYDAY={','.join(self.answers.weekdays)}")
        if repeats == "monthly":
            parts.append(self._month_part())
        parts.append(self._end_part())
        return ";".join(filter(None, parts))

    def dates(self, part: str) -> frozenset[date]:
        lines = [line.strip() for line in getattr(self.answers, part).splitlines() if line.strip()]
        if len(lines) > DATES_AT_MOST:
            self.refuse(part, _("Enter no more than %(number)s dates") % {"number": DATES_AT_MOST})
            return frozenset()
        return frozenset(filter(None, (self._date(part, line) for line in lines)))

    def _kept(self) -> str:
        try:
            return str(parse(self.answers.kept))
        except RuleError:
            self.refuse(
                "repeats", _("Choose whether it repeats. The old setting can no longer be used")
            )
            return ""

    def _month_part(self) -> str:
        answers = self.answers
        choice = answers.monthly
        if not choice and bool(answers.month_day) != bool(answers.number and answers.weekday):
            choice = "day" if answers.month_day else "weekday"
        if choice == "day":
            day = self._whole("month_day", _("the day of the month"), 31)
            return f"BYMONTHDAY={day}"
        if choice == "weekday":
            if answers.number not in NUMBERS:
                self.refuse("number", _("Choose which one in the month, from first to last"))
            if answers.weekday not in WEEKDAYS:
                self.refuse("weekday", _("Choose the weekday in the month"))
            return f"BYDAY={answers.number}{answers.weekday}"
        if choice != "first":
            self.refuse("monthly", _("Choose the day of the month"))
        return ""

    def _end_part(self) -> str:
        answers = self.answers
        choice = answers.ends
        if not choice and bool(answers.until.strip()) != bool(answers.count.strip()):
            choice = "until" if answers.until.strip() else "count"
        if choice == "until":
            day = self._date("until", answers.until.strip())
            return f"UNTIL={day.isoformat().replace('-', '')}" if day else ""
        if choice == "count":
            return f"COUNT={self._whole('count', _('the number of dates'), LARGEST_NUMBER)}"
        if choice != "never":
            self.refuse("ends", _("Choose when it stops: never, on a date, or after some dates"))
        return ""

    def _whole(self, part: str, what: str, largest: int, blank: str = "") -> str:
        typed = getattr(self.answers, part).strip() or blank
        if re.fullmatch(r"[0-9]{1,4}", typed, re.ASCII) and 1 <= int(typed) <= largest:
            return str(int(typed))
        self.refuse(
            part,
            _("Enter %(what)s as a whole number from 1 to %(largest)s")
            % {"what": what, "largest": largest},
        )
        return ""

    def _date(self, part: str, typed: str) -> date | None:
        day = parse_date(typed)
        if day is None and not typed:
            self.refuse(part, _("Enter the date on which it stops, like 26 November 2026"))
        elif day is None:
            self.refuse(
                part,
                _("Enter “%(typed)s” as a real date, like 26 November 2026")
                % {"typed": typed[:40]},
            )
        return day


def _lines(days: frozenset[date]) -> str:
    return "\n".join(english_date(day) for day in sorted(days))


def _described(rule_text: str) -> str:
    try:
        return describe(rule_text) if rule_text else ""
    except RuleError:
        return ""
