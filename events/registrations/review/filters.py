"""The lists' filters, and which rows an action or an export is about.

Anything else in an address is an error.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from urllib.parse import urlencode

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Exists, Max, OuterRef, Q
from django.http import QueryDict
from django.utils.formats import date_format
from django_filters.fields import ModelChoiceField
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.utils import get_user_display_name

from events.english_dates import LONDON
from events.models import Occurrence
from events.typed_fields import TypedDateField
from prevent_content.cleaning import clean_line, name_key
from prevent_content.widgets import DateInput

from .. import permissions
from ..models import AccessRecord, Registration
from ..models.registration import RegistrationQuerySet
from ..references import read_reference
from .forms import ReviewForm

ME, NOBODY = "me", "nobody"
CONCERN, DISCREET, UNREAD = "concern", "discreet", "unread"
DATE_MISTAKE = "Enter a date like 26/11/2026"
PAGE_MISTAKE = "Enter the number of a page, such as 1"
MOST_WORDS = 8
USUAL_COLUMNS = ["received", "assigned", "flags"]
LARGEST_KEY = 2**63 - 1
NONE_CHOSEN = "Tick some registrations, or all in the filter"
SORT_FIELDS = {
    "reference": ("reference",),
    "name": ("name",),
    "date": ("occurrence__starts_at", "occurrence__title"),
    "status": ("status",),
    "received": ("received_at",),
}
NEWEST_FIRST = "-received"
ORDERS = {
    sign + name: [sign + field for field in (*fields, "pk")]
    for name, fields in SORT_FIELDS.items()
    for sign in ("", "-")
}


class ListFilterForm(ReviewForm):
    """The parameters of a list's address: its filters, and the page number."""

    p = forms.IntegerField(
        min_value=1,
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": PAGE_MISTAKE, "min_value": PAGE_MISTAKE},
    )

    def clean(self) -> dict:
        if unknown := set(self.data) - set(self.fields):
            raise forms.ValidationError(
                "The address has %(count)s that this list does not have. Use the filters on this "
                "page",
                params={"count": "a filter" if len(unknown) == 1 else f"{len(unknown)} filters"},
            )
        cleaned = super().clean()
        if (since := cleaned.get("since")) and (until := cleaned.get("until")) and until < since:
            self.add_error("until", "Enter a day that is not before the first")
        return cleaned


@dataclass(frozen=True, slots=True)
class FilterChip:
    """An active filter in words, and the list's parameters without it."""

    label: str
    value: str
    query: str


def choice_in_words(field: forms.Field, value) -> str:
    """Return ``value`` of ``field`` as the person chose it."""
    if isinstance(field, forms.ModelChoiceField):
        return field.label_from_instance(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))
    return date_format(value, "j F Y") if isinstance(value, date) else str(value)


class ReviewFilterSet(WagtailFilterSet):
    """Wagtail's filters, allowing a form with more fields than filters."""

    def filter_queryset(self, queryset):
        for name, each in self.filters.items():
            queryset = each.filter(queryset, self.form.cleaned_data[name])
        return queryset

    @property
    def is_filtering(self) -> bool:
        return any(self.form.cleaned_data.get(name) for name in self.filters)

    @property
    def page(self) -> int:
        return self.form.cleaned_data.get("p") or 1

    @property
    def chips(self) -> list[FilterChip]:
        """Return the active filters, without the search words."""
        names = [name for name in self.filters if self.form.cleaned_data.get(name)]
        return [
            FilterChip(
                str(self.filters[name].label),
                choice_in_words(self.form.fields[name], self.form.cleaned_data[name]),
                self.query_without(name),
            )
            for name in names
            if name != "q"
        ]

    def query_without(self, left_out: str) -> str:
        """Return the address's parameters without one of them, on the first page."""
        return urlencode(
            [
                (name, value)
                for name in self.form.fields
                if name not in (left_out, "p")
                for value in self.data.getlist(name)
                if value
            ]
        )


class DateFilter(django_filters.DateFilter):
    """A day in London: from its beginning, or until its end."""

    field_class = TypedDateField

    def __init__(self, *args, lookup_expr: str, **kwargs):
        errors = {"invalid": DATE_MISTAKE}
        super().__init__(
            *args, lookup_expr=lookup_expr, widget=DateInput, error_messages=errors, **kwargs
        )

    def filter(self, queryset, value):
        edge = time.min if self.lookup_expr == "gte" else time.max
        return super().filter(queryset, value and datetime.combine(value, edge, LONDON))


