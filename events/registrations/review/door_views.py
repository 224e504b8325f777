"""Dates, and what is needed at the door: who comes, who is here, what to prepare."""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import add_never_cache_headers
from wagtail.admin import messages

from events.models import Occurrence

from .. import actions, permissions
from ..models import AccessRecord, Registration
from ..models.registration import HOLDING, RegistrationQuerySet
from . import dates, decisions
from .columns import Column, batches, columns_for
from .forms import ReviewForm
from .views import ReviewView

Status = Registration.Status
MARKS = {
    Status.ATTENDED: "Here",
    Status.ABSENT: "Did not come",
    Status.CONFIRMED: "Not marked",
}
DATES_SHOWN = 24
NOT_ON_SHEETS = ("event", "date", "erase", "received", "assigned", "email")


class DatesView(ReviewView):
    """The dates to come and those just past: how they stand, and what can be printed of them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        parts = [
            ("To come", dates.coming(request.user, at=now, most=DATES_SHOWN)),
            ("In the last 30 days", dates.lately(request.user, at=now, most=DATES_SHOWN)),
        ]
        context = self.get_context_data(
            heading="Dates",
            parts=[
                (title, [self.row(each) for each in dates.standings(rows)]) for title, rows in parts
            ],
            breadcrumbs_items=[
                {"url": self.index_url, "label": "Registrations"},
                {"url": "", "label": "Dates"},
            ],
        )
        return self.render_to_response(context)

    def row(self, standing: dates.Standing) -> dict:
        key = standing.occurrence.uuid
        return {
            "standing": standing,
            "list_url": f"{self.index_url}?occurrence={key}",
            "door_url": self.address("door", key),
            "sheet_url": self.address("sheet", key),
            "summary_url": self.address("summary", key),
        }

    def get_template_names(self) -> list[str]:
        return ["prevent_registrations/review/dates.html"]


class DateView(ReviewView):
    """A screen about one date of an event that the reader's rights hold for."""

    name = ""
    template_name = ""

    def get_occurrence(self) -> Occurrence:
        return get_object_or_404(
            permissions.occurrences_for(self.request.user), uuid=self.kwargs["uuid"]
        )

    def holders(self, occurrence: Occurrence, user=None) -> RegistrationQuerySet:
        """Return the registrations with a place that the reader may see."""
        found = Registration.objects.viewable_by(user or self.request.user, *self.rights)
        return found.filter(occurrence=occurrence, status__in=HOLDING)

    def date_context(self, occurrence: Occurrence, **kwargs) -> dict:
        return self.get_context_data(
            heading=f"{self.name}: {occurrence.day}",
            occurrence=occurrence,
            breadcrumbs_items=[
                {"url": self.index_url, "label": "Registrations"},
                {"url": self.address("dates"), "label": "Dates"},
                {"url": "", "label": self.name},
            ],
            **kwargs,
        )

    def get_template_names(self) -> list[str]:
        return [self.template_name]


class DoorView(DateView):
    """Mark who is here, with one thumb. A POST answers JSON where a script asks for it."""

    rights = (permissions.VIEW, permissions.DECIDE)
    name = "At the door"
    template_name = "prevent_registrations/review/door.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        occurrence = self.get_occurrence()
        rows = list(
            self.holders(occurrence)
            .only("name", "guests", "status", "reference")
            .order_by("name", "pk")
        )
        AccessRecord.record(
            request.user, AccessRecord.Act.DOOR, occurrence_pk=occurrence.pk, count=len(rows)
        )
        return self.render_to_response(
            self.date_context(
                occurrence,
                rows=rows,
                marks=MARKS.items(),
                attendance=dates.attendance(occurrence),
                counts_url=self.address("door_counts", occurrence.uuid),
            )
        )

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        occurrence = self.get_occurrence()
        key, mark = request.POST.get("registration", ""), request.POST.get("mark", "")
        if mark not in MARKS or not (key.isascii() and key.isdigit() and len(key) < 19):
            return self.answer(occurrence, "Choose a person and whether they are here", 422)
        registration = get_object_or_404(
            self.holders(occurrence)
            .select_related("occurrence", "page")
            .defer("sensitive_answers"),
            pk=key,
        )
        if registration.status != mark:
            try:
                decisions.decide(registration, mark, by=request.user, tell=False)
            except actions.RegistrationActionError as error:
                return self.answer(occurrence, str(error), 409)
        return self.answer(occurrence, "", 200, registration)

    def answer(
        self, occurrence: Occurrence, problem: str, status: int, marked: Registration | None = None
    ) -> HttpResponse:
        if self.request.headers.get("X-Requested-With") == "fetch":
            return JsonResponse(
                {
                    "problem": problem,
                    "status": marked.status if marked else "",
                    **counts_of(occurrence),
                },
                status=status,
            )
        if problem:
            messages.error(self.request, problem)
        place = f"#r{marked.pk}" if marked else ""
        return redirect(self.address("door", occurrence.uuid) + place)


