"""What the forms of all acts on a date have in common."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Occurrence, OccurrenceChange

Status = Occurrence.Status


class DateActForm(forms.Form):
    """An act on ``occurrence``. A subclass for each act says what differs.

    ``sequence`` is that of the date when it was shown, so that a date which has changed since
    is not changed by somebody who has not seen that.
    """

    slug = ""
    # On the button that leads to the form, over the form, and on the button that does it.
    label = heading = submit_label = ""
    done = ""
    recorded_as: tuple[str, ...] = ()

    sequence = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=250,
        help_text=gettext_lazy(
            "The public sees it beside the date, and the people who are registered read it in "
            "an email. Do not name anybody"
        ),
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-field__autosize"}),
        error_messages={
            "required": gettext_lazy("Enter a reason. The public sees it"),
            "max_length": gettext_lazy(
                "Enter a reason of %(limit_value)d characters or fewer. It has %(show_value)d"
            ),
        },
    )

    def __init__(self, data=None, *, occurrence: Occurrence, at: datetime):
        super().__init__(
            data,
            initial={"sequence": occurrence.sequence},
            label_suffix="",
            use_required_attribute=False,
        )
        self.occurrence = occurrence
        self.at = at

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        """Return why the act makes no sense for ``occurrence``; "" if it does."""
        if occurrence.has_ended(at=at) and occurrence.status != Status.POSTPONED:
            return _("This date has taken place: it can no longer be changed")
        return ""

    @property
    def is_current(self) -> bool:
        """Whether the date is still as it was when the form was shown."""
        return self.cleaned_data.get("sequence") == self.occurrence.sequence

    def clean_reason(self) -> str:
        return " ".join(self.cleaned_data["reason"].split())

    def consequences(self) -> list[str]:
        """Return in sentences what will be different, for a form that is valid."""
        raise NotImplementedError

    def perform(self, occurrence: Occurrence, *, by) -> OccurrenceChange:
        raise NotImplementedError

    def is_done(self, current: Occurrence, change: OccurrenceChange) -> bool:
        """Whether ``change``, the last one, left ``current`` as this form asks for."""
        return change.act in self.recorded_as and change.reason == self.cleaned_data["reason"]
