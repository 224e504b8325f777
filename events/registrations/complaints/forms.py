"""The public form for a complaint."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..forms import EMAIL_ERRORS, TOO_LONG
from ..guarded_forms import GuardedForm
from ..questions import one_line

# Stands where a registration page's key stands in a form's token; no page has it.
FORM_KEY = 0


class ComplaintForm(GuardedForm):
    """Who complains, where the answer goes, and what it is about. Nothing else is asked."""

    form_key = FORM_KEY
    sends_email = True

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
