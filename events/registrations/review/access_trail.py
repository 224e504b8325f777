"""The access trail as a report for data protection: filtered, paged and exported."""

from collections.abc import Iterator

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django_filters.fields import ModelChoiceField
from wagtail.admin.utils import get_user_display_name

from events.models import Occurrence

from .. import permissions
from ..models import AccessRecord, Registration, SeenRegistration
from ..references import read_reference
from ..retention import reference_hash
from .base import ListColumn, ReviewListView
from .export_columns import BATCH
from .filters import DateFilter, ListFilterForm, ReviewFilterSet
from .spreadsheet import CSV, download, local_minute

HEADINGS = (
    "When",
    "Who",
    "What",
    "Registration",
    "Date of the event",
    "How many",
    "Purpose",
    "Sensitive answers",
)
NAMED_ON_SCREEN, NAMED_IN_FILE = 3, 1000
GONE, HIDDEN = "erased", "not shown"
ABOUT_FLAGS = (AccessRecord.Action.FLAGGED, AccessRecord.Action.CLEARED)


class PersonFilterField(ModelChoiceField):
    def label_from_instance(self, person) -> str:
        return get_user_display_name(person)


class PersonFilter(django_filters.ModelChoiceFilter):
    field_class = PersonFilterField


class TrailFilterSet(ReviewFilterSet):
    user = PersonFilter(
        queryset=get_user_model().objects.none(),
        label="Who",
        empty_label="Everyone",
        error_messages={"invalid_choice": "Choose one of the people in the list"},
    )
    action = django_filters.ChoiceFilter(
        label="What",
        choices=AccessRecord.Action.choices,
        empty_label="Everything",
        error_messages={"invalid_choice": "Choose one of the actions in the list"},
    )
    reference = django_filters.CharFilter(
        method="about",
        label="Reference of a registration",
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    since = DateFilter("at", lookup_expr="gte", label="From")
    until = DateFilter("at", lookup_expr="lte", label="Until")

    class Meta:
        model = AccessRecord
        fields: list[str] = []
        form = ListFilterForm

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = AccessRecord.objects.order_by().values("user")
        users = get_user_model().objects.filter(pk__in=people)
        self.filters["user"].queryset = users.order_by("username")

    def about(self, queryset, name: str, value: str):
        """Find the lines about one registration, including lists that showed it.

        An erased registration has a keyed hash in place of its reference, so that anyone who still
        knows the reference can trace what was done. Flags are left out for users who may not see
        them, because the answer would reveal one.
        """
        reference = read_reference(value, "PR") or value.strip().upper()
        named = Registration.objects.filter(
            reference__in=[reference, reference_hash(reference)]
        ).values_list("pk", flat=True)
        found = queryset.about(*named)
        if not permissions.may(self.request.user, permissions.CONCERNS):
            found = found.exclude(action__in=ABOUT_FLAGS)
        return found


def in_words(lines: list[AccessRecord], *, reader, most: int) -> list[list[str]]:
    """Return each line in words for ``reader``, by the columns of ``HEADINGS``. Few queries.

    For a list, ``most`` references are named, and the number of others. Only people who may see
    flags learn which registration was flagged.
    """
    may_see_flags = permissions.may(reader, permissions.CONCERNS)
    people = get_user_model().objects.in_bulk({line.user_id for line in lines})
    seen = seen_by_line(lines, most)
    keys = {line.registration_pk for line in lines if line.registration_pk}
    keys.update(*seen.values())
    references = dict(
        Registration.objects.not_erased().filter(pk__in=keys).values_list("pk", "reference")
    )
    dates = Occurrence.objects.only("title", "starts_at").in_bulk(
        {line.occurrence_pk for line in lines if line.occurrence_pk}
    )
    return [
        [
            local_minute(line.at),
            who(line.user_id, people),
            line.get_action_display(),
            HIDDEN
            if line.action in ABOUT_FLAGS and not may_see_flags
            else named(line, seen.get(line.pk, []), references),
            str(dates.get(line.occurrence_pk, "")),
            str(line.count),
            line.get_purpose_display(),
            "Yes" if line.sensitive else "",
        ]
        for line in lines
    ]


def seen_by_line(lines: list[AccessRecord], most: int) -> dict[int, list[int]]:
    """Return the keys of the first ``most`` registrations of each line about several."""
    number = Window(RowNumber(), partition_by=F("record"), order_by=F("pk").asc())
    rows = (
        SeenRegistration.objects.filter(record__in=[line.pk for line in lines])
        .annotate(number=number)
        .filter(number__lte=most)
        .order_by("record", "pk")
    )
    found: dict[int, list[int]] = {}
    for record, key in rows.values_list("record", "registration_pk"):
        found.setdefault(record, []).append(key)
    return found


def named(line: AccessRecord, seen: list[int], references: dict[int, str]) -> str:
    """Return the references that ``line`` is about. An erased registration has none."""
    if line.registration_pk:
        return references.get(line.registration_pk, GONE)
    names = [references.get(key, GONE) for key in seen]
    more = line.count - len(names)
    return ", ".join(names) + (f" and {more} more" if names and more > 0 else "")


def who(key: int | None, people: dict) -> str:
    if key is None:
        return "The command line"
    return get_user_display_name(people[key]) if key in people else f"Closed account {key}"


class TrailView(ReviewListView):
    """The report. Reading it is recorded too."""

    rights = (permissions.VIEW_TRAIL,)
    url_prefix = "prevent_registrations_accessrecord_modeladmin"
    index_title = "Registrations: who did what"
    header_icon = "history"
    template_name = "prevent_registrations/review/trail.html"
    filterset_class = TrailFilterSet
    queryset = AccessRecord.objects.order_by("-at", "-pk")
    columns = [ListColumn(heading, heading) for heading in HEADINGS]

    def get_rows(self, page: list[AccessRecord]) -> list[list[str]]:
        AccessRecord.record(self.request.user, AccessRecord.Action.TRAIL, count=len(page))
        return in_words(page, reader=self.request.user, most=NAMED_ON_SCREEN)

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(export_url=self.address("export"), **kwargs)


class TrailExportView(TrailView):
    """The filtered lines as CSV; the right is checked again as it streams."""

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if not self.filters.is_valid():
            return super().get(request, *args, **kwargs)
        now, lines = timezone.now(), self.get_queryset()
        newest = lines.values_list("pk", flat=True).first() or 0
        number = lines.count()
        AccessRecord.record(request.user, AccessRecord.Action.TRAIL, count=number)
        about = [
            [self.index_title, str(number)],
            ["Exported by", get_user_display_name(request.user)],
            ["Exported at", local_minute(now)],
        ]
        rows = self.batches(lines.order_by("-pk"), newest)
        return download("trail", CSV, about, rows, at=now)

    def batches(self, lines, newest: int) -> Iterator[list[list[str]]]:
        yield [list(HEADINGS)]
        last = newest + 1
        while permissions.may(permissions.as_now(self.request.user), permissions.VIEW_TRAIL):
            batch = list(lines.filter(pk__lt=last)[:BATCH])
            if not batch:
                return
            yield in_words(batch, reader=self.request.user, most=NAMED_IN_FILE)
            last = batch[-1].pk
        yield [["Stopped here, because the right to read the trail was withdrawn"]]
