"""The public form for a complaint."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prevent_content.form_rendering import GovukRenderer

from .. import form_token
from ..forms import EMAIL_ERRORS, TOO_LONG
from ..questions import one_line

# Stands where a registration page's key stands in a form's token; no page has it.
FORM_KEY = 0


class ComplaintForm(forms.Form):
    """Who complains, where the answer goes, and what it is about. Nothing else is asked."""

    default_renderer = GovukRenderer()

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
        help_text=_("We send the reference and our answer to this address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={**EMAIL_ERRORS, **TOO_LONG},
    )
    text = forms.CharField(
        label=_("What is your complaint?"),
        max_length=5000,
        help_text=_(
            "Say what happened, and what you would like us to do. If it is about a "
            "registration, give its reference if you have it"
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Enter your complaint"), **TOO_LONG},
    )
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
        if not self.is_bound:
            self.fields["submission_key"].initial = form_token.issue(FORM_KEY, at=at)

    def clean_contact_me_by_fax(self) -> str:
        if self.cleaned_data["contact_me_by_fax"]:
            self.data = self.data.copy()
            self.data["contact_me_by_fax"] = ""
            self.add_error(
                None, gettext("A field that people do not see was filled in. Send the form again")
            )
        return ""

    def clean_submission_key(self) -> str:
        """Return the one-time key inside the token, or ask to send the form again."""
        try:
            return form_token.read(self.cleaned_data["submission_key"], FORM_KEY, at=self.at)
        except form_token.TokenError as error:
            if error.renew:
                self.data = self.data.copy()
                self.data["submission_key"] = form_token.issue(FORM_KEY, at=self.at, trusted=True)
            self.add_error(None, error.message)
            return ""
