"""The forms with which staff add people, and change, move and merge registrations."""

from collections.abc import Iterable
from datetime import datetime

from django import forms

from events.models import Occurrence

from ..actions import has_day_come
from ..forms import DetailsForm, RegistrationForm
from ..guarded_forms import issue_token
from ..models import Registration, RegistrationPage
from ..questions import QUESTION_PREFIX, answer_texts
from ..submissions import Submission
from .bookings import Details
from .forms import NOTE_TOO_LONG, ReviewForm

Channel, PrivacyNotice = Registration.Channel, Registration.PrivacyNotice
WALK_IN = "Walk-in without a name"


def reason_field(**kwargs) -> forms.CharField:
    return forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Saved in the history. The person cannot see it",
        error_messages={"required": "Enter a reason", "max_length": NOTE_TOO_LONG},
        **kwargs,
    )


def quiet_field() -> forms.BooleanField:
    return forms.BooleanField(required=False, label="Do not email the person")


class AddPersonForm(RegistrationForm):
    """The booking form for staff to fill in for someone: the email address may be empty."""

    default_renderer = None

    channel = forms.ChoiceField(
        label="How did the person ask for a place?",
        choices=[choice for choice in Channel.choices if choice[0] != Channel.ONLINE],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how the person asked for a place",
            "invalid_choice": "Choose one of the ways in the list",
        },
    )
    privacy_notice = forms.ChoiceField(
        label="How did the person get the privacy notice?",
        choices=[choice for choice in PrivacyNotice.choices if choice[0] != PrivacyNotice.ON_FORM],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how the person got the privacy notice",
            "invalid_choice": "Choose one of the ways in the list",
        },
    )
    quiet = quiet_field()

    def __init__(
        self, *args, page: RegistrationPage, occurrence: Occurrence, by, at: datetime, **kwargs
    ):
        self.occurrence, self.by = occurrence, by
        super().__init__(*args, page=page, at=at, **kwargs)
        for name in ("occurrence", "consent", "contact_me_by_fax"):
            self.fields.pop(name, None)
        if not self.is_bound:
            token = issue_token(self.form_key, at=at, trusted=True)
            self.fields["submission_key"].initial = token
        self.fields["name"].label = "Full name"
        self.fields["name"].error_messages["required"] = "Enter the person’s full name"
        self.fields["email"].label = "Email address"
        self.fields["email"].help_text = "Leave blank if the person has no email"
        self.fields["email"].required = False
        if "guests" in self.fields:
            self.fields["guests"].label = "Guests"
            self.fields["guests"].help_text = f"Up to {self.page.max_guests}"
        self.fields["discreet"].label = "Leave the event’s name out of emails to the person"
        self.fields["discreet"].help_text = "If the person asks for it"
        self.put_last("discreet", "quiet", "submission_key")
        self.order_fields(["channel", "privacy_notice"])

    def clean_channel(self) -> str:
        channel = self.cleaned_data["channel"]
        if channel == Channel.DOOR and not has_day_come(self.occurrence, at=self.at):
            raise forms.ValidationError("You can only record walk-ins from the day of the event")
        return channel

    def clean(self) -> dict:
        cleaned = super().clean()
        cleaned["occurrence"] = self.occurrence
        self.require_party_to_fit(cleaned)
        return cleaned

    def submission(self) -> Submission:
        cleaned = self.cleaned_data
        return Submission(
            key=cleaned["submission_key"],
            page=self.page,
            occurrence=self.occurrence,
            name=cleaned["name"],
            email=cleaned["email"],
            guests=cleaned.get("guests", 0),
            discreet=cleaned["discreet"],
            answers=self.answers(sensitive=False),
            sensitive_answers=self.answers(sensitive=True),
            channel=cleaned["channel"],
            privacy_notice=cleaned["privacy_notice"],
            added_by=self.by,
            tell=not cleaned["quiet"],
        )


class ChangeBookingForm(DetailsForm):
    """The name, email address, guests and answers of a registration.

    A new email address counts once the person has confirmed it.

    Sensitive questions are included only if ``with_sensitive``; otherwise nothing is decrypted.
    """

    default_renderer = None
    left_out = ("occurrence", "consent", "contact_me_by_fax", "submission_key")
    quiet = quiet_field()

    def __init__(self, *args, registration: Registration, with_sensitive: bool, **kwargs):
        self.with_sensitive = with_sensitive
        if not with_sensitive:
            registration.sensitive_answers = []
        super().__init__(*args, registration=registration, **kwargs)
        self.initial |= {"name": registration.name, "email": registration.email}
        self.fields["email"].label = "Email address"
        self.fields["email"].required = False
        self.fields[
            "email"
        ].help_text = "We send a link to a new address. The address changes once the link is used"
        if registration.is_to_confirm:
            del self.fields["email"]
        self.fields["name"].label = "Full name"
        self.fields["name"].error_messages["required"] = "Enter the person’s full name"
        if "guests" in self.fields:
            self.fields["guests"].label = "Guests"
            self.fields["guests"].help_text = f"Up to {self.page.max_guests}"
        self.fields["discreet"].label = "Leave the event’s name out of emails to the person"
        self.fields["discreet"].help_text = "If the person asks for it"
        if not with_sensitive:
            for question in self.questions:
                if question.sensitive:
                    del self.fields[QUESTION_PREFIX + question.clean_name]
            self.questions = [row for row in self.questions if not row.sensitive]
        self.fields["why"] = reason_field(required=False)
        self.put_last("discreet", "why", "quiet")

    def clean(self) -> dict:
        cleaned = super().clean()
        cleaned["occurrence"] = self.registration.occurrence
        self.require_party_to_fit(cleaned)
        return cleaned

    @property
    def new_email(self) -> str:
        """The address that differs from the one there is; "" if none was entered."""
        email = self.cleaned_data.get("email", "")
        return "" if email == self.registration.email else email

    def details(self) -> Details:
        cleaned = self.cleaned_data
        return Details(
            name=cleaned["name"],
            guests=cleaned.get("guests", self.registration.guests),
            discreet=cleaned["discreet"],
            answers=self.answers(sensitive=False),
            sensitive_answers=self.answers(sensitive=True) if self.with_sensitive else None,
        )


class OccurrenceChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, occurrence: Occurrence) -> str:
        return occurrence.when


class MoveDateForm(ReviewForm):
    """Another date of the event."""

    to = OccurrenceChoiceField(
        Occurrence.objects.none(),
        to_field_name="uuid",
        label="New date",
        empty_label="Choose a date",
        error_messages={
            "required": "Choose a date",
            "invalid_choice": "Choose one of the dates in the list",
        },
    )
    why = reason_field(required=False)
    quiet = quiet_field()

    def __init__(self, *args, dates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = dates


class PutFirstForm(ReviewForm):
    why = reason_field()


class WalkInForm(ReviewForm):
    """Someone at the door without a booking. Without a name they are only counted."""

    name = forms.CharField(
        required=False,
        max_length=120,
        label="Name, if they give one",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "Enter a name of 120 characters or fewer"},
    )
    people = forms.IntegerField(
        min_value=1,
        max_value=21,
        initial=1,
        label="People",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": "Enter how many people",
            "invalid": "Enter a number from 1 to 21",
            "min_value": "Enter a number from 1 to 21",
            "max_value": "Enter a number from 1 to 21",
        },
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class MergeForm(ReviewForm):
    """Which of two registrations is right, question by question."""

    quiet = quiet_field()

    def __init__(
        self,
        *args,
        pair: tuple[Registration, Registration],
        most: int,
        with_sensitive: bool,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.pair, self.with_sensitive = pair, with_sensitive
        self.sensitive = [row.sensitive_answers if with_sensitive else [] for row in pair]
        if pair[0].name != pair[1].name:
            self.add_choice("name", "Name", [row.name for row in pair])
        self.fields["guests"] = forms.IntegerField(
            label="Guests, together",
            min_value=0,
            max_value=most,
            initial=max(row.guests for row in pair),
            help_text=f"They were {pair[0].guests} and {pair[1].guests}",
            error_messages=dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"),
                f"Enter a number from 0 to {most}",
            ),
        )
        for prefix, answers in self.answers_by_kind().items():
            for name, (label, texts) in differing(answers).items():
                self.add_choice(f"{prefix}_{name}", label, texts)
        self.order_fields([name for name in self.fields if name != "quiet"])

    def answers_by_kind(self) -> dict[str, list[list[dict]]]:
        return {"answer": [row.answers for row in self.pair], "sensitive": self.sensitive}

    def add_choice(self, name: str, label: str, texts: Iterable[str]) -> None:
        first, second = (text or "Not answered" for text in texts)
        self.fields[name] = forms.ChoiceField(
            label=label,
            choices=[("0", first), ("1", second)],
            initial="0",
            widget=forms.RadioSelect,
            error_messages={
                "required": f"Choose one for “{label}”",
                "invalid_choice": f"Choose one for “{label}”",
            },
        )

    def details(self) -> Details:
        """Return the details of the merged registration, once this form is valid."""
        chosen = self.cleaned_data
        answers = {
            kind: merged(both, chosen, kind) for kind, both in self.answers_by_kind().items()
        }
        return Details(
            name=self.pair[int(chosen.get("name") or 0)].name,
            guests=chosen["guests"],
            discreet=any(row.discreet for row in self.pair),
            answers=answers["answer"],
            sensitive_answers=answers["sensitive"] if self.with_sensitive else None,
        )


def differing(both: list[list[dict]]) -> dict[str, tuple[str, list[str]]]:
    """Return the questions answered differently in the two: label and both answers in words."""
    first, second = ({answer["name"]: answer for answer in answers} for answers in both)
    found = {}
    for name in dict.fromkeys([*first, *second]):
        texts = [in_words(side.get(name)) for side in (first, second)]
        if texts[0] != texts[1]:
            found[name] = ((first.get(name) or second[name])["label"], texts)
    return found


def in_words(answer: dict | None) -> str:
    return ", ".join(answer_texts(answer["value"], answer.get("type", ""))) if answer else ""


def merged(both: list[list[dict]], chosen: dict, kind: str) -> list[dict]:
    """Return the answers of the first side, with the second's where chosen."""
    first, second = ({answer["name"]: answer for answer in answers} for answers in both)
    found = []
    for name in dict.fromkeys([*first, *second]):
        side = second if chosen.get(f"{kind}_{name}") == "1" else first
        if name in side:
            found.append(side[name])
    return found
