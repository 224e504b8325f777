"""The forms on a person's own page: change the details, move to another date, ask for the link."""

from datetime import datetime

from django import forms
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from prevent_content.form_rendering import GovukRenderer

from .forms import EMAIL_ERRORS, TOO_LONG, OccurrenceField, RegistrationForm
from .models import Registration
from .questions import QUESTION_PREFIX


class DetailsForm(RegistrationForm):
    """The registration form without who and when: guests and answers."""

    template_name = "prevent_content/forms/form.html"
    left_out = ("occurrence", "name", "email", "consent", "contact_me_by_fax", "submission_key")

    def __init__(self, *args, registration: Registration, at: datetime, **kwargs):
        self.registration = registration
        initial = {"guests": registration.guests, "discreet": registration.discreet}
        for answer in [*registration.answers, *registration.sensitive_answers]:
            value = answer["value"]
            if answer.get("type") == "date":
                value = parse_date(value) or value
            initial[QUESTION_PREFIX + answer["name"]] = value
        super().__init__(*args, page=registration.page, at=at, initial=initial, **kwargs)
        for name in self.left_out:
            self.fields.pop(name, None)

    def answers(self, *, sensitive: bool) -> list[dict]:
        """Return the answers given now, and those to questions that are no longer asked."""
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


class LinkForm(forms.Form):
    """Where the link to a registration is to be sent."""

    default_renderer = GovukRenderer()

    email = forms.EmailField(
        label=_("The email address you registered with"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={**EMAIL_ERRORS, **TOO_LONG},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
