"""The form with which an editor gives a date places of its own."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import PlaceCount

LARGEST = 100_000


class CapacityForm(forms.Form):
    """A number of places for one date; empty for the number on the registration page."""

    capacity = forms.IntegerField(
        label=_("Places on this date"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Empty: as many as the registration page says"),
        error_messages={
            "invalid": _("Enter a whole number, like 30, or leave it empty"),
            "min_value": _("Enter 0 or more"),
            "max_value": _("Enter %(limit_value)s or fewer"),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", use_required_attribute=False, **kwargs)


def outcome(count: PlaceCount, promoted: int) -> tuple[str, bool]:
    """Return what setting the capacity has done, in words, and whether to look twice at it."""
    if promoted:
        done = _("%(number)s registrations from the waiting list have got a place.")
        return done % {"number": promoted}, False
    if count.capacity is not None and count.taken > count.capacity:
        over = _(
            "%(taken)s places are taken, %(over)s more than there are now. Nobody is put out: "
            "the number falls as people withdraw, and nobody gets in until then."
        )
        return over % {"taken": count.taken, "over": count.taken - count.capacity}, True
    return "", False
