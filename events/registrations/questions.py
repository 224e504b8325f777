"""An editor's questions as form fields, and their answers in words."""

import re
from datetime import date

from django import forms
from django.core.validators import RegexValidator
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.forms import FormBuilder

from events.typed_fields import TypedDateField

from .models import RegistrationField

QUESTION_PREFIX = "question_"
WITH_CHOICES = ("radio", "dropdown", "checkboxes")

# Line breaks and other control characters could end up in a header or a log line; directional
# overrides can make a name read as something else.
one_line = RegexValidator(
    re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"),
    _("Enter this on one line, without control characters"),
    inverse_match=True,
)
several_lines = RegexValidator(
    re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"),
    _("Enter this without control characters"),
    inverse_match=True,
)


class QuestionBuilder(FormBuilder):
    """Wagtail's form builder, with nothing preselected and with conditions.

    A question that depends on another is never required by itself: the form requires it when it
    applies (``required_when_shown``).
    """

    @property
    def formfields(self):
        fields = super().formfields
        names = {
            question.label: question.clean_name or question.get_field_clean_name()
            for question in self.fields
        }
        for question in self.fields:
            field = fields[question.clean_name or question.get_field_clean_name()]
            other = names.get(question.depends_on) if question.depends_on else None
            if other is None:
                continue
            field.required_when_shown, field.required = field.required, False
            field.widget.is_required = False
            field.conditional_on = (QUESTION_PREFIX + other, question.depends_answer or True)
        return fields

    def get_field_options(self, field: RegistrationField) -> dict:
        if field.field_type == "checkbox":
            required = gettext("Tick “%(label)s”")
        elif field.field_type in WITH_CHOICES:
            required = gettext("Choose an answer to “%(label)s”")
        else:
            required = gettext("Enter an answer to “%(label)s”")
        named = {"label": field.label}
        return {
            **super().get_field_options(field),
            "help_text": field.help_text,
            "initial": None,
            "error_messages": {
                "required": required % named,
                "max_length": _("Enter this in %(limit_value)d characters or fewer"),
                "invalid_choice": gettext("Choose one of the answers to “%(label)s”") % named,
            },
        }

    def create_singleline_field(self, field, options):
        return forms.CharField(max_length=255, validators=[one_line], **options)

    def create_multiline_field(self, field, options):
        return forms.CharField(
            max_length=2000,
            validators=[several_lines],
            widget=forms.Textarea(attrs={"rows": 4}),
            **options,
        )

    def create_email_field(self, field, options):
        options["error_messages"]["invalid"] = _(
            "Enter an email address in the correct format, like name@example.com"
        )
        return forms.EmailField(max_length=254, **options)

    def create_url_field(self, field, options):
        options["error_messages"]["invalid"] = _("Enter a web address, like www.example.com")
        return forms.URLField(max_length=500, assume_scheme="https", **options)

    def create_number_field(self, field, options):
        options["error_messages"]["invalid"] = _("Enter a number, like 3")
        return forms.DecimalField(max_digits=12, decimal_places=4, **options)

    def create_date_field(self, field, options):
        return TypedDateField(**options)

    def create_dropdown_field(self, field, options):
        choices = [("", _("Choose one")), *self.get_formatted_field_choices(field)]
        return forms.ChoiceField(choices=choices, **options)

    def create_checkboxes_field(self, field, options):
        return forms.MultipleChoiceField(
            choices=self.get_formatted_field_choices(field),
            widget=forms.CheckboxSelectMultiple,
            **options,
        )

    def get_formatted_field_choices(self, field):
        return [(choice, choice) for choice in field.choice_list]


def json_value(value):
    """Return a form's value for JSON: text, a list of texts, or a boolean."""
    return value if isinstance(value, bool | list) else str(value)


def answer_texts(value, kind: str = "") -> list[str]:
    """Return an answer (a form's value, or its stored JSON) in words, one text per choice."""
    if value in (None, "", []):
        return []
    if isinstance(value, bool):
        return [gettext("Yes") if value else gettext("No")]
    if isinstance(value, list):
        return [str(item) for item in value]
    if kind == "date" and isinstance(value, str):
        value = parse_date(value) or value
    if isinstance(value, date):
        return [date_format(value, "j F Y")]
    return [str(value)]