class DoorCountsView(DateView):
    """How many are here, for a page that keeps its counts up to date. Numbers only."""

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        response = JsonResponse(counts_of(self.get_occurrence()))
        add_never_cache_headers(response)
        return response


def counts_of(occurrence: Occurrence) -> dict[str, int]:
    counted = dates.attendance(occurrence)
    return {"here": counted.here, "expected": counted.expected}


class SheetForm(ReviewForm):
    """Which columns a sign-in sheet has, and how many empty rows for people who just come."""

    columns = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Everybody who signs reads what others have in these columns",
        error_messages={"invalid_choice": "Tick columns of the list"},
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

    def __init__(self, *args, columns: list[Column], **kwargs):
        super().__init__(*args, **kwargs)
        self.by_key = {column.key: column for column in columns}
        self.fields["columns"].choices = [
            (key, f"{column.heading} (sensitive)" if column.is_sensitive else column.heading)
            for key, column in self.by_key.items()
            if key != "name" and key not in NOT_ON_SHEETS
        ]


class SheetView(DateView):
    """Ask what goes on the sign-in sheet; a POST makes it, to be printed or kept as PDF."""

    name = "Sign-in sheet"
    template_name = "prevent_registrations/review/sheet_form.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        occurrence = self.get_occurrence()
        form = SheetForm(columns=columns_for(request.user, self.holders(occurrence)))
        return self.render_to_response(self.date_context(occurrence, form=form))

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        occurrence = self.get_occurrence()
        holders = self.holders(occurrence)
        form = SheetForm(request.POST, columns=columns_for(request.user, holders))
        if not form.is_valid():
            return self.render_to_response(self.date_context(occurrence, form=form), status=422)
        keys = ["name", *form.cleaned_data["columns"]]
        columns = [column for key, column in form.by_key.items() if key in keys]
        AccessRecord.record(
            request.user,
            AccessRecord.Act.SHEET,
            occurrence_pk=occurrence.pk,
            count=holders.count(),
            purpose=AccessRecord.Purpose.DOOR,
            sensitive=any(column.is_sensitive for column in columns),
        )
        rows = [
            row
            for batch in batches(
                lambda user: self.holders(occurrence, user), columns, by=request.user
            )
            for row in batch
        ]
        place = [column.key for column in columns].index("name")
        response = TemplateResponse(
            request,
            "prevent_registrations/review/sheet.html",
            {
                "occurrence": occurrence,
                "headings": [column.heading for column in columns],
                "rows": sorted(rows, key=lambda row: row[place].casefold()),
                "empty_rows": range(form.cleaned_data["empty_rows"] or 0),
                "erase_at": holders.order_by("erase_at").values_list("erase_at", flat=True).first(),
                "back_url": self.address("dates"),
            },
        )
        add_never_cache_headers(response)
        return response


class SummaryView(DateView):
    """What to prepare for a date: counts, and no names."""

    name = "Summary"
    template_name = "prevent_registrations/review/summary.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        occurrence = self.get_occurrence()
        tallies, unreadable = dates.tallies(occurrence)
        AccessRecord.record(request.user, AccessRecord.Act.COUNTED, occurrence_pk=occurrence.pk)
        [standing] = dates.standings([occurrence])
        return self.render_to_response(
            self.date_context(
                occurrence,
                standing=standing,
                attendance=dates.attendance(occurrence),
                tallies=tallies,
                unreadable=unreadable,
            )
        )