class OccurrenceChoiceField(ModelChoiceField):
    def label_from_instance(self, occurrence: Occurrence) -> str:
        return f"{occurrence.title}, {occurrence.when}"


class OccurrenceFilter(django_filters.ModelChoiceFilter):
    field_class = OccurrenceChoiceField


class KeysField(forms.Field):
    """The keys of the ticked rows."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value) -> list[int]:
        keys = []
        for text in value or []:
            if not (str(text).isascii() and str(text).isdigit() and len(str(text)) < 20):
                raise ValidationError("Tick registrations in the list")
            keys.append(int(text))
        return [key for key in keys if key <= LARGEST_KEY]


class RegistrationFilterForm(ListFilterForm):
    cols = forms.MultipleChoiceField(
        label="Columns",
        choices=[
            ("guests", "Guests"),
            ("received", "Received"),
            ("assigned", "Assigned to"),
            ("flags", "Flags"),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose columns of the list"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "cols"])

    """Filters, order and ticks: an export that first asks for a password comes back to them."""

    registration = KeysField(required=False)
    everything = forms.BooleanField(required=False, widget=forms.HiddenInput)
    o = forms.ChoiceField(
        choices=[(name, name) for name in ORDERS],
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "Choose a column of the list to sort by"},
    )


class RegistrationFilterSet(ReviewFilterSet):
    """The search box and filters above the registrations list.

    ``user`` is the reader, if other than the request's.
    """

    q = django_filters.CharFilter(
        method="search",
        label="Search",
        max_length=100,
        help_text="Reference, name or email address",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    occurrence = OccurrenceFilter(
        queryset=Occurrence.objects.none(),
        label="Event and date",
        to_field_name="uuid",
        empty_label="All dates",
        error_messages={"invalid_choice": "Choose one of the dates in the list"},
    )
    status = django_filters.ChoiceFilter(
        label="Status",
        choices=Registration.Status.choices,
        empty_label="All statuses",
        error_messages={"invalid_choice": "Choose one of the statuses in the list"},
    )
    assigned = django_filters.ChoiceFilter(
        method="assigned_to",
        label="Assigned to",
        empty_label="Anyone or nobody",
        error_messages={"invalid_choice": "Choose one of the people in the list"},
    )
    flag = django_filters.ChoiceFilter(
        method="flagged",
        label="Flag",
        empty_label="Flagged or not",
        error_messages={"invalid_choice": "Choose one of the flags in the list"},
    )
    since = DateFilter("received_at", lookup_expr="gte", label="Received from")
    until = DateFilter("received_at", lookup_expr="lte", label="Received until")

    class Meta:
        model = Registration
        fields: list[str] = []
        form = RegistrationFilterForm

    def __init__(self, data: QueryDict, *, request=None, user=None):
        self.user = user or request.user
        super().__init__(data, Registration.objects.viewable_by(self.user), request=request)
        self.filters["occurrence"].queryset = Occurrence.objects.filter(
            Exists(self.queryset.filter(occurrence=OuterRef("pk")))
        ).order_by("-starts_at", "title")
        self.filters["assigned"].extra["choices"] = [
            (ME, "Me"),
            (NOBODY, "Nobody"),
            *((str(person.pk), get_user_display_name(person)) for person in self.assignees()),
        ]
        flags = [(UNREAD, "Not read by me")]
        if permissions.may(self.user, permissions.CONCERNS):
            flags.append((CONCERN, "Safeguarding concern"))
        self.filters["flag"].extra["choices"] = [*flags, (DISCREET, "Wants discreet emails")]

    def assignees(self):
        """Return the people with assignments, except the reader."""
        assigned = self.queryset.exclude(assigned_to=None).order_by()
        people = get_user_model().objects.filter(pk__in=assigned.values("assigned_to"))
        return people.exclude(pk=self.user.pk).order_by("username")

    def search(self, queryset, name: str, value: str):
        """Find rows with each word in the reference, the name or the email address.

        A reference is found with or without hyphens, a name with or without accents.
        """
        matches = Q()
        for word in clean_line(value).split()[:MOST_WORDS]:
            condition = Q(reference__icontains=word) | Q(name__icontains=word)
            condition |= Q(email__icontains=word)
            if key := name_key(word):
                condition |= Q(name_key__contains=key)
            matches &= condition
        # A name such as Margaret has the letters of a reference, so it may be either.
        if reference := read_reference(value, "PR"):
            matches |= Q(reference=reference)
        return queryset.filter(matches)

    def assigned_to(self, queryset, name: str, value: str):
        return queryset.filter(assigned_to={ME: self.user.pk, NOBODY: None}.get(value, value))

    def flagged(self, queryset, name: str, value: str):
        if value == CONCERN:
            return queryset.exclude(concern_since=None)
        if value == DISCREET:
            return queryset.filter(discreet=True)
        reads = reads_by(self.user).filter(registration_pk=OuterRef("pk"))
        return queryset.exclude(Exists(reads))

    def chosen(self) -> RegistrationQuerySet:
        """Return the rows that valid filters find, unordered."""
        return self.filter_queryset(self.queryset).order_by()

    @property
    def shown_columns(self) -> list[str]:
        """Return which optional columns are shown."""
        chosen = self.form.cleaned_data.get("cols") if self.form.is_valid() else None
        return chosen or USUAL_COLUMNS

    @property
    def order(self) -> str:
        return self.form.cleaned_data.get("o") or NEWEST_FIRST

    @property
    def query(self) -> str:
        """Return the filters and the order for an address, without the page."""
        return self.encoded(*self.filters, "o", "cols")

    @property
    def query_to_save(self) -> str:
        """Return the same without the search words, which may be a person's name."""
        return self.encoded(*[name for name in self.filters if name != "q"], "o", "cols")

    def encoded(self, *names: str) -> str:
        return urlencode(
            [(name, value) for name in names for value in self.data.getlist(name) if value]
        )


