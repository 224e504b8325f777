"""The public registration form: the event's date, who, the editor's questions, consent."""

import re
import secrets

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from wagtail.contrib.forms.forms import FormBuilder

from events.models import Occurrence
from prevent_content.form_rendering import GovukRenderer

from .models import RegistrationField, RegistrationPage

SUBMISSION_SALT = "prevent_registrations.submission"
QUESTION_PREFIX = "question_"

# Line breaks and other control characters in one line would end up in a header or a log line;
# directional overrides can make a name read as something else.
one_line = RegexValidator(
    re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"),
    "Enter this on one line, without control characters",
    inverse_match=True,
)
several_lines = RegexValidator(
    re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"),
    "Enter this without control characters",
    inverse_match=True,
)


class QuestionBuilder(FormBuilder):
    """Wagtail's form builder, with limits on what can be sent and nothing chosen beforehand."""

    def get_field_options(self, field: RegistrationField) -> dict:
        required_message = f"Enter an answer to “{field.label}”"
        if field.field_type in ("radio", "dropdown", "checkboxes"):
            required_message = f"Choose an answer to “{field.label}”"
        elif field.field_type == "checkbox":
            required_message = f"Tick “{field.label}”"
        return {
            **super().get_field_options(field),
            "help_text": field.help_text,
            "initial": None,
            "error_messages": {"required": required_message},
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

    def create_url_field(self, field, options):
        return forms.URLField(max_length=500, assume_scheme="https", **options)

    def create_number_field(self, field, options):
        return forms.DecimalField(max_digits=12, decimal_places=4, **options)

    def create_dropdown_field(self, field, options):
        choices = [("", "Choose one"), *self.get_formatted_field_choices(field)]
        return forms.ChoiceField(choices=choices, **options)

    def create_checkboxes_field(self, field, options):
        return forms.MultipleChoiceField(
            choices=self.get_formatted_field_choices(field),
            widget=forms.CheckboxSelectMultiple,
            **options,
        )

    def get_formatted_field_choices(self, field):
        lines = (line.strip().rstrip(",") for line in field.choices.splitlines())
        return [(line, line) for line in lines if line]


class OccurrenceChoiceField(forms.ModelChoiceField):
    """The date, by the identifier that its public addresses use."""

    widget = forms.RadioSelect

    def __init__(self, queryset, **kwargs):
        super().__init__(queryset, to_field_name="uuid", empty_label=None, **kwargs)

    def label_from_instance(self, occurrence: Occurrence) -> str:
        online = occurrence.status == Occurrence.Status.MOVED_ONLINE
        return f"{occurrence.when} (online)" if online else occurrence.when


class RegistrationForm(forms.Form):
    """What every registration form asks; the editor's questions are added to a copy of it."""

    default_renderer = GovukRenderer()
    template_name = "prevent_registrations/includes/form.html"

    name = forms.CharField(
        label="Your full name",
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": "Enter your full name"},
    )
    email = forms.EmailField(
        label="Your email address",
        max_length=254,
        help_text="We send the confirmation to this address",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Enter your email address",
            "invalid": "Enter an email address in the correct format, like name@example.com",
        },
    )
    consent = forms.BooleanField(error_messages={"required": "Tick the box to agree"})
    submission_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args, page: RegistrationPage, occurrences, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
        self.page = page
        self.fields["occurrence"] = OccurrenceChoiceField(
            occurrences,
            label="Which date would you like to come to?",
            error_messages={
                "required": "Choose a date",
                "invalid_choice": "Choose one of the dates that are open for registration",
            },
        )
        self.questions = list(page.form_fields.all())
        for name, field in QuestionBuilder(self.questions).formfields.items():
            self.fields[QUESTION_PREFIX + name] = field
        self.fields["consent"].label = page.consent_text
        self.order_fields(["occurrence", "name", "email"])
        self.order_fields([name for name in self.fields if name != "consent"])
        self.fields["submission_key"].initial = new_submission_key(page)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip()

    def clean_submission_key(self) -> str:
        """Return the one-time key inside the token; a form of another page is not accepted."""
        try:
            page_pk, key = signing.loads(
                self.cleaned_data["submission_key"], salt=SUBMISSION_SALT
            )
        except (signing.BadSignature, ValueError, TypeError):
            page_pk, key = None, ""
        if page_pk != self.page.pk:
            raise ValidationError("Check your answers and send the form again", code="stale")
        return key

    def renew_submission_key(self) -> None:
        """Give the page that is shown again a key that can be sent."""
        self.data = self.data.copy()
        self.data[self.add_prefix("submission_key")] = new_submission_key(self.page)

    def answers(self, *, sensitive: bool) -> list[dict]:
        """Return the (non-)sensitive answers given, in the form's order, as JSON values."""
        return [
            {
                "name": question.clean_name,
                "label": question.label,
                "type": question.field_type,
                "value": json_value(self.cleaned_data[QUESTION_PREFIX + question.clean_name]),
            }
            for question in self.questions
            if question.sensitive is sensitive
            and self.cleaned_data.get(QUESTION_PREFIX + question.clean_name) not in (None, "", [])
        ]


def json_value(value):
    """Return a form's value as JSON can hold it: text, a list of texts, or true or false."""
    return value if isinstance(value, bool | list) else str(value)


def new_submission_key(page: RegistrationPage) -> str:
    """Return a signed token with a one-time key for a form of ``page``."""
    return signing.dumps([page.pk, secrets.token_urlsafe(24)], salt=SUBMISSION_SALT)
