"""The base of every public form: honeypot, one-time token and limits, and contact fields."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prevent_content.cleaned_forms import CleanedTextMixin
from prevent_content.conf import setting
from prevent_content.form_rendering import GovukRenderer
from prevent_content.visitor_marks import MAKERS

from . import limits
from .questions import one_line

SALT = "prevent_registrations.form"
LONGEST = timedelta(hours=24)
EMAIL_ERRORS = {
    "required": _("Enter your email address"),
    "invalid": _("Enter an email address in the correct format, like name@example.com"),
}
TOO_LONG = {"max_length": _("Enter this in %(limit_value)d characters or fewer")}


class MailboxField(forms.EmailField):
    """An email address that every mail server takes: says why if it is another."""

    default_error_messages = {
        "international": _(
            "We cannot send email to an address with letters like “é” before the @. "
            "Enter another email address"
        )
    }

    def run_validators(self, value: str) -> None:
        local, at, domain = value.rpartition("@")
        if at and domain and not local.isascii():
            raise ValidationError(self.error_messages["international"], code="international")
        super().run_validators(value)


@dataclass
class TokenError(Exception):
    """A rejected token: the person gets the form back with their answers.

    ``renew`` is whether the form shown again needs a new token.
    """

    message: str
    renew: bool


def issue_token(form_key: int | str, *, at: datetime, trusted: bool = False) -> str:
    """Return a signed token for the form ``form_key``, shown at ``at``, with a one-time key.

    ``trusted`` is for a form shown again, when someone only has to press the button.
    """
    shown_at = at - quickest() if trusted else at
    return signing.dumps(
        [form_key, secrets.token_urlsafe(18), int(shown_at.timestamp())], salt=SALT
    )


def new_token(form_key: int | str) -> str:
    """Return a token for the form ``form_key``, which is shown now."""
    return issue_token(form_key, at=timezone.now())


MAKERS["form token"] = new_token


def quickest() -> timedelta:
    """Return the shortest time in which a person can fill in a form."""
    seconds = setting("REGISTRATION_QUICKEST_SECONDS")
    return timedelta(seconds=seconds)


def read_token(token: str, form_key: int | str, *, at: datetime) -> str:
    """Return the one-time key of ``token``.

    Raises ``TokenError`` if the token is forged, for another form, older than a day or from the
    future, or if the form came back faster than a person can answer.
    """
    try:
        token_form, key, shown_at = signing.loads(token, salt=SALT)
        age = timedelta(seconds=at.timestamp() - shown_at)
    except (signing.BadSignature, ValueError, TypeError):
        raise TokenError(gettext("Check your answers and send the form again"), True) from None
    # A negative age means our clock was fast when the form was shown.
    if token_form != form_key or age < timedelta():
        raise TokenError(gettext("Check your answers and send the form again"), True)
    if age > LONGEST:
        raise TokenError(
            gettext("This form was open for more than a day. Check your answers and send it again"),
            True,
        )
    if age < quickest():
        raise TokenError(
            gettext("That was very quick. Check your answers and send the form again"), False
        )
    return key


class GuardedForm(CleanedTextMixin, forms.Form):
    """A public form whose ``submission_key`` works once.

    ``form_key`` is the form a token was issued for, ``kind`` the group of forms it is counted with.
    ``sends_email`` also limits how often one email address may be entered.
    """

    default_renderer = GovukRenderer()
    form_key: int | str = 0
    kind = "registration"
    sends_email = False

    contact_me_by_fax = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        template_name="prevent_content/forms/trap.html",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    submission_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=300)

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
        self.at = at
        self.put_last("contact_me_by_fax", "submission_key")
        if not self.is_bound:
            self.fields["submission_key"].initial = issue_token(self.form_key, at=at)

    def put_last(self, *names: str) -> None:
        self.order_fields([*[name for name in self.fields if name not in names], *names])

    def clean_contact_me_by_fax(self) -> str:
        if self.cleaned_data["contact_me_by_fax"]:
            self.replace_value("contact_me_by_fax", "")
            self.add_error(
                None,
                gettext(
                    "Sorry, we could not accept your form. Check your answers and send it again"
                ),
            )
        return ""

    def clean_submission_key(self) -> str:
        """Return the one-time key in the token, or ask to send the form again."""
        try:
            return read_token(self.cleaned_data["submission_key"], self.form_key, at=self.at)
        except TokenError as error:
            if error.renew:
                self.renew_submission_key()
            self.add_error(None, error.message)
            return ""

    @property
    def one_time_key(self) -> str:
        """Return the key in the submitted token, or "" if it was rejected."""
        token = self.data.get(self.add_prefix("submission_key"), "")
        try:
            return read_token(token, self.form_key, at=self.at)
        except TokenError:
            return ""

    def renew_submission_key(self) -> None:
        """Give the form shown again a token that works."""
        token = issue_token(self.form_key, at=self.at, trusted=True)
        self.replace_value("submission_key", token)

    def exceeds_limits(self, request: HttpRequest) -> bool:
        """Count this valid form; return whether its sender has now exceeded a limit."""
        if limits.is_too_many(request, at=self.at, form=self.kind):
            return True
        email = self.cleaned_data["email"] if self.sends_email else ""
        return bool(email) and limits.is_too_many_for(email, at=self.at, form=self.kind)


class ContactForm(GuardedForm):
    """A public form with the sender's name and email address."""

    name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": _("Enter your full name"), **TOO_LONG},
    )
    email = MailboxField(
        label=_("Your email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={**EMAIL_ERRORS, **TOO_LONG},
    )
