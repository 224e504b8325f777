"""The screens for the places of an event's dates. They show counts, and no registration."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from events.admin.permissions import may_change_dates
from events.models import EventPage

from ..models import PlaceCount
from ..places import set_own_capacity
from .figures import coming_dates, figures_of, form_of
from .forms import CapacityForm, outcome

CAPACITY_CHANGED = "prevent_registrations.capacity"


class PlacesDeskView(WagtailAdminTemplateMixin, View):
    """A screen about one event, for whoever may change its dates; 403 for everybody else."""

    header_icon = "group"

    def dispatch(self, request: HttpRequest, *args, page_id: int, **kwargs) -> HttpResponse:
        self.event = get_object_or_404(EventPage, id=page_id)
        if not may_change_dates(request.user, self.event):
            return TemplateResponse(request, "prevent_events/admin/refused.html", status=403)
        self.page = form_of(self.event)
        self.at = timezone.now()
        return super().dispatch(request, *args, **kwargs)

    def list_url(self) -> str:
        return reverse("prevent_registration_places:event", args=[self.event.pk])

    def get_page_subtitle(self) -> str:
        return self.event.get_admin_display_title()

    def get_breadcrumbs_items(self) -> list[dict]:
        edit = reverse("wagtailadmin_pages:edit", args=[self.event.pk])
        return [
            *self.breadcrumbs_items,
            {"url": edit, "label": self.event.get_admin_display_title()},
            {"url": self.list_url(), "label": _("Places")},
        ]


class EventPlacesView(PlacesDeskView):
    """The coming dates of an event: places, how many are taken, how many people wait."""

    template_name = "prevent_registrations/places_desk/event.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = figures_of(coming_dates(self.event, at=self.at), self.page)
        return self.render_to_response(self.get_context_data(rows=rows, form_page=self.page))

    def get_page_title(self) -> str:
        return _("Places")


class CapacityView(PlacesDeskView):
    """Give one date places of its own; 422 with what was typed for what is no number."""

    template_name = "prevent_registrations/places_desk/capacity.html"

    def dispatch(self, request: HttpRequest, *args, uuid: UUID, **kwargs) -> HttpResponse:
        self.uuid = uuid
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        occurrence = self.find()
        return self.show(CapacityForm(initial={"capacity": occurrence.capacity}), occurrence)

    def post(self, request: HttpRequest) -> HttpResponse:
        occurrence = self.find()
        form = CapacityForm(request.POST)
        if not form.is_valid():
            return self.show(form, occurrence, status=422)
        capacity = form.cleaned_data["capacity"]
        promoted = set_own_capacity(occurrence, capacity, self.page, at=self.at, by=request.user)
        said = "as the form" if capacity is None else str(capacity)
        log(
            instance=self.event,
            action=CAPACITY_CHANGED,
            user=request.user,
            data={"date": occurrence.date.isoformat(), "capacity": said},
        )
        words, is_warning = outcome(PlaceCount.objects.get(pk=occurrence.pk), len(promoted))
        done = _("The places on %(day)s are set.") % {"day": occurrence.day}
        tell = messages.warning if is_warning else messages.success
        tell(request, f"{done} {words}".strip())
        return redirect(self.list_url())

    def find(self):
        return get_object_or_404(self.event.occurrences.defer("vevent"), uuid=self.uuid)

    def show(self, form: CapacityForm, occurrence, *, status: int = 200) -> HttpResponse:
        (figures,) = figures_of([occurrence], self.page)
        context = self.get_context_data(
            form=form, figures=figures, form_page=self.page, list_url=self.list_url()
        )
        return self.render_to_response(context, status=status)

    def get_page_title(self) -> str:
        return _("Places on a date")

    def get_breadcrumbs_items(self) -> list[dict]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": _("One date")}]
