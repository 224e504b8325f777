"""Registrations as a file: for a stated purpose, with the columns it needs."""

from collections.abc import Iterator

from django import forms
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from wagtail.admin.utils import get_user_display_name

from .. import permissions
from ..models import AccessRecord
from .base import ReviewView
from .export_columns import (
    DISCREET,
    EMAIL,
    TICKED,
    ExportColumn,
    RightWithdrawn,
    columns_for,
    export_batches,
)
from .filters import RegistrationFilterSet, SelectionForm
from .forms import ReviewForm
from .spreadsheet import CSV, MOST_ROWS, XLSX, Row, download

Purpose = AccessRecord.Purpose
STOPPED = (
    "Stopped here, because the right to export was withdrawn. The file is not complete: delete it"
)


class ExportSelection(SelectionForm):
    rights = (permissions.EXPORT,)


class ExportForm(ReviewForm):
    """The purpose, the format and the columns."""

    purpose = forms.ChoiceField(
        choices=[("", "Choose what it is for"), *Purpose.choices],
        error_messages={
            "required": "Choose what the file is for",
            "invalid_choice": "Choose a purpose from the list",
        },
    )
    details = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Only shown in the Excel file. Required for another purpose",
        error_messages={"max_length": "Enter 200 characters or fewer"},
    )
    format = forms.ChoiceField(
        choices=[(XLSX, "Excel (XLSX)"), (CSV, "CSV")],
        initial=XLSX,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a format",
            "invalid_choice": "Choose one of the formats",
        },
    )
    columns = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick the columns that the purpose needs",
            "invalid_choice": "Tick columns in the list",
        },
    )

    def __init__(self, *args, columns: list[ExportColumn], number: int, **kwargs):
        super().__init__(*args, initial={"columns": TICKED, "format": XLSX}, **kwargs)
        self.number = number
        self.by_key = {column.key: column for column in columns}
        self.fields["columns"].choices = [(column.key, column.label) for column in columns]

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("purpose") == Purpose.OTHER and not cleaned.get("details"):
            self.add_error("details", "Enter what the file is for")
        most = MOST_ROWS.get(cleaned.get("format"))
        if most is not None and self.number > most:
            self.add_error("format", f"Choose CSV: an Excel sheet holds {most:,} rows at most")
        return cleaned

    def chosen_columns(self) -> list[ExportColumn]:
        """Return the ticked columns; next to an address, also whether not to name the event."""
        wanted = set(self.cleaned_data["columns"])
        if EMAIL in wanted:
            wanted.add(DISCREET)
        return [self.by_key[key] for key in self.by_key if key in wanted]


class ExportView(ReviewView):
    """Ask for the purpose, then stream the file. The right is checked again while it streams."""

    rights = (permissions.VIEW, permissions.EXPORT)

    template_name = "prevent_registrations/review/export.html"
    page_title = "Export"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask about everything the address's filter finds."""
        filters = RegistrationFilterSet(request.GET, request=request)
        query = filters.query if filters.is_valid() else request.GET.urlencode()
        return self.ask({"everything": "on", "filter": query}, None)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        return self.ask(request.POST, request.POST if "purpose" in request.POST else None)

    def ask(self, selected, answered) -> HttpResponse:
        user = self.request.user
        selection = ExportSelection(selected, user=user)
        if not selection.is_valid():
            return self.show(form=selection, status=422)
        chosen = selection.chosen()
        totals = chosen.order_by().aggregate(number=Count("pk"), erase_at=Min("erase_at"))
        columns = columns_for(user, chosen)
        form = ExportForm(answered, columns=columns, number=totals["number"])
        if answered is None or not form.is_valid():
            return self.show(
                form=form,
                number=totals["number"],
                hidden=selection.hidden(),
                status=422 if form.is_bound else 200,
            )
        return self.stream(selection, form, totals)

    def show(self, *, status: int = 200, **kwargs) -> HttpResponse:
        context = self.get_context_data(export_url=self.address("export"), **kwargs)
        return self.render_to_response(context, status=status)

    def stream(
        self, selection: ExportSelection, form: ExportForm, totals: dict
    ) -> HttpResponseBase:
        now, user, cleaned = timezone.now(), self.request.user, form.cleaned_data
        columns = form.chosen_columns()
        AccessRecord.record(
            user,
            AccessRecord.Action.EXPORTED,
            count=totals["number"],
            seen=selection.chosen().order_by().values_list("pk", flat=True).iterator(),
            purpose=cleaned["purpose"],
            sensitive=any(column.is_sensitive for column in columns),
        )
        purpose, details = Purpose(cleaned["purpose"]).label, cleaned["details"]
        about = [
            ["Registrations", totals["number"]],
            ["Exported by", get_user_display_name(user)],
            ["Exported at", now],
            ["Purpose", f"{purpose}: {details}" if details else purpose],
            ["Delete this file by", totals["erase_at"] or ""],
        ]
        rows = self.rows(selection, columns)
        return download("registrations", cleaned["format"], about, rows, at=now)

    def rows(self, selection: ExportSelection, columns: list[ExportColumn]) -> Iterator[list[Row]]:
        """Yield the headings and the rows; if the right is withdrawn, say so and end."""
        yield [[column.heading for column in columns]]
        try:
            yield from export_batches(selection.chosen, columns, by=self.request.user)
        except RightWithdrawn:
            AccessRecord.record(self.request.user, AccessRecord.Action.STOPPED)
            yield [[STOPPED]]
