"""The guards of a public form against programs: a trap, and a one-time token that takes time."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prevent_content.form_rendering import GovukRenderer

from . import form_token


class GuardedForm(forms.Form):
    """A form whose ``submission_key`` is good once; ``form_key`` tells what it is a form of."""

    default_renderer = GovukRenderer()
    form_key = 0

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
        guards = ["contact_me_by_fax", "submission_key"]
        self.order_fields([*[name for name in self.fields if name not in guards], *guards])
        if not self.is_bound:
            self.fields["submission_key"].initial = form_token.issue(self.form_key, at=at)

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
            return form_token.read(self.cleaned_data["submission_key"], self.form_key, at=self.at)
        except form_token.TokenError as error:
            if error.renew:
                self.data = self.data.copy()
                self.data["submission_key"] = form_token.issue(
                    self.form_key, at=self.at, trusted=True
                )
            self.add_error(None, error.message)
            return ""
