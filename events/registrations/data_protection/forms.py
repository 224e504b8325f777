"""The forms of the data protection screens."""

from datetime import date, datetime, timedelta

from django import forms

from events.english_dates import LONDON
from events.typed_fields import TypedDateField
from prevent_content.cleaning import clean_line
from prevent_content.widgets import DateInput

from ..guarded_forms import EMAIL_ERRORS
from ..models import SubjectRequest
from ..models.data_protection import Case
from ..review.forms import ReviewForm


class FindForm(ReviewForm):
    """Whose data is requested. Sent by POST only: a name in a link ends up in logs."""

    q = forms.CharField(
        label="Email address, name, telephone number or reference",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter an email address, a name, a telephone number or a reference",
            "max_length": "Enter 254 characters or fewer",
        },
    )

    def clean_q(self) -> str:
        text = clean_line(self.cleaned_data["q"])
        if "@" in text:
            forms.EmailField(error_messages=EMAIL_ERRORS).clean(text)
        return text


def email_field(label: str, **options) -> forms.EmailField:
    return forms.EmailField(
        label=label,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages=EMAIL_ERRORS,
        **options,
    )


class KeysField(forms.MultipleChoiceField):
    """The keys of ticked rows, as numbers."""

    def to_python(self, value) -> list[int]:
        return [int(key) for key in super().to_python(value) if key.isascii() and key.isdigit()]

    def validate(self, value: list[int]) -> None:
        if len(value) > 1000 or any(key >= 2**63 for key in value):
            raise forms.ValidationError("Tick the registrations again")
        forms.Field.validate(self, value)


class ChosenForm(ReviewForm):
    """The registrations chosen for one person, and the address searched for, if any."""

    email = email_field("Email address", required=False)
    registrations = KeysField(required=False)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not (cleaned.get("email") or cleaned.get("registrations") or self.errors):
            self.add_error(None, "Tick the registrations of this person")
        return cleaned


class EraseForm(ReviewForm):
    """The email address typed twice, and a tick."""

    email = email_field("Email address")
    again = email_field("Email address again")
    sure = forms.BooleanField(
        label="Erase all registrations of this email address. This cannot be undone",
        error_messages={"required": "Tick the box to erase"},
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        first, second = cleaned.get("email"), cleaned.get("again")
        if first and second and first.lower() != second.lower():
            self.add_error("again", "Enter the same email address twice")
        return cleaned


class EraseChosenForm(ReviewForm):
    """Ticked registrations and a confirmation, for someone who gave no address or shares one."""

    registrations = KeysField(error_messages={"required": "Tick the registrations of this person"})
    sure = forms.BooleanField(
        label="Erase the ticked registrations. This cannot be undone",
        error_messages={"required": "Tick the box to erase"},
    )


class EntryForm(ReviewForm):
    """What reached staff other than through the website, and on which day."""

    channel = forms.ChoiceField(
        label="How we received it",
        choices=[choice for choice in Case.Channel.choices if choice[0] != Case.Channel.FORM],
        error_messages={"required": "Choose how it reached us"},
    )
    received_on = TypedDateField(
        label="Date received",
        widget=DateInput,
        error_messages={
            "required": "Enter the date we received it",
        },
    )
    name = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the person’s name"},
    )
    email = email_field("Email address, if there is one", required=False)
    contact = forms.CharField(
        label="Telephone number or postal address, if there is one",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = at.astimezone(LONDON).date()

    def clean_received_on(self) -> date:
        day = self.cleaned_data["received_on"]
        if day > self.today:
            raise forms.ValidationError("Enter a day that is not in the future")
        if day < self.today - timedelta(days=366):
            raise forms.ValidationError("Enter a day within the last year")
        return day


class ComplaintEntryForm(EntryForm):
    text = forms.CharField(
        label="What the complaint is",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Enter what the complaint is"},
    )


class RequestEntryForm(EntryForm):
    field_order = ("kind",)

    kind = forms.ChoiceField(
        label="What the person wants",
        choices=SubjectRequest.Kind.choices,
        error_messages={"required": "Choose what the person wants"},
    )
    text = forms.CharField(
        label="In their words, and how you checked who they are",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class HoldForm(ReviewForm):
    """Why a registration is not erased yet, and the latest date until when."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example the number of a claim or an inquiry. Erased with the rest",
        error_messages={
            "required": "Enter a reason",
            "max_length": "Enter a reason of 500 characters or fewer",
        },
    )
    until = TypedDateField(
        label="Last day",
        widget=DateInput,
        error_messages={
            "required": "Enter the last day of the hold",
        },
    )


class OutcomeForm(ReviewForm):
    """The answer to a complaint or request."""

    outcome = forms.CharField(
        label="What you answered, and why",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": "Enter what you answered",
            "max_length": "Enter 5,000 characters or fewer",
        },
    )
