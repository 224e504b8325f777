"""The dates, and the door list: who is coming, who is here, and who comes without a booking."""

import secrets
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from wagtail.admin import messages

from events.admin.permissions import may_change_dates
from events.models import Occurrence
from prevent_content.cleaning import name_key

from .. import permissions
from ..actions import RegistrationActionError, has_day_come
from ..availability import form_of
from ..models import AccessRecord, Registration
from ..models.registration import COMING, DOOR_FIELDS, RegistrationQuerySet
from ..submissions import Submission, register
from . import decisions
from .base import ReviewView
from .booking_forms import WALK_IN, WalkInForm
from .date_counts import (
    DateCounts,
    attendance,
    date_counts,
    recent_dates,
    upcoming_dates,
)

Status = Registration.Status
MARKS = {
    Status.ATTENDED: "Here",
    Status.ABSENT: "Did not come",
    Status.CONFIRMED: "Not marked",
}
DATES_SHOWN = 24


def sorting_name(name: str) -> tuple[str, str]:
    """Return the sort key for lists of people: the last word of the name, then all of it."""
    return name_key(name.split()[-1] if name.split() else ""), name_key(name)


class DatesView(ReviewView):
    """The coming and recent dates: their figures, and what can be printed for them."""

    template_name = "prevent_registrations/review/dates.html"
    page_title = "Dates"

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        parts = [
            ("Upcoming", upcoming_dates(request.user, at=now, most=DATES_SHOWN)),
            ("In the last 30 days", recent_dates(request.user, at=now, most=DATES_SHOWN)),
        ]
        return self.render_to_response(
            self.get_context_data(
                parts=[(title, list(map(self.row, date_counts(dates)))) for title, dates in parts]
            )
        )

    def row(self, counts: DateCounts) -> dict:
        key = counts.occurrence.uuid
        return {
            "counts": counts,
            "list_url": f"{self.index_url}?occurrence={key}",
            "door_url": self.address("door", key),
            "sheet_url": self.address("sheet", key),
            "summary_url": self.address("summary", key),
            "feedback_url": self.address("feedback", key),
            "add_url": self.add_url(counts.occurrence),
            "message_url": self.message_url(counts.occurrence),
            **self.date_urls(counts.occurrence),
        }

    def date_urls(self, occurrence: Occurrence) -> dict[str, str]:
        """Return the addresses to change the places and the date itself, for users who may."""
        event, user = occurrence.event, self.request.user
        if event is None or occurrence.has_ended(at=timezone.now()):
            return {}
        urls = {}
        may_change = may_change_dates(user, event)
        if may_change or permissions.looks_after(user, event.pk, permissions.CHANGE_CAPACITY):
            urls["places_url"] = reverse(
                "prevent_registration_places:date", args=[event.pk, occurrence.uuid]
            )
        if may_change:
            urls["change_url"] = reverse("prevent_event_dates:event", args=[event.pk])
        return urls

    def add_url(self, occurrence: Occurrence) -> str:
        """Return where to add someone to ``occurrence`` until it is over, for users who may."""
        may_add = permissions.may(self.request.user, permissions.DECIDE)
        is_over = occurrence.has_ended(at=timezone.now())
        return "" if is_over or not may_add else self.address("add_to_date", occurrence.uuid)

    def message_url(self, occurrence: Occurrence) -> str:
        """Return the address to email everyone on ``occurrence``, for users who may."""
        may_email = permissions.may(self.request.user, permissions.MESSAGE)
        return self.address("message", occurrence.uuid) if may_email else ""


class DateView(ReviewView):
    """A screen about one date of an event that the reader may see."""

    name = ""

    @cached_property
    def occurrence(self) -> Occurrence:
        dates = permissions.occurrences_for(self.request.user)
        return get_object_or_404(dates, uuid=self.kwargs["uuid"])

    def holders(self, user=None) -> RegistrationQuerySet:
        """Return the registrations with a place that the reader may see."""
        registrations = Registration.objects.viewable_by(user or self.request.user, *self.rights)
        return registrations.filter(occurrence=self.occurrence, status__in=COMING)

    def everyone(self, user=None) -> RegistrationQuerySet:
        """Return everyone with a place, including flagged people, for name and guests only."""
        registrations = Registration.objects.at_door_for(user or self.request.user, *self.rights)
        return registrations.filter(occurrence=self.occurrence, status__in=COMING)

    def hidden(self, user=None) -> RegistrationQuerySet:
        """Return those of ``everyone`` whose registrations the reader may not see."""
        return self.everyone(user).exclude(pk__in=self.holders(user).order_by().values("pk"))

    def get_page_title(self) -> str:
        return f"{self.name}: {self.occurrence.day}"

    def get_breadcrumbs_items(self) -> list[dict]:
        *before, last = super().get_breadcrumbs_items()
        return [*before, {"url": self.address("dates"), "label": "Dates"}, last]

    def show(self, *, status: int = 200, **kwargs) -> HttpResponse:
        context = self.get_context_data(occurrence=self.occurrence, **kwargs)
        return self.render_to_response(context, status=status)


