"""Filters that people come back to, each their own."""

from django import forms
from django.db import transaction
from django.http import QueryDict

from ..models import SavedFilter
from .filters import RegistrationFilterForm
from .forms import ReviewForm

AT_MOST = 20


class SavedFilterForm(ReviewForm):
    """A name for the filter that the list is showing."""

    query = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    name = forms.CharField(
        label="Name of this filter",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Words from the search box are not saved",
        error_messages={"required": "Enter a name for the filter"},
    )
    opens = forms.BooleanField(label="Open the list with it", required=False)


def opening_filter(saved) -> str:
    """Return the filter among ``saved`` that the list opens with, as in an address, or nothing."""
    return next((each.query for each in saved if each.opens), "")


@transaction.atomic
def save(user, *, name: str, query: str, opens: bool) -> SavedFilter | None:
    """Save a filter under ``name``, in place of one of that name; None if there are too many.

    Of ``query``, only what the list can be asked is saved, and no word that was searched for.
    """
    asked = RegistrationFilterForm(QueryDict(query), user=user)
    kept = asked.query_to_keep if asked.is_valid() else ""
    mine = SavedFilter.objects.filter(user=user)
    if mine.exclude(name=name).count() >= AT_MOST:
        return None
    if opens:
        mine.update(opens=False)
    saved, _ = mine.update_or_create(
        user=user, name=name, defaults={"query": kept, "opens": opens and bool(kept)}
    )
    return saved
