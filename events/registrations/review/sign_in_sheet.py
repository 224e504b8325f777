"""Printouts and preparation for a date: the sign-in sheet, and a summary."""

from itertools import chain

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from .. import permissions
from ..models import AccessRecord
from ..models.registration import DOOR_FIELDS
from .date_counts import answer_counts, attendance, date_counts
from .door_list import DateView, sorting_name
from .export_columns import ExportColumn, columns_for, export_batches
from .forms import ReviewForm

NOT_ON_SHEETS = ("event", "date", "erase", "received", "assigned", "email")


class SheetForm(ReviewForm):
    """The columns of a sign-in sheet, and empty rows for people without a booking.

    Sensitive answers are not offered: everyone signs the same sheet.
    """

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
            if key != "name" and key not in NOT_ON_SHEETS and not column.is_sensitive
        ]


class SheetView(DateView):
    """Ask what goes on the sign-in sheet; a POST makes it, to print or save as a PDF."""

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
            seen=self.everyone().order_by().values_list("pk", flat=True),
            purpose=AccessRecord.Purpose.DOOR,
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
                "rows": sorted(rows, key=lambda row: sorting_name(row[place])),
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
    """Return ``column`` as the sheet shows it for a hidden registration."""
    return column if column.field in DOOR_FIELDS else column.blank()


class SummaryView(DateView):
    """What to prepare for a date: how many are coming, and their needs. No names."""

    name = "Summary"
    template_name = "prevent_registrations/review/summary.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        return self.summary(with_texts=False)

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        """Also show what people wrote, to users who may read it."""
        return self.summary(with_texts=True)

    def summary(self, *, with_texts: bool) -> HttpResponse:
        user = self.request.user
        may_see_sensitive = permissions.may(user, permissions.VIEW_SENSITIVE)
        with_texts = with_texts and may_see_sensitive
        counts, unreadable = answer_counts(self.holders(), sensitive=may_see_sensitive)
        AccessRecord.record(
            user,
            AccessRecord.Action.REVEALED if with_texts else AccessRecord.Action.COUNTED,
            occurrence_pk=self.occurrence.pk,
            count=self.holders().count(),
            seen=self.holders().order_by().values_list("pk", flat=True) if with_texts else (),
            purpose=AccessRecord.Purpose.NEEDS,
            sensitive=may_see_sensitive,
        )
        return self.show(
            counts=date_counts([self.occurrence])[0],
            attendance=attendance(self.occurrence),
            answer_counts=counts,
            unreadable=unreadable,
            may_see_sensitive=may_see_sensitive,
            with_texts=with_texts,
        )
