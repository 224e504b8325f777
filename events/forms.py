"""The event editor's form."""

from dataclasses import replace
from datetime import date, time

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from recurrence import Recurrence

from .admin.consent import CancellationConsentForm
from .english_dates import LONDON, english_date
from .recurrence_field import RuleField, RuleWidget
from .recurrence_values import schedule_parts
from .rules import RuleError
from .schedule import Schedule

__all__ = ["EventPageForm", "RuleField", "RuleWidget"]


class EventPageForm(CancellationConsentForm):
    """The page editor's form, with the rule in plain words and checked against the first date."""

    recurrence = RuleField(label=gettext_lazy("Repeats"), required=False)

    def clean(self) -> dict:
        cleaned = super().clean()
        first, rule = cleaned.get("date"), cleaned.get("recurrence")
        if first and rule:
            for sentence in rule_errors(rule, first):
                self.add_error("recurrence", sentence)
        return cleaned


def rule_errors(value: Recurrence, first: date) -> list[str]:
    """Return a sentence for each way in which a rule does not fit an event's first date.

    A date to leave out must be one that there would be, unless it is before ``first``; and a
    date must remain.
    """
    try:
        text, skipped, extra = schedule_parts(value)
    except RuleError as error:
        return [str(error)]
    schedule = Schedule(first, time(12), time(13), LONDON, text, skipped, extra)
    complete = replace(schedule, skipped=frozenset())
    errors = [
        _("%(date)s is to be left out, but it is not one of the dates: check it, or take it out")
        % {"date": english_date(day)}
        for day in sorted(skipped)
        if day >= first and not any(complete.between(day, day))
    ]
    if next(schedule.between(date.min, date.max), None) is None:
        errors.append(_("No date follows from these answers: change the rule or the first date"))
    return errors
