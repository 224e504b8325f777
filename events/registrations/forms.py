"""The public registration forms: to register, change, move, and find a booking again."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events.models import Occurrence
from prevent_content.form_rendering import GovukRenderer

from .availability import choice_hint, why_unavailable
from .guarded_forms import EMAIL_ERRORS, TOO_LONG, ContactForm, GuardedForm, MailboxField
from .limits import network_for
from .models import Registration, RegistrationField, RegistrationPage
from .places import capacity_of
from .questions import QUESTION_PREFIX, QuestionBuilder, answer_texts, json_value
from .submissions import Submission


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One question of the form, its answer, and where to change it."""

    label: str
    texts: list[str]
    target: str


class OccurrenceField(forms.ChoiceField):
    """One of a form's dates. Unavailable ones are shown with the reason.

    ``also`` is a date further ahead than those always shown.
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
                "invalid_choice": _("Choose a date that is open for booking"),
            },
            **kwargs,
        )

    @property
    def days(self) -> set[date]:
        """Return the London dates that are shown, available or not."""
        return {row.starts_on for row in self.by_uuid.values()}

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
    """Return the date with the submitted identifier, if there is one."""
    try:
        return Q(uuid=UUID(text))
    except ValueError:
        return None


class RegistrationForm(ContactForm):
    """The questions of every registration form; the editor's own are added to a copy."""

    template_name = "prevent_registrations/includes/form.html"

    guests = forms.IntegerField(
        label=_("How many guests are you bringing?"),
        required=False,
        error_messages={"invalid": _("Enter a whole number, like 2")},
    )
    discreet = forms.BooleanField(
        label=_("Leave the event’s name and the calendar file out of emails to me"),
        help_text=_("For example, if someone else reads your email"),
        required=False,
    )
    consent = forms.BooleanField(
        help_text=_(
            "Tick this if you have told us about your needs. To withdraw your consent at any time, "
            "delete your answer."
        ),
        required=False,
    )

    def __init__(
        self,
        *args,
        page: RegistrationPage,
        at: datetime | None = None,
        also: Q | None = None,
        **kwargs,
    ):
        self.page = page
        self.form_key = page.pk
        super().__init__(*args, at=at or timezone.now(), **kwargs)
        if self.is_bound:
            also = of_uuid(self.data.get(self.add_prefix("occurrence"), ""))
        self.fields["occurrence"] = OccurrenceField(page, at=self.at, also=also)
        self.limit_guests()
        self.questions: list[RegistrationField] = list(page.form_fields.all())
        for name, field in QuestionBuilder(self.questions).formfields.items():
            self.fields[QUESTION_PREFIX + name] = field
        self.fields["email"].help_text = _("We’ll send your confirmation to this address")
        self.put_last("discreet", "contact_me_by_fax", "submission_key")
        self.place_consent()
        self.order_fields(["occurrence"])

    @property
    def asks_sensitive(self) -> bool:
        return any(question.sensitive for question in self.questions)

    def place_consent(self) -> None:
        """Put the consent question after the last sensitive one, or leave it out."""
        sensitive = [
            QUESTION_PREFIX + (row.clean_name or row.get_field_clean_name())
            for row in self.questions
            if row.sensitive
        ]
        if not sensitive:
            del self.fields["consent"]
            return
        self.fields["consent"].label = self.page.consent_text
        self.fields["consent"].required_when_shown = True
        names = [name for name in self.fields if name != "consent"]
        names.insert(names.index(sensitive[-1]) + 1, "consent")
        self.order_fields(names)

    def limit_guests(self) -> None:
        most = self.page.max_guests
        if not most:
            del self.fields["guests"]
            return
        field = self.fields["guests"]
        field.help_text = gettext(
            "Up to %(most)d. Leave blank if you are coming alone. "
            "Guests with access or dietary needs should book their own place."
        ) % {"most": most}
        field.validators += [
            MinValueValidator(0, _("Enter 0 or more")),
            MaxValueValidator(most, gettext("Enter %(most)d or fewer") % {"most": most}),
        ]

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip()

    def clean_guests(self) -> int:
        return self.cleaned_data["guests"] or 0

    def clean(self) -> dict:
        """Drop answers that do not apply, and require those that do."""
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
        self.require_party_to_fit(cleaned)
        self.require_consent()
        return cleaned

    def require_consent(self) -> None:
        """Require explicit consent to sensitive answers (UK GDPR, Article 9(2)(a))."""
        answered = self.answers(sensitive=True)
        if answered and not self.cleaned_data.get("consent") and "consent" in self.fields:
            self.add_error(
                "consent",
                gettext("Tick the box if you agree, or delete your answer to “%(label)s”")
                % {"label": answered[0]["label"]},
            )

    def require_party_to_fit(self, cleaned: dict) -> None:
        """Refuse a party too large to fit even if everyone cancelled."""
        occurrence, guests = cleaned.get("occurrence"), cleaned.get("guests")
        capacity = capacity_of(occurrence, self.page) if occurrence else None
        if not guests or capacity is None or 1 + guests <= capacity:
            return
        self.add_error(
            "guests",
            ngettext(
                "This date has %(places)d place in total. Book for %(places)d person or fewer, "
                "including you",
                "This date has %(places)d places in total. Book for %(places)d people or fewer, "
                "including you",
                capacity,
            )
            % {"places": capacity},
        )

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Return (name, value) of everything sent to this form, to be sent again."""
        return [
            (name, value)
            for name in map(self.add_prefix, self.fields)
            for value in self.data.getlist(name)
        ]

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

    def submission(self, request: HttpRequest | None = None) -> Submission:
        """Return the contents of this valid form, and where ``request`` came from."""
        occurrence = self.cleaned_data["occurrence"]
        return Submission(
            network=network_for(request, occurrence, at=self.at) if request else "",
            key=self.cleaned_data["submission_key"],
            page=self.page,
            occurrence=occurrence,
            name=self.cleaned_data["name"],
            email=self.cleaned_data["email"],
            guests=self.cleaned_data.get("guests", 0),
            discreet=self.cleaned_data["discreet"],
            answers=self.answers(sensitive=False),
            sensitive_answers=self.answers(sensitive=True),
        )

    def rows_to_check(self) -> list[SummaryRow]:
        """Return this valid form's answers in order, without those that do not apply."""
        rows = []
        for bound in self.visible_fields():
            if bound.name in ("consent", "contact_me_by_fax"):
                continue
            value = self.cleaned_data.get(bound.name)
            if bound.name == "occurrence":
                texts = [value.when]
            elif bound.name == "guests":
                texts = [str(value)] if value else [gettext("None")]
            elif isinstance(value, bool):
                texts = [gettext("Yes") if value else gettext("No")]
            else:
                condition = getattr(bound.field, "conditional_on", None)
                if condition and value in (None, "", []):
                    continue
                texts = answer_texts(value) or [gettext("Not answered")]
            rows.append(SummaryRow(str(bound.label), texts, getattr(bound, "first_input_id", "")))
        return rows


