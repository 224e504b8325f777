"""Form fields for dates and times as people type them, with one reader for all of them.

The browser's pickers send ``2027-03-27`` and ``18:00``; whoever types, pastes or sends by a program
is understood too: see ``english_dates``. What cannot be right is asked back in a sentence.
"""

from collections.abc import Callable
from datetime import date, datetime, time

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from .english_dates import TypedDateError, read_date, read_time


class TypedDateField(forms.DateField):
    """A date, such as ``27 March 2027``, ``Saturday 27/3/2027`` or ``2027-03-27``."""

    default_error_messages = {
        "invalid": _("Enter a date, like 27 March 2027 or 27/3/2027"),
        "year": _("Enter the year too, like 27 March 2027"),
        "two_digits": _("Enter the year in 4 digits, like 2027"),
        "too_early": _("Enter a year from 1900 on"),
        "unreal": _("Enter a real date, like 27 March 2027 or 27/3/2027"),
    }

    def to_python(self, value) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value or None
        return typed(self, read_date, str(value))


class TypedTimeField(forms.TimeField):
    """A time, such as ``6pm``, ``6.30 pm``, ``18:00`` or ``noon``."""

    default_error_messages = {
        "invalid": _("Enter a time, like 6pm, 6:30pm or 18:30"),
        "half": _("Enter the time with am or pm, or like 18:30"),
    }

    def to_python(self, value) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return value or None
        return typed(self, read_time, str(value))


def typed(field: forms.Field, read: Callable, text: str):
    """Return what ``read`` reads in ``text``, None if nothing is there.

    Raise ``ValidationError`` in the words of ``field``.
    """
    if not text.strip():
        return None
    try:
        return read(text)
    except TypedDateError as error:
        raise ValidationError(field.error_messages[error.code], code=error.code) from error


class TypedTimeBlock(blocks.TimeBlock):
    """A time in a StreamField, read in the same way."""

    def __init__(self, required=True, help_text=None, validators=(), **kwargs):
        super().__init__(required=required, help_text=help_text, validators=validators, **kwargs)
        self.field = TypedTimeField(required=required, help_text=help_text, validators=validators)
