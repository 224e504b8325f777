"""The screens for the dates of events: lists of dates, and one action on one date."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from django_filters import ChoiceFilter
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.generic import BaseListingView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from ..actions import OccurrenceActionError
from ..models import EventPage, Occurrence
from ..models.occurrences import OccurrenceQuerySet
from ..signals import count_people
from .action_forms import (
    CancelForm,
    ChangeVenueForm,
    MoveOnlineForm,
    OccurrenceActionForm,
    ReinstateForm,
    StaleOccurrence,
    perform,
)
from .permissions import may_change_any_dates, may_change_dates, pages_for
from .postpone_form import PostponeForm
from .wording import people_are_being_told, people_will_be_told

COMING, PAST = "coming", "past"
ACTION_FORMS: dict[str, type[OccurrenceActionForm]] = {
    form.slug: form
    for form in (CancelForm, PostponeForm, MoveOnlineForm, ChangeVenueForm, ReinstateForm)
}


def offered(occurrence: Occurrence, *, at: datetime) -> list[type[OccurrenceActionForm]]:
    """Return the forms of the actions that make sense for ``occurrence``."""
    return [form for form in ACTION_FORMS.values() if not form.obstacle(occurrence, at=at)]


def refused(request: HttpRequest) -> HttpResponse:
    """Answer 403 with a sentence: Wagtail's own refusal is a redirect that looks like success."""
    return TemplateResponse(request, "prevent_events/admin/refused.html", status=403)


class DateFilterSet(WagtailFilterSet):
    """Coming dates, and those awaiting a new date; past dates on request."""

    when = ChoiceFilter(
        label=gettext_lazy("When"),
        method="filter_when",
        choices=[
            (COMING, gettext_lazy("Coming, or waiting for a new date")),
            (PAST, gettext_lazy("Past")),
        ],
        empty_label=None,
        initial=COMING,
    )
    status = ChoiceFilter(
        label=gettext_lazy("Status"),
        choices=Occurrence.Status.choices,
        empty_label=gettext_lazy("All"),
    )

    class Meta:
        model = Occurrence
        fields = ["when", "status"]

    def __init__(self, data=None, *args, **kwargs):
        data = data.copy() if data is not None else {}
        data.setdefault("when", COMING)
        super().__init__(data, *args, **kwargs)

    def filter_when(self, rows: OccurrenceQuerySet, name: str, value: str) -> OccurrenceQuerySet:
        now = timezone.now()
        if value == PAST:
            return rows.past(at=now).exclude(status=Occurrence.Status.POSTPONED)
        open_ended = Q(status=Occurrence.Status.POSTPONED)
        return rows.filter(Q(ends_at__gt=now) | open_ended).order_by("starts_at", "id")


class WhenColumn(BaseColumn):
    cell_template_name = "prevent_events/admin/when_cell.html"


class StatusColumn(BaseColumn):
    cell_template_name = "prevent_events/admin/status_cell.html"


class ActionsColumn(BaseColumn):
    cell_template_name = "prevent_events/admin/actions_cell.html"


class PlainColumn(Column):
    cell_template_name = "prevent_events/admin/plain_cell.html"


class EventColumn(BaseColumn):
    cell_template_name = "prevent_events/admin/event_cell.html"


class OccurrenceListView(BaseListingView):
    """The dates of all events that the user may change."""

    model = Occurrence
    template_name = "prevent_events/admin/dates.html"
    results_template_name = "prevent_events/admin/dates_results.html"
    page_title = gettext_lazy("Event dates")
    header_icon = "calendar-alt"
    verbose_name_plural = gettext_lazy("dates")
    filterset_class = DateFilterSet
    is_searchable = True
    search_fields = ["title"]
    table_classname = "listing date-listing"
    paginate_by = 50
    index_url_name = "prevent_event_dates:index"
    index_results_url_name = "prevent_event_dates:index_results"

    columns = [
        WhenColumn("when", label=gettext_lazy("Date")),
        EventColumn("event", label=gettext_lazy("Event")),
        StatusColumn("status", label=gettext_lazy("Status")),
        PlainColumn("place", label=gettext_lazy("Where"), accessor="place_in_words"),
        PlainColumn("people", label=gettext_lazy("People registered")),
        ActionsColumn("actions", label=gettext_lazy("Change")),
    ]

    def dispatch(self, request, *args, **kwargs):
        if not self.is_allowed():
            return refused(request)
        return super().dispatch(request, *args, **kwargs)

    def is_allowed(self) -> bool:
        return may_change_any_dates(self.request.user)

    def get_base_queryset(self) -> OccurrenceQuerySet:
        pages = pages_for(self.request.user)
        return Occurrence.objects.filter(event__in=pages.values("pk")).for_display()

    def get_context_data(self, *args, **kwargs) -> dict:
        context = super().get_context_data(*args, **kwargs)
        now = timezone.now()
        rows = list(context["object_list"])
        people = count_people([row.pk for row in rows])
        for row in rows:
            row.people = people[row.pk]
            row.place_in_words = row.place.name if row.place else _("Online")
            row.action_links = [
                (
                    form.label,
                    reverse("prevent_event_dates:action", args=[row.event_id, row.uuid, form.slug]),
                )
                for form in offered(row, at=now)
            ]
        context["object_list"] = rows
        context["table"] = self.get_table(rows)
        return context

    def render_to_response(self, context, **kwargs):
        if self.filters and not self.filters.is_valid():
            kwargs["status"] = 400
        return super().render_to_response(context, **kwargs)


