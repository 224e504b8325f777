"""The screens for the places on an event's dates. They show counts, and no registrations."""

from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log
from wagtail.permissions import page_permission_policy

from events.admin.permissions import may_change_dates
from events.models import EventPage, Occurrence

from .. import permissions
from ..availability import form_of
from ..models import PlaceCount
from ..places import set_own_capacity
from ..review.date_counts import date_counts

CAPACITY_CHANGED = "prevent_registrations.capacity"
LARGEST = 100_000


class CapacityForm(forms.Form):
    """A number of places for one date; empty for the number on the registration page."""

    capacity = forms.IntegerField(
        label=gettext_lazy("Places on this date"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("Leave blank to use the number on the registration page"),
        error_messages={
            "invalid": gettext_lazy("Enter a whole number, like 30, or leave this blank"),
            "min_value": gettext_lazy("Enter 0 or more"),
            "max_value": gettext_lazy("Enter %(limit_value)s or fewer"),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", use_required_attribute=False, **kwargs)


def outcome(count: PlaceCount, promoted: int) -> tuple[str, bool]:
    """Return the effect of setting the capacity, in words, and whether to check it."""
    if promoted:
        done = _("%(number)s registrations on the waiting list now have a place.")
        return done % {"number": promoted}, False
    if count.capacity is not None and count.taken > count.capacity:
        over = _(
            "%(taken)s places are taken, %(over)s more than there are now. Nobody loses their "
            "place, and nobody new gets one until enough people have cancelled."
        )
        return over % {"taken": count.taken, "over": count.taken - count.capacity}, True
    return "", False


class PlacesDeskView(WagtailAdminTemplateMixin, View):
    """A screen about one event, for users who may change its dates; 403 for everyone else."""

    header_icon = "group"

    def dispatch(self, request: HttpRequest, *args, page_id: int, **kwargs) -> HttpResponseBase:
        self.event = get_object_or_404(EventPage, id=page_id)
        self.may_edit = may_change_dates(request.user, self.event)
        looks_after = permissions.looks_after(
            request.user, self.event.pk, permissions.CHANGE_CAPACITY
        )
        if not (self.may_edit or looks_after):
            return TemplateResponse(request, "prevent_events/admin/refused.html", status=403)
        self.page = form_of(self.event)
        self.at = timezone.now()
        return super().dispatch(request, *args, **kwargs)

    def list_url(self) -> str:
        return reverse("prevent_registration_places:event", args=[self.event.pk])

    def get_page_subtitle(self) -> str:
        return self.event.get_admin_display_title()

    def get_breadcrumbs_items(self) -> list[dict]:
        if page_permission_policy.user_has_permission_for_instance(
            self.request.user, "change", self.event
        ):
            above = reverse("wagtailadmin_pages:edit", args=[self.event.pk])
        else:
            above = reverse("prevent_registrations_registration_modeladmin_dates")
        return [
            *self.breadcrumbs_items,
            {"url": above, "label": self.event.get_admin_display_title()},
            {"url": self.list_url(), "label": _("Places")},
        ]


class EventPlacesView(PlacesDeskView):
    """The coming dates of an event: places, how many are taken, how many people wait."""

    template_name = "prevent_registrations/review/capacities.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        has_not_ended = Q(ends_at__gt=self.at) | Q(status=Occurrence.Status.POSTPONED)
        dates = self.event.dates.filter(has_not_ended).defer("vevent")
        rows = date_counts(dates.order_by("starts_at", "id"))
        return self.render_to_response(self.get_context_data(rows=rows, form_page=self.page))

    def get_page_title(self) -> str:
        return _("Places")


class CapacityView(PlacesDeskView):
    """Give one date its own number of places; 422, with what was typed, if it is invalid."""

    template_name = "prevent_registrations/review/capacity.html"

    def dispatch(self, request: HttpRequest, *args, uuid: UUID, **kwargs) -> HttpResponseBase:
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
        words = "as the form" if capacity is None else str(capacity)
        log(
            instance=self.event,
            action=CAPACITY_CHANGED,
            user=request.user,
            data={"date": occurrence.date.isoformat(), "capacity": words},
        )
        sentence, is_warning = outcome(PlaceCount.objects.get(pk=occurrence.pk), len(promoted))
        done = _("The number of places on %(day)s is saved.") % {"day": occurrence.day}
        add_message = messages.warning if is_warning else messages.success
        add_message(request, f"{done} {sentence}".strip())
        return redirect(self.list_url())

    def find(self):
        return get_object_or_404(self.event.dates.defer("vevent"), uuid=self.uuid)

    def show(self, form: CapacityForm, occurrence, *, status: int = 200) -> HttpResponse:
        [counts] = date_counts([occurrence])
        context = self.get_context_data(
            form=form, counts=counts, form_page=self.page, list_url=self.list_url()
        )
        return self.render_to_response(context, status=status)

    def get_page_title(self) -> str:
        return _("Places on a date")

    def get_breadcrumbs_items(self) -> list[dict]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": _("One date")}]
