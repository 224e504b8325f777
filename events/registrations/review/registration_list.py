"""The registrations list: columns, rows that are new to the reader, and saved filters."""

from datetime import datetime

from django import forms
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from wagtail.admin import messages

from .. import permissions
from ..models import AccessRecord, Registration, RegistrationChange, SavedFilter
from ..models.registration import RegistrationQuerySet
from .base import ListColumn, ReviewListView, ReviewView
from .bulk_actions import BulkActionForm
from .filters import ORDERS, RegistrationFilterSet, reads_by
from .forms import ReviewForm

NEW, CHANGED = "New", "Changed"
MOST_SAVED_FILTERS = 20
ALWAYS_SHOWN = ("tick", "reference", "name", "date", "status")
SHOWN = (
    "reference",
    "name",
    "guests",
    "status",
    "received_at",
    "concern_since",
    "discreet",
    "assigned_to__username",
    "assigned_to__first_name",
    "assigned_to__last_name",
    "occurrence__title",
    "occurrence__starts_at",
    "occurrence__ends_at",
    "occurrence__status",
)


def unread_marks(rows: list[Registration], user) -> dict[int, str]:
    """Return by key which of ``rows`` are new to ``user`` or changed by the person.

    Two queries, however many rows.
    """
    keys = [row.pk for row in rows]
    read: dict[int, datetime] = dict(
        reads_by(user)
        .filter(registration_pk__in=keys)
        .values_list("registration_pk")
        .annotate(last=Max("at"))
    )
    changed: dict[int, datetime] = dict(
        RegistrationChange.objects.filter(registration__in=keys, by=None)
        .values_list("registration")
        .annotate(last=Max("at"))
        .order_by()
    )
    marks = {key: NEW for key in keys if key not in read}
    marks |= {key: CHANGED for key, at in changed.items() if key in read and at > read[key]}
    return marks


class RegistrationIndexView(ReviewListView):
    """Search, filter, sort, tick; without parameters, the reader's own opening filter."""

    template_name = "prevent_registrations/review/registration_list.html"
    filterset_class = RegistrationFilterSet
    all_columns = [
        ListColumn("tick", "Tick", classname="review-table__tick"),
        ListColumn("reference", "Reference", sort_key="reference"),
        ListColumn("name", "Name", sort_key="name"),
        ListColumn("date", "Event and date", sort_key="date"),
        ListColumn("status", "Status", sort_key="status"),
        ListColumn("guests", "Guests"),
        ListColumn("received", "Received", sort_key="received", newest_first=True),
        ListColumn("assigned", "Assigned to"),
        ListColumn("flags", "Flags"),
    ]

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.saved_filters = request.user.registration_filters.all()
        if not request.GET and (query := opening_filter(self.saved_filters)):
            return redirect(f"{self.index_url}?{query}")
        return super().get(request, *args, **kwargs)

    @property
    def columns(self) -> list[ListColumn]:
        shown = {*ALWAYS_SHOWN, *self.filters.shown_columns}
        return [column for column in self.all_columns if column.name in shown]

    def get_base_queryset(self) -> RegistrationQuerySet:
        return self.filters.queryset.select_related("occurrence", "assigned_to").only(*SHOWN)

    def get_ordering(self) -> str:
        return self.filters.order

    def order_queryset(self, queryset: RegistrationQuerySet) -> RegistrationQuerySet:
        return queryset.order_by(*ORDERS[self.ordering])

    def get_rows(self, page: list[Registration]) -> list[Registration]:
        marks = unread_marks(page, self.request.user)
        ticked = self.filters.form.cleaned_data["registration"]
        for row in page:
            row.unread = marks.get(row.pk, "")
            row.is_ticked = row.pk in ticked
        AccessRecord.record(
            self.request.user,
            AccessRecord.Action.LISTED,
            count=len(page),
            seen=[row.pk for row in page],
        )
        return page

    def get_context_data(self, **kwargs) -> dict:
        user, filters = self.request.user, self.filters
        return super().get_context_data(
            query=filters.query,
            shown=filters.shown_columns,
            query_to_save=filters.query_to_save,
            saved_filters=self.saved_filters,
            save_form=SavedFilterForm(initial={"query": filters.query_to_save}),
            action_form=BulkActionForm(user=user, initial={"filter": filters.query}),
            may_add=permissions.may(user, permissions.DECIDE),
            may_export=permissions.may(user, permissions.EXPORT),
            **{
                f"{screen}_url": self.address(screen)
                for screen in ("dates", "add_person", "bulk", "export", "save_filter")
            },
            **kwargs,
        )


class SavedFilterForm(ReviewForm):
    """A name for the list's current filter."""

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
    """Return the opening filter among ``saved`` as a query string, or ""."""
    return next((each.query for each in saved if each.opens), "")


@transaction.atomic
def save(user, *, name: str, query: str, opens: bool) -> SavedFilter | None:
    """Save a filter under ``name``, replacing one of that name; None if there are too many.

    Of ``query`` only the list's filters are saved, without search words.
    """
    filters = RegistrationFilterSet(QueryDict(query), user=user)
    clean_query = filters.query_to_save if filters.is_valid() else ""
    own = SavedFilter.objects.filter(user=user)
    if own.exclude(name=name).count() >= MOST_SAVED_FILTERS:
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
    """Save the list's current filter, then show the list with it."""

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
                request,
                f"You have {MOST_SAVED_FILTERS} filters. Delete one before you save another",
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
