"""The form with which a lead decides on a registration."""

from django import forms

from ..models import Registration


class DecisionForm(forms.Form):
    """A status, a note, whether to write about it, and the status that was on the screen.

    ``seen`` is not validated: a form that says nothing of what was seen, or something odd, is
    asked again in the same way as one that was overtaken.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(
        choices=Registration.Status.choices,
        error_messages={
            "required": "Choose a status",
            "invalid_choice": "Choose one of the statuses in the list",
        },
    )
    note = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the history. The person never sees it",
        error_messages={"max_length": "Enter a note of 2,000 characters or fewer"},
    )

    quiet = forms.BooleanField(
        required=False,
        label="Do not write to the person",
        help_text=(
            "Otherwise they are told that they are confirmed, declined, withdrawn or on the "
            "waiting list"
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", use_required_attribute=False, **kwargs)

    def clean(self) -> dict:
        cleaned = super().clean()
        same = "status" in cleaned and cleaned["status"] == cleaned.get("seen")
        if same and "note" in cleaned and not cleaned["note"]:
            self.add_error("status", "Choose another status, or write a note")
        return cleaned


def decision_about(registration: Registration) -> DecisionForm:
    """Return an empty form for ``registration`` as it is now."""
    return DecisionForm(initial={"seen": registration.status, "status": registration.status})


def decision_again(form: DecisionForm, registration: Registration, sentence: str) -> DecisionForm:
    """Return ``form`` with its answers and why it was not done, to be sent again.

    Whoever sends it again has seen the status that ``registration`` has now.
    """
    again = DecisionForm({**form.data.dict(), "seen": registration.status})
    again.full_clean()
    again.errors.clear()
    again.add_error(None, f"Nothing has been saved: {sentence}")
    return again
