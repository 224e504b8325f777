"""The public registration form: the event's date, who, the editor's questions, consent."""

import hmac
import json
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models import Occurrence
from prevent_content.form_rendering import GovukRenderer

from . import form_token
from .models import RegistrationField, RegistrationPage
from .places import is_nearly_full, places_left
from .questions import QUESTION_PREFIX, QuestionBuilder, json_value, one_line

EMAIL_ERRORS = {
    "required": _("Enter your email address"),
    "invalid": _("Enter an email address in the correct format, like name@example.com"),
}
TOO_LONG = {"max_length": _("Enter this in %(limit_value)d characters or fewer")}


class OccurrenceField(forms.ChoiceField):
    """One of a form's dates. Those that cannot be chosen are shown and say why.

    ``also`` is a date further ahead than those that are always shown.
    """

    widget = forms.RadioSelect

    def __init__(self, page: RegistrationPage, *, at: datetime, also: Q | None = None, **kwargs):
        self.by_uuid = {str(row.uuid): row for row in page.coming_occurrences(at=at, also=also)}
        self.unavailable = {
            key: reason
            for key, row in self.by_uuid.items()
            if (reason := why_unavailable(page, row, at=at))
        }
        self.unavailable_choices = set(self.unavailable)
        self.choice_hints = {
            key: hint for key, row in self.by_uuid.items() if (hint := choice_hint(page, row))
        } | self.unavailable
        super().__init__(
            choices=[(key, row.when) for key, row in self.by_uuid.items()],
            label=_("Which date would you like to come to?"),
            error_messages={
                "required": _("Choose a date"),
                "invalid_choice": _("Choose one of the dates that are open for registration"),
            },
            **kwargs,
        )

    @property
    def open_uuids(self) -> list[str]:
        return [key for key in self.by_uuid if key not in self.unavailable]

    def clean(self, value) -> Occurrence:
        """Return the date chosen; raise ``ValidationError`` with the reason if it is closed."""
        key = super().clean(value)
        if key in self.unavailable:
            raise ValidationError(
                gettext("%(reason)s. Choose another date") % {"reason": self.unavailable[key]}
            )
        return self.by_uuid[key]


def of_uuid(text: str) -> Q | None:
    """Return the date of an identifier that was sent, if it is one."""
    try:
        return Q(uuid=UUID(text))
    except ValueError:
        return None


def why_unavailable(page: RegistrationPage, occurrence: Occurrence, *, at: datetime) -> str:
    """Return why nobody can register for ``occurrence`` at ``at``, or nothing."""
    if occurrence.is_cancelled:
        return gettext("This date is cancelled")
    if occurrence.status == Occurrence.Status.POSTPONED:
        return gettext("This date is postponed")
    if not page.is_open(occurrence, at=at):
        opening = page.opening(occurrence)
        return (
            gettext("Registration is not open yet")
            if opening and at < opening
            else gettext("It is closed")
        )
    if places_left(page, occurrence) == 0 and not page.waiting_list and not page.approval:
        return gettext("This date is full")
    return ""


def choice_hint(page: RegistrationPage, occurrence: Occurrence) -> str:
    """Return what to know before choosing ``occurrence``, in bands rather than live numbers."""
    words = []
    if occurrence.status == Occurrence.Status.MOVED_ONLINE:
        words.append(gettext("Held online"))
    if not page.approval:
        if places_left(page, occurrence) == 0:
            words.append(gettext("Full: you can join the waiting list"))
        elif is_nearly_full(page, occurrence):
            words.append(gettext("Few places left"))
    return ". ".join(words)