class EventOccurrenceListView(OccurrenceListView):
    """The dates of one event."""

    is_searchable = False
    columns = [column for column in OccurrenceListView.columns if column.name != "event"]

    @cached_property
    def event(self) -> EventPage:
        return get_object_or_404(EventPage, id=self.kwargs["page_id"])

    def is_allowed(self) -> bool:
        return may_change_dates(self.request.user, self.event)

    def get_base_queryset(self) -> OccurrenceQuerySet:
        return self.event.dates.for_display()

    def get_page_title(self) -> str:
        return _("Dates")

    def get_page_subtitle(self) -> str:
        return self.event.get_admin_display_title()

    def get_breadcrumbs_items(self) -> list[dict]:
        return [*event_breadcrumbs(self.event), {"url": "", "label": self.get_header_title()}]

    def get_index_url(self) -> str:
        return reverse("prevent_event_dates:event", args=[self.event.pk])

    def get_index_results_url(self) -> str:
        return reverse("prevent_event_dates:event_results", args=[self.event.pk])


def event_breadcrumbs(event: Page) -> list[dict]:
    return [
        *WagtailAdminTemplateMixin.breadcrumbs_items,
        {"url": reverse("prevent_event_dates:index"), "label": _("Event dates")},
        {
            "url": reverse("wagtailadmin_pages:edit", args=[event.pk]),
            "label": event.get_admin_display_title(),
        },
    ]


class OccurrenceActionView(WagtailAdminTemplateMixin, View):
    """One action on one date: a form, then a page that says what will happen, then the change.

    Only a POST from that page changes anything. Answers 404 for a date of another event, 422 with
    everything typed for an invalid form, and 409 if the date has changed since the form was shown
    or the action makes no sense for it.
    """

    template_name = "prevent_events/admin/action.html"
    header_icon = "calendar-alt"

    def dispatch(
        self, request: HttpRequest, *args, page_id: int, uuid: UUID, action: str, **kwargs
    ):
        event = get_object_or_404(EventPage, id=page_id)
        # Only people who may change dates may learn whether one exists.
        if not may_change_dates(request.user, event):
            return refused(request)
        self.at = timezone.now()
        if action not in ACTION_FORMS:
            raise Http404
        self.form_class = ACTION_FORMS[action]
        self.occurrence = get_object_or_404(event.dates.for_display(), uuid=uuid)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs) -> HttpResponse:
        obstacle = self.form_class.obstacle(self.occurrence, at=self.at)
        form = self.form_class(occurrence=self.occurrence, at=self.at)
        return self.show(form, obstacle=obstacle, status=409 if obstacle else 200)

    def post(self, request: HttpRequest, **kwargs) -> HttpResponse:
        form = self.form_class(request.POST, occurrence=self.occurrence, at=self.at)
        if "change" in request.POST:
            return self.show(form)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            if "confirmed" in request.POST:
                perform(form, by=request.user)
                return self.leave(form)
            if form.cleaned_data["sequence"] != self.occurrence.sequence:
                raise StaleOccurrence(self.occurrence)
            if obstacle := self.form_class.obstacle(self.occurrence, at=self.at):
                raise OccurrenceActionError(obstacle)
        except StaleOccurrence as error:
            self.occurrence = error.occurrence
            return self.show(self.overtaken(form), status=409)
        except OccurrenceActionError as error:
            form.add_error(None, str(error))
            return self.show(form, status=409)
        except Occurrence.DoesNotExist as error:
            raise Http404 from error
        return self.show(form, is_confirming=True)

    def overtaken(self, form):
        """Return the form with its answers, to send again once the change has been seen."""
        answers = form.data.copy()
        answers["sequence"] = str(self.occurrence.sequence)
        again = self.form_class(answers, occurrence=self.occurrence, at=self.at)
        again.is_valid()
        again.add_error(
            None,
            _(
                "We have not made your change, because someone changed this date while you had "
                "this page open. Check what is planned now, then decide again"
            ),
        )
        return again

    def leave(self, form) -> HttpResponse:
        people = count_people([self.occurrence.pk])[self.occurrence.pk]
        done = form.done % {"day": form.occurrence.day}
        messages.success(self.request, f"{done} {people_are_being_told(people)}".strip())
        return redirect("prevent_event_dates:event", self.occurrence.event_id)

    def show(self, form, *, obstacle: str = "", is_confirming: bool = False, status: int = 200):
        people = count_people([self.occurrence.pk])[self.occurrence.pk]
        context = self.get_context_data(
            form=form,
            occurrence=self.occurrence,
            obstacle=obstacle,
            people_sentence=people_will_be_told(people, self.occurrence.starts_on),
            dates_url=reverse("prevent_event_dates:event", args=[self.occurrence.event_id]),
            is_confirming=is_confirming,
            consequences=form.consequences() if is_confirming else (),
        )
        return self.render_to_response(context, status=status)

    def get_page_title(self) -> str:
        return self.form_class.heading

    def get_page_subtitle(self) -> str:
        return self.occurrence.day

    def get_breadcrumbs_items(self) -> list[dict]:
        event = self.occurrence.event
        return [
            *event_breadcrumbs(event),
            {"url": reverse("prevent_event_dates:event", args=[event.pk]), "label": _("Dates")},
            {"url": "", "label": self.form_class.heading},
        ]