def reads_by(user):
    """Return the lines of the trail in which ``user`` opened a registration."""
    action = AccessRecord.Action
    return AccessRecord.objects.filter(
        user=user, action__in=[action.LOOKED, action.REVEALED]
    ).order_by()


class SelectionForm(ReviewForm):
    """Ticked rows, or everything that ``filter`` finds up to the row ``newest``.

    ``newest`` leaves out what arrived after the preview.
    """

    registration = KeysField(required=False)
    everything = forms.BooleanField(required=False)
    filter = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    newest = forms.IntegerField(
        required=False, min_value=0, max_value=LARGEST_KEY, widget=forms.HiddenInput
    )
    rights: tuple[str, ...] = ()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("everything"):
            filters = RegistrationFilterSet(QueryDict(cleaned.get("filter")), user=self.user)
            if not filters.is_valid():
                raise ValidationError("This filter does not work. Go back to the list")
        elif not cleaned.get("registration") and "registration" not in self.errors:
            raise ValidationError(NONE_CHOSEN)
        return cleaned

    def chosen(self, user=None) -> RegistrationQuerySet:
        """Return the selection of a valid form that ``user`` (default: the requester) may see."""
        user = user or self.user
        cleaned = self.cleaned_data
        if not cleaned["everything"]:
            chosen = Registration.objects.viewable_by(user, *self.rights)
            return chosen.filter(pk__in=cleaned["registration"])
        filters = RegistrationFilterSet(QueryDict(cleaned["filter"]), user=user)
        if not permissions.may(user, *self.rights) or not filters.is_valid():
            return Registration.objects.none()
        chosen = filters.chosen()
        return chosen if cleaned["newest"] is None else chosen.filter(pk__lte=cleaned["newest"])

    def hidden(self) -> list[tuple[str, object]]:
        """Return hidden fields that carry the selection, as it is now, to the next page."""
        cleaned = self.cleaned_data
        if not cleaned["everything"]:
            return [("registration", key) for key in cleaned["registration"]]
        newest = cleaned["newest"]
        if newest is None:
            newest = self.chosen().aggregate(newest=Max("pk"))["newest"] or 0
        return [("everything", "on"), ("filter", cleaned["filter"]), ("newest", newest)]
