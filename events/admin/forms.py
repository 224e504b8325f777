"""The event editor's form."""

from dataclasses import replace
from datetime import date, time

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from recurrence import Recurrence
from wagtail.admin.forms import WagtailAdminPageForm

from prevent_content.page_editor_form import PublishRulesForm

from ..english_dates import LONDON, english_date
from ..recurrence_field import RuleField
from ..recurrence_values import schedule_parts
from ..rules import RuleError
from ..schedule import Schedule
from ..typed_fields import TypedDateField, TypedTimeField


class EventPageForm(PublishRulesForm):
    """The page editor's form, with the rule in plain words."""

    recurrence = RuleField(label=gettext_lazy("Repeats"), required=False)

    # Wagtail's own has the function that gives each field its widget.
    class Meta(WagtailAdminPageForm.Meta):
        field_classes = {
            "date": TypedDateField,
            "starts": TypedTimeField,
            "ends": TypedTimeField,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.is_translation:
            for name in self.instance.shared_fields:
                self.fields.pop(name, None)

    def clean(self) -> dict:
        cleaned = super().clean()
        first, rule = cleaned.get("date"), cleaned.get("recurrence")
        if first and rule:
            for sentence in rule_errors(rule, first):
                self.add_error("recurrence", sentence)
        return cleaned


def rule_errors(value: Recurrence, first: date) -> list[str]:
    """Return a sentence for each way in which a rule does not fit an event's first date.

    A skipped date must be one of the rule's, unless it is before ``first``; and a date must remain.
    """
    try:
        text, skipped, extra = schedule_parts(value)
    except RuleError as error:
        return [str(error)]
    schedule = Schedule(first, time(12), time(13), LONDON, text, skipped, extra)
    complete = replace(schedule, skipped=frozenset())
    errors = [
        _(
            "%(date)s is a date to leave out, but the event is not on that date. Correct it or "
            "remove it"
        )
        % {"date": english_date(day)}
        for day in sorted(skipped)
        if day >= first and not any(complete.between(day, day))
    ]
    if next(schedule.between(date.min, date.max), None) is None:
        errors.append(
            _("These answers give no dates. Change how the event repeats, or the first date")
        )
    return errors
