"""Filters of the registrations list that people come back to, each their own."""

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from wagtail.admin import messages

from ..models import SavedFilter
from .base import ReviewView
from .filters import RegistrationFilterSet
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

    Only what the list can be asked is saved of ``query``, and no word that was searched for.
    """
    filters = RegistrationFilterSet(QueryDict(query), user=user)
    clean_query = filters.query_to_save if filters.is_valid() else ""
    own = SavedFilter.objects.filter(user=user)
    if own.exclude(name=name).count() >= AT_MOST:
        return None
    if opens:
        own.update(opens=False)
    saved, _ = own.update_or_create(
        user=user,
        name=name,
        defaults={"query": clean_query, "opens": opens and bool(clean_query)},
    )
    return saved


class SaveFilterView(ReviewView):
    """Save the filter that the list was showing, then show the list with it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SavedFilterForm(request.POST)
        if not form.is_valid():
            for errors in form.errors.values():
                messages.error(request, f"The filter was not saved. {errors[0]}")
            return redirect(self.index_url)
        saved = save(request.user, **form.cleaned_data)
        if saved is None:
            messages.error(
                request, f"You have {AT_MOST} filters. Delete one before you save another"
            )
            return redirect(self.index_url)
        messages.success(request, "The filter was saved.")
        return redirect(f"{self.index_url}?{saved.query}")


class DeleteFilterView(ReviewView):
    """Delete one of one's own filters."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(request.user.registration_filters, pk=pk).delete()
        messages.success(request, "The filter was deleted.")
        return redirect(f"{self.index_url}?o=-received")
