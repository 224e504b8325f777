"""The forms that decide on, note, assign and flag a registration."""

from django import forms
from django.contrib.auth import get_user_model
from wagtail.admin.utils import get_user_display_name

from events.admin.action_forms import validate_no_address
from prevent_content.cleaned_forms import CleanedTextMixin

from .. import permissions
from ..models import Registration
from ..models.registration import TO_CONFIRM
from ..questions import several_lines

NOTE_TOO_LONG = "Enter a note of 2,000 characters or fewer"


def reached_by(key: str) -> dict[str, str]:
    """Return attributes that make ``key`` a keyboard shortcut to the field, where enabled."""
    return {
        "data-controller": "w-kbd",
        "data-w-kbd-key-value": key,
        "data-w-kbd-action-value": "focus",
    }


class ReviewForm(CleanedTextMixin, forms.Form):
    """A form whose errors come from the server, not the browser."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", use_required_attribute=False, **kwargs)


def sentence_field() -> forms.CharField:
    return forms.CharField(
        label="Add to the email",
        required=False,
        max_length=500,
        validators=[several_lines, validate_no_address],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=(
            "The person reads it after the first paragraph. Leave out links and email addresses. "
            "Emails that do not name the event go without it"
        ),
        error_messages={"max_length": "Enter 500 characters or fewer to add to the email"},
    )


class SendAgainForm(ReviewForm):
    """What to add to the confirmation when it is sent again."""

    sentence = sentence_field()


class DecisionForm(ReviewForm):
    """A status, a reason, whether to email the person, and the status that was on the screen.

    ``seen`` is not validated: a form without it, or with an invalid one, comes back just like one
    that was overtaken.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(
        choices=Registration.Status.choices,
        widget=forms.Select(attrs=reached_by("s")),
        error_messages={
            "required": "Choose a status",
            "invalid_choice": "Choose one of the statuses in the list",
        },
    )
    note = forms.CharField(
        label="Reason",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Saved in the history. The person cannot see it",
        error_messages={"max_length": NOTE_TOO_LONG},
    )
    quiet = forms.BooleanField(
        required=False,
        label="Do not email the person",
        help_text=(
            "Otherwise we email them when they are confirmed, declined, withdrawn or put on the "
            "waiting list"
        ),
    )
    sentence = sentence_field()

    def clean(self) -> dict:
        cleaned = super().clean()
        same = "status" in cleaned and cleaned["status"] == cleaned.get("seen")
        if same and "note" in cleaned and not cleaned["note"]:
            self.add_error("status", "Choose another status, or write a note")
        return cleaned


def decision_form(registration: Registration) -> DecisionForm:
    """Return an empty form for ``registration`` as it is now."""
    form = DecisionForm(initial={"seen": registration.status, "status": registration.status})
    offer_statuses(form, registration)
    return form


def offer_statuses(form: DecisionForm, registration: Registration) -> None:
    """Offer the statuses staff can decide on, and the current one of ``registration``."""
    choices = form.fields["status"].choices
    hidden = {str(status) for status in TO_CONFIRM} - {registration.status}
    form.fields["status"].choices = [choice for choice in choices if choice[0] not in hidden]


def decision_again(form: DecisionForm, registration: Registration, sentence: str) -> DecisionForm:
    """Return ``form`` with what was typed and why nothing was saved, to be sent again.

    It now contains the current status of ``registration``.
    """
    again = DecisionForm({**form.data.dict(), "seen": registration.status})
    offer_statuses(again, registration)
    again.full_clean()
    again.errors.clear()
    again.add_error(None, f"Nothing has been saved: {sentence}")
    return again


class NoteForm(ReviewForm):
    note = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(
            attrs={"rows": 3, "id": "id_new_note", **reached_by("n")},
        ),
        help_text="The person cannot see it",
        error_messages={"required": "Write a note", "max_length": NOTE_TOO_LONG},
    )


class PersonChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, person) -> str:
        return get_user_display_name(person)


class AssignForm(ReviewForm):
    """The person to assign a registration of ``event`` to: someone who may see it, or nobody."""

    assigned_to = PersonChoiceField(
        get_user_model().objects.none(),
        label="Assigned to",
        required=False,
        empty_label="Nobody",
        error_messages={"invalid_choice": "Choose one of the people in the list"},
    )

    def __init__(self, *args, event: int | None, flagged: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        rights = [permissions.VIEW, permissions.CONCERNS] if flagged else [permissions.VIEW]
        self.fields["assigned_to"].queryset = permissions.people_with(*rights, event=event)


class FlagForm(ReviewForm):
    """Why a registration is flagged, or no longer: saved in its history and sent to nobody."""

    why = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Saved in the history, and in no email",
        error_messages={"required": "Enter a reason", "max_length": NOTE_TOO_LONG},
    )
