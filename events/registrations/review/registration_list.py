"""The registrations list: its columns, and which rows are new to the reader."""

from datetime import datetime

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from .. import permissions
from ..models import AccessRecord, Registration, RegistrationChange
from ..models.registration import RegistrationQuerySet
from .base import ListColumn, ReviewListView
from .bulk_actions import BulkActionForm
from .filters import ORDERS, RegistrationFilterSet, reads_by
from .saved_filters import SavedFilterForm, opening_filter

NEW, CHANGED = "New", "Changed"
SHOWN = (
    "reference",
    "name",
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
    """Return, by key, which of ``rows`` is ``New`` or ``Changed`` by the person to ``user``.

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
    """Search, filter, sort, tick; opened without parameters, the reader's own opening filter."""

    template_name = "prevent_registrations/review/registration_list.html"
    filterset_class = RegistrationFilterSet
    columns = [
        ListColumn("tick", "Tick", classname="review-table__tick"),
        ListColumn("reference", "Reference", sort_key="reference"),
        ListColumn("name", "Name", sort_key="name"),
        ListColumn("date", "Event and date", sort_key="date"),
        ListColumn("status", "Status", sort_key="status"),
        ListColumn("received", "Received", sort_key="received", newest_first=True),
        ListColumn("assigned", "Assigned to"),
        ListColumn("flags", "Flags"),
    ]

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.saved_filters = request.user.registration_filters.all()
        if not request.GET and (query := opening_filter(self.saved_filters)):
            return redirect(f"{self.index_url}?{query}")
        return super().get(request, *args, **kwargs)

    def get_base_queryset(self) -> RegistrationQuerySet:
        return self.filters.queryset.select_related("occurrence", "assigned_to").only(*SHOWN)

    def get_ordering(self) -> str:
        return self.filters.order

    def order_queryset(self, queryset: RegistrationQuerySet) -> RegistrationQuerySet:
        return queryset.order_by(*ORDERS[self.ordering])

    def get_rows(self, page: list[Registration]) -> list[Registration]:
        marks = unread_marks(page, self.request.user)
        for row in page:
            row.unread = marks.get(row.pk, "")
        AccessRecord.record(self.request.user, AccessRecord.Act.LISTED, count=len(page))
        return page

    def get_context_data(self, **kwargs) -> dict:
        user, filters = self.request.user, self.filters
        return super().get_context_data(
            query=filters.query,
            query_to_save=filters.query_to_save,
            saved_filters=self.saved_filters,
            save_form=SavedFilterForm(initial={"query": filters.query_to_save}),
            action_form=BulkActionForm(user=user, initial={"filter": filters.query}),
            may_export=permissions.may(user, permissions.EXPORT),
            **{
                f"{screen}_url": self.address(screen)
                for screen in ("dates", "bulk", "export", "save_filter")
            },
            **kwargs,
        )
