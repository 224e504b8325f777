"""The forms of the data protection screens."""

from django import forms

from ..guarded_forms import EMAIL_ERRORS
from ..review.forms import ReviewForm


class PersonForm(ReviewForm):
    """Whose data is requested. Sent by POST only: an address in a link ends up in logs."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages=EMAIL_ERRORS,
    )


class EraseForm(PersonForm):
    """The email address typed twice, and a tick."""

    again = forms.EmailField(
        label="Email address again",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages=EMAIL_ERRORS,
    )
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


class HoldForm(ReviewForm):
    """Why a registration is not erased yet, and until when at the latest."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example the number of a claim or an inquiry. Erased with the rest",
        error_messages={
            "required": "Enter a reason",
            "max_length": "Enter a reason of 500 characters or fewer",
        },
    )
    until = forms.DateField(
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": "Enter the last day of the hold",
            "invalid": "Enter a date, like 2027-03-31",
        },
    )


class OutcomeForm(ReviewForm):
    """The answer to a complaint."""

    outcome = forms.CharField(
        label="What you answered, and why",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": "Enter what you answered",
            "max_length": "Enter 5,000 characters or fewer",
        },
    )
