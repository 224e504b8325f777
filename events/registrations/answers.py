"""Answers as people read them: on the page to check them, in e-mails and at the review desk."""

from dataclasses import dataclass
from datetime import date

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .forms import RegistrationForm


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the form, what was answered, and where to change it."""

    label: str
    texts: list[str]
    target: str


def texts_of(value, kind: str = "") -> list[str]:
    """Return an answer (a form's value, or what JSON kept of it) in words, one text a choice."""
    if value in (None, "", []):
        return []
    if isinstance(value, bool):
        return [_("Yes") if value else _("No")]
    if isinstance(value, list):
        return [str(item) for item in value]
    if kind == "date" and isinstance(value, str):
        value = parse_date(value) or value
    if isinstance(value, date):
        return [date_format(value, "j F Y")]
    return [str(value)]


def answers_to_check(form: RegistrationForm) -> list[Row]:
    """Return the answers of a valid ``form`` in its order, without those that do not apply."""
    rows = []
    for bound in form.visible_fields():
        if bound.name in ("consent", "contact_me_by_fax"):
            continue
        value = form.cleaned_data.get(bound.name)
        if bound.name == "occurrence":
            texts = [value.when]
        elif bound.name == "guests":
            texts = [str(value)] if value else [_("None")]
        elif isinstance(value, bool):
            texts = [_("Yes") if value else _("No")]
        else:
            condition = getattr(bound.field, "conditional_on", None)
            if condition and value in (None, "", []):
                continue
            texts = texts_of(value) or [_("Not answered")]
        rows.append(Row(str(bound.label), texts, getattr(bound, "first_input_id", "")))
    return rows
