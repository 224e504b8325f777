"""The dates, and what is needed at the door: who comes, who is here, what to prepare."""

from dataclasses import asdict
from itertools import chain

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from wagtail.admin import messages

from events.models import Occurrence

from .. import permissions
from ..actions import RegistrationActionError
from ..models import AccessRecord, Registration
from ..models.registration import DOOR_FIELDS, HOLDING, RegistrationQuerySet
from . import decisions
from .base import ReviewView
from .date_counts import (
    DateCounts,
    answer_counts,
    attendance,
    date_counts,
    recent_dates,
    upcoming_dates,
)
from .export_columns import ExportColumn, columns_for, export_batches
from .forms import ReviewForm

Status = Registration.Status
MARKS = {
    Status.ATTENDED: "Here",
    Status.ABSENT: "Did not come",
    Status.CONFIRMED: "Not marked",
}
DATES_SHOWN = 24
NOT_ON_SHEETS = ("event", "date", "erase", "received", "assigned", "email")


class DatesView(ReviewView):
    """The dates to come and those just past: their figures, and what can be printed for them."""

    template_name = "prevent_registrations/review/dates.html"
    page_title = "Dates"

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        parts = [
            ("To come", upcoming_dates(request.user, at=now, most=DATES_SHOWN)),
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
            "add_url": self.add_url(counts.occurrence),
        }

    def add_url(self, occurrence: Occurrence) -> str:
        """Return where to add a person to ``occurrence``, for those who may, until it is over."""
        may_add = permissions.may(self.request.user, permissions.DECIDE)
        is_over = occurrence.has_ended(at=timezone.now())
        return "" if is_over or not may_add else self.address("add_to_date", occurrence.uuid)


class DateView(ReviewView):
    """A screen about one date of an event that the reader's rights hold for."""

    name = ""

    @cached_property
    def occurrence(self) -> Occurrence:
        dates = permissions.occurrences_for(self.request.user)
        return get_object_or_404(dates, uuid=self.kwargs["uuid"])

    def holders(self, user=None) -> RegistrationQuerySet:
        """Return the registrations with a place that the reader may see."""
        registrations = Registration.objects.viewable_by(user or self.request.user, *self.rights)
        return registrations.filter(occurrence=self.occurrence, status__in=HOLDING)

    def everyone(self, user=None) -> RegistrationQuerySet:
        """Return everyone with a place, flagged people included, for name and guests alone."""
        registrations = Registration.objects.at_door_for(user or self.request.user, *self.rights)
        return registrations.filter(occurrence=self.occurrence, status__in=HOLDING)

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
    """Mark who is here, with one thumb. A POST answers JSON where a script asks for it."""

    rights = (permissions.VIEW, permissions.DECIDE)
    name = "At the door"
    template_name = "prevent_registrations/review/door.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        key = self.occurrence.pk
        rows = list(self.everyone().only(*DOOR_FIELDS).order_by("name", "pk"))
        AccessRecord.record(
            request.user, AccessRecord.Action.DOOR, occurrence_pk=key, count=len(rows)
        )
        return self.show(
            rows=rows,
            marks=MARKS.items(),
            attendance=attendance(self.occurrence),
            counts_url=self.address("door_counts", uuid),
        )

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        key, mark = request.POST.get("registration", ""), request.POST.get("mark", "")
        holders = self.everyone().select_related("occurrence", "page").defer("sensitive_answers")
        if mark not in MARKS or not (key.isascii() and key.isdigit() and len(key) < 19):
            return self.answer("Choose a person and whether they are here", 422)
        registration = get_object_or_404(holders, pk=key)
        if registration.status != mark:
            try:
                decisions.decide(registration, mark, by=request.user, tell=False)
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


class DoorCountsView(DateView):
    """How many are here, for a page that keeps its counts up to date. Numbers only."""

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        response = JsonResponse(asdict(attendance(self.occurrence)))
        add_never_cache_headers(response)
        return response


class SheetForm(ReviewForm):
    """The columns of a sign-in sheet, and how many empty rows for people who have not booked."""

    columns = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Everyone who signs can read these columns about everyone else",
        error_messages={"invalid_choice": "Tick columns in the list"},
    )
    empty_rows = forms.IntegerField(
        label="Empty rows",
        required=False,
        min_value=0,
        max_value=50,
        initial=5,
        error_messages={
            "invalid": "Enter a number from 0 to 50",
            "min_value": "Enter a number from 0 to 50",
            "max_value": "Enter a number from 0 to 50",
        },
    )

    def __init__(self, *args, columns: list[ExportColumn], **kwargs):
        super().__init__(*args, **kwargs)
        self.by_key = {column.key: column for column in columns}
        self.fields["columns"].choices = [
            (key, column.label)
            for key, column in self.by_key.items()
            if key != "name" and key not in NOT_ON_SHEETS
        ]


class SheetView(DateView):
    """Ask what goes on the sign-in sheet; a POST makes it, to print or to save as a PDF."""

    name = "Sign-in sheet"
    template_name = "prevent_registrations/review/sheet_form.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        return self.show(form=SheetForm(columns=columns_for(request.user, self.holders())))

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        holders = self.holders()
        form = SheetForm(request.POST, columns=columns_for(request.user, holders))
        if not form.is_valid():
            return self.show(form=form, status=422)
        keys = ["name", *form.cleaned_data["columns"]]
        columns = [column for key, column in form.by_key.items() if key in keys]
        AccessRecord.record(
            request.user,
            AccessRecord.Action.SHEET,
            occurrence_pk=self.occurrence.pk,
            count=self.everyone().count(),
            purpose=AccessRecord.Purpose.DOOR,
            sensitive=any(column.is_sensitive for column in columns),
        )
        rows = chain.from_iterable(
            chain(
                export_batches(self.holders, columns, by=request.user),
                export_batches(self.hidden, list(map(for_door, columns)), by=request.user),
            )
        )
        place = [column.key for column in columns].index("name")
        response = TemplateResponse(
            request,
            "prevent_registrations/review/sheet.html",
            {
                "occurrence": self.occurrence,
                "headings": [column.heading for column in columns],
                "rows": sorted(rows, key=lambda row: row[place].casefold()),
                "empty_rows": range(form.cleaned_data["empty_rows"] or 0),
                "erase_at": self.everyone()
                .order_by("erase_at")
                .values_list("erase_at", flat=True)
                .first(),
                "back_url": self.address("dates"),
            },
        )
        add_never_cache_headers(response)
        return response


def for_door(column: ExportColumn) -> ExportColumn:
    """Return ``column`` as the sheet shows it of a person whose registration is hidden."""
    return column if column.field in DOOR_FIELDS else column.blank()


class SummaryView(DateView):
    """What to prepare for a date: counts, and no names."""

    name = "Summary"
    template_name = "prevent_registrations/review/summary.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        may_see_sensitive = permissions.may(request.user, permissions.VIEW_SENSITIVE)
        counts, unreadable = answer_counts(self.holders(), sensitive=may_see_sensitive)
        AccessRecord.record(
            request.user,
            AccessRecord.Action.COUNTED,
            occurrence_pk=self.occurrence.pk,
            sensitive=may_see_sensitive,
        )
        return self.show(
            counts=date_counts([self.occurrence])[0],
            attendance=attendance(self.occurrence),
            answer_counts=counts,
            unreadable=unreadable,
            may_see_sensitive=may_see_sensitive,
        )
