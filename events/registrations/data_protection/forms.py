"""The forms of the desk."""

from django import forms

from ..forms import EMAIL_ERRORS


class DeskForm(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", use_required_attribute=False, **kwargs)


class PersonForm(DeskForm):
    """Whose data is asked for. Sent by POST only: an address in a link ends up in logs."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages=EMAIL_ERRORS,
    )


class EraseForm(PersonForm):
    """The same, typed once more, and a tick."""

    again = forms.EmailField(
        label="Email address, once more",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages=EMAIL_ERRORS,
    )
    sure = forms.BooleanField(
        label="Erase all registrations of this address. This cannot be undone",
        error_messages={"required": "Tick the box to erase"},
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        first, second = cleaned.get("email"), cleaned.get("again")
        if first and second and first.lower() != second.lower():
            self.add_error("again", "Enter the same email address as before")
        return cleaned


class HoldForm(DeskForm):
    """Why a registration is kept, and until when at most."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example the number of a claim or an inquiry. It is erased with the rest",
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


class OutcomeForm(DeskForm):
    """What was answered to a complaint."""

    outcome = forms.CharField(
        label="What you answered, and why",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": "Enter what you answered",
            "max_length": "Enter 5,000 characters or fewer",
        },
    )
