"""The public form about a page."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from ..forms import TOO_LONG
from ..guarded_forms import GuardedForm
from ..questions import several_lines


class FeedbackForm(GuardedForm):
    """Whether a page was useful, and why; who asks is not asked."""

    useful = forms.ChoiceField(
        label=_("Was the page useful?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Say whether the page was useful"),
            "invalid_choice": _("Say whether the page was useful"),
        },
    )
    comment = forms.CharField(
        label=_("What should we know?"),
        max_length=500,
        required=False,
        help_text=_("Do not write your name or anything else that tells who you are"),
        validators=[several_lines],
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=TOO_LONG,
    )
    # The version that was public when the form was opened.
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, page: Page, at: datetime, **kwargs):
        # The key of the page itself is that of its registration form, if it is one.
        self.form_key = -page.pk
        super().__init__(*args, at=at, initial={"version": page.live_revision_id}, **kwargs)
