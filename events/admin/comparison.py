"""Two versions of an event's rule, compared in the words that editors read it in."""

from django.utils.translation import gettext as _
from recurrence import Recurrence
from wagtail.admin.compare import FieldComparison

from ..recurrence_values import schedule_parts
from ..rules import RuleError, describe
from .wording import in_short


class RuleComparison(FieldComparison):
    def __init__(self, field, obj_a, obj_b):
        super().__init__(field, obj_a, obj_b)
        self.val_a, self.val_b = rule_in_words(self.val_a), rule_in_words(self.val_b)


def rule_in_words(value: Recurrence | None) -> str:
    """Return the rule with the dates that it leaves out and adds, as a line of text."""
    try:
        rule, skipped, extra = schedule_parts(value)
    except RuleError as error:
        return str(error)
    parts = [describe(rule)]
    if skipped:
        parts.append(_("without %(dates)s") % {"dates": listed(skipped)})
    if extra:
        parts.append(_("and on %(dates)s") % {"dates": listed(extra)})
    return "; ".join(parts)


def listed(days) -> str:
    return ", ".join(in_short(day) for day in sorted(days))