class RegistrationForm(forms.Form):
    """What every registration form asks; the editor's questions are added to a copy of it."""

    default_renderer = GovukRenderer()
    template_name = "prevent_registrations/includes/form.html"

    name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": _("Enter your full name"), **TOO_LONG},
    )
    email = forms.EmailField(
        label=_("Your email address"),
        max_length=254,
        help_text=_("We send the confirmation to this address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={**EMAIL_ERRORS, **TOO_LONG},
    )
    guests = forms.IntegerField(
        label=_("How many people do you bring with you?"),
        required=False,
        error_messages={"invalid": _("Enter a whole number, like 2")},
    )
    discreet = forms.BooleanField(
        label=_("Leave the event’s name and the calendar file out of emails to me"),
        help_text=_("For example, if somebody else reads your email"),
        required=False,
    )
    consent = forms.BooleanField(error_messages={"required": _("Tick the box to agree")})
    contact_me_by_fax = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        template_name="prevent_content/forms/trap.html",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    submission_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=300)

    def __init__(
        self,
        *args,
        page: RegistrationPage,
        at: datetime | None = None,
        also: Q | None = None,
        **kwargs,
    ):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
        self.page = page
        self.at = at or timezone.now()
        if self.is_bound:
            also = of_uuid(self.data.get(self.add_prefix("occurrence"), ""))
        self.fields["occurrence"] = OccurrenceField(page, at=self.at, also=also)
        self.limit_guests()
        self.questions: list[RegistrationField] = list(page.form_fields.all())
        for name, field in QuestionBuilder(self.questions).formfields.items():
            self.fields[QUESTION_PREFIX + name] = field
        self.fields["consent"].label = page.consent_text
        last = ["discreet", "contact_me_by_fax", "consent", "submission_key"]
        self.order_fields(
            ["occurrence", *[name for name in self.fields if name not in last], *last]
        )
        if not self.is_bound:
            self.fields["submission_key"].initial = form_token.issue(page.pk, at=self.at)

    @property
    def asks_sensitive(self) -> bool:
        return any(question.sensitive for question in self.questions)

    def limit_guests(self) -> None:
        most = self.page.max_guests
        if not most:
            del self.fields["guests"]
            return
        field = self.fields["guests"]
        field.help_text = gettext("Up to %(most)d. Leave it empty if you come alone") % {
            "most": most
        }
        field.validators += [
            MinValueValidator(0, _("Enter 0 or more")),
            MaxValueValidator(most, gettext("Enter %(most)d or fewer") % {"most": most}),
        ]

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip()

    def clean_guests(self) -> int:
        return self.cleaned_data["guests"] or 0

    def clean_contact_me_by_fax(self) -> str:
        if self.cleaned_data["contact_me_by_fax"]:
            self.data = self.data.copy()
            self.data[self.add_prefix("contact_me_by_fax")] = ""
            self.add_error(
                None, gettext("A field that people do not see was filled in. Send the form again")
            )
        return ""

    def clean_submission_key(self) -> str:
        """Return the one-time key inside the token, or ask to send the form again."""
        try:
            return form_token.read(self.cleaned_data["submission_key"], self.page.pk, at=self.at)
        except form_token.TokenError as error:
            if error.renew:
                self.renew_submission_key()
            self.add_error(None, error.message)
            return ""

    def clean(self) -> dict:
        """Drop the answers that do not apply, and insist on those that do."""
        cleaned = super().clean()
        for question in self.questions:
            field = self.fields[QUESTION_PREFIX + question.clean_name]
            condition = getattr(field, "conditional_on", None)
            if condition is None:
                continue
            name = QUESTION_PREFIX + question.clean_name
            other, wanted = condition
            given = cleaned.get(other)
            applies = wanted in given if isinstance(given, list) else given == wanted
            if not applies:
                cleaned[name] = None
                self.errors.pop(name, None)
            elif field.required_when_shown and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, field.error_messages["required"])
        return cleaned

    @property
    def one_time_key(self) -> str:
        """Return the key inside the token that was sent, or nothing if that is not accepted."""
        token = self.data.get(self.add_prefix("submission_key"), "")
        try:
            return form_token.read(token, self.page.pk, at=self.at)
        except form_token.TokenError:
            return ""

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Return (name, value) of all that was sent to this form, to be sent again."""
        return [
            (name, value)
            for name in map(self.add_prefix, self.fields)
            for value in self.data.getlist(name)
        ]

    def renew_submission_key(self) -> None:
        """Give the page that is shown again a token that can be sent."""
        self.data = self.data.copy()
        self.data[self.add_prefix("submission_key")] = form_token.issue(
            self.page.pk, at=self.at, trusted=True
        )

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

    @cached_property
    def fingerprint(self) -> str:
        """Return a keyed hash of what this valid form says, whatever token it came with."""
        said = [
            str(self.cleaned_data["occurrence"].uuid),
            self.cleaned_data["name"],
            self.cleaned_data["email"].lower(),
            self.cleaned_data.get("guests", 0),
            self.cleaned_data["discreet"],
            self.answers(sensitive=False),
            self.answers(sensitive=True),
        ]
        message = json.dumps(said).encode()
        return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()