class DoorView(DateView):
    """Mark who is here, with one thumb. A POST answers in JSON if a script asks for it."""

    rights = (permissions.VIEW, permissions.DECIDE)
    name = "At the door"
    template_name = "prevent_registrations/review/door.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        return self.list_people()

    def list_people(self, walk_in: WalkInForm | None = None, *, status: int = 200) -> HttpResponse:
        request, uuid = self.request, self.occurrence.uuid
        key = self.occurrence.pk
        rows = list(self.everyone().only(*DOOR_FIELDS).order_by("pk"))
        rows.sort(key=lambda row: sorting_name(row.name))
        AccessRecord.record(
            request.user,
            AccessRecord.Action.DOOR,
            occurrence_pk=key,
            count=len(rows),
            seen=[row.pk for row in rows],
        )
        return self.show(
            rows=rows,
            marks=MARKS.items(),
            attendance=attendance(self.occurrence),
            counts_url=self.address("door_counts", uuid),
            walk_in_url=self.address("walk_in", uuid),
            walk_in=walk_in or WalkInForm(initial={"key": secrets.token_urlsafe(18)}),
            has_day_come=has_day_come(self.occurrence, at=timezone.now()),
            status=status,
        )

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        key, mark = request.POST.get("registration", ""), request.POST.get("mark", "")
        holders = self.everyone().select_related("occurrence", "page").defer("sensitive_answers")
        if mark not in MARKS or not (key.isascii() and key.isdigit() and len(key) < 19):
            return self.answer("Choose a person and whether they are here", 422)
        registration = get_object_or_404(holders, pk=key)
        came = request.POST.get("came", "")
        part = int(came) if came.isascii() and came.isdigit() and len(came) < 3 else None
        try:
            decisions.mark(registration, mark, came=part, by=request.user)
        except RegistrationActionError as error:
            return self.answer(str(error), 409)
        return self.answer("", 200, registration)

    def answer(self, problem: str, status: int, marked: Registration | None = None) -> HttpResponse:
        if self.request.headers.get("X-Requested-With") == "fetch":
            is_marked = marked.status if marked else ""
            counts = asdict(attendance(self.occurrence))
            return JsonResponse({"problem": problem, "status": is_marked, **counts}, status=status)
        if problem:
            messages.error(self.request, problem)
        place = f"#r{marked.pk}" if marked else ""
        return redirect(self.address("door", self.occurrence.uuid) + place)


class WalkInView(DoorView):
    """Count someone in without a booking, with or without a name; 422 for a mistake."""

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        return redirect(self.address("door", uuid))

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        form = WalkInForm(request.POST)
        page = form_of(self.occurrence.event) if self.occurrence.event else None
        if not form.is_valid():
            return self.list_people(form, status=422)
        if page is None or not has_day_come(self.occurrence, at=timezone.now()):
            form.add_error(None, "You can count people in from the day of the event")
            return self.list_people(form, status=409)
        cleaned = form.cleaned_data
        try:
            receipt, is_new = register(
                Submission(
                    key=f"door:{cleaned['key'] or secrets.token_urlsafe(18)}",
                    page=page,
                    occurrence=self.occurrence,
                    name=cleaned["name"] or WALK_IN,
                    email="",
                    guests=cleaned["people"] - 1,
                    channel=Registration.Channel.DOOR,
                    privacy_notice=Registration.PrivacyNotice.ON_PAPER,
                    added_by=request.user,
                )
            )
        except RegistrationActionError as error:
            form.add_error(None, str(error))
            return self.list_people(form, status=409)
        registration = receipt.registration
        if is_new:
            AccessRecord.record(request.user, AccessRecord.Action.ADDED, registration=registration)
        return redirect(f"{self.address('door', uuid)}#r{registration.pk}")


class DoorCountsView(DateView):
    """How many are here, for a page that updates its counts. Numbers only."""

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        response = JsonResponse(asdict(attendance(self.occurrence)))
        add_never_cache_headers(response)
        return response