class DetailsForm(RegistrationForm):
    """The registration form without name, email and date: guests and answers."""

    template_name = "prevent_content/forms/form.html"
    left_out = ("occurrence", "name", "email", "contact_me_by_fax", "submission_key")

    def __init__(self, *args, registration: Registration, at: datetime, **kwargs):
        self.registration = registration
        initial = {
            "guests": registration.guests,
            "discreet": registration.discreet,
            "consent": bool(registration.consent_text),
        }
        for answer in [*registration.answers, *registration.sensitive_answers]:
            value = answer["value"]
            if answer.get("type") == "date":
                value = parse_date(value) or value
            initial[QUESTION_PREFIX + answer["name"]] = value
        super().__init__(*args, page=registration.page, at=at, initial=initial, **kwargs)
        for name in self.left_out:
            self.fields.pop(name, None)

    def answers(self, *, sensitive: bool) -> list[dict]:
        """Return the current answers, and those to questions no longer asked."""
        asked = {question.clean_name for question in self.questions}
        kept = self.registration.sensitive_answers if sensitive else self.registration.answers
        return [
            *super().answers(sensitive=sensitive),
            *(answer for answer in kept if answer["name"] not in asked),
        ]


class MoveForm(forms.Form):
    """The dates to move to, as the registration form shows them."""

    default_renderer = GovukRenderer()

    def __init__(self, *args, registration: Registration, at: datetime, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
        field = OccurrenceField(registration.page, at=at)
        field.label = _("Which date do you want to come to instead?")
        present = str(registration.occurrence.uuid)
        field.choices = [choice for choice in field.choices if choice[0] != present]
        self.fields["occurrence"] = field

    @property
    def has_choice(self) -> bool:
        """Whether there is a date to move to."""
        field = self.fields["occurrence"]
        return any(key in field.open_uuids for key, _label in field.choices)


class NameForm(GuardedForm):
    """A person's own name, corrected."""

    form_key = kind = "name"

    name = ContactForm.base_fields["name"]


class AddressForm(GuardedForm):
    """A person's new email address."""

    form_key = kind = "new address"
    sends_email = True

    email = MailboxField(
        label=_("Your new email address"),
        help_text=_("We’ll send a link to it. The address changes once you have used the link."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={**EMAIL_ERRORS, **TOO_LONG},
    )


class LinkForm(GuardedForm):
    """Where to send the link to a registration."""

    form_key = kind = "link"
    sends_email = True

    email = MailboxField(
        label=_("The email address you booked with"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={**EMAIL_ERRORS, **TOO_LONG},
    )
