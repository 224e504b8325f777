"""What the list of registrations can be asked. Nothing else in an address means anything.

modeladmin's own list takes any lookup that the address names, and so answers questions such as
whether an e-mail address begins with an "a". This one knows its parameters by name.
"""

from dataclasses import dataclass

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict

from events.models import Occurrence

from ..models import Registration
from ..models.registration import RegistrationQuerySet

# modeladmin's address for an export, which this list does not have.
IGNORED = {"export"}
SEARCHED = ("reference", "name", "email")
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: the name that sorts by it, its heading, and what it sorts by."""

    name: str
    heading: str
    fields: tuple[str, ...]


COLUMNS = (
    Column("reference", "Reference", ("reference",)),
    Column("name", "Name", ("name",)),
    Column("date", "Event and date", ("occurrence__starts_at", "occurrence__title")),
    Column("status", "Status", ("status",)),
    Column("received", "Received", ("received_at",)),
)
NEWEST_FIRST = "-received"
ORDERS = {
    sign + column.name: [sign + field for field in (*column.fields, "pk")]
    for column in COLUMNS
    for sign in ("", "-")
}


class OccurrenceChoiceField(forms.ModelChoiceField):
    """One of the dates that somebody registered for."""

    def label_from_instance(self, occurrence: Occurrence) -> str:
        return f"{occurrence.title}, {occurrence.when}"


class RegistrationFilterForm(forms.Form):
    """The search box and filters above the list; valid when every parameter makes sense."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        help_text="Reference, name or email address",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    occurrence = OccurrenceChoiceField(
        Occurrence.objects.none(),
        label="Event and date",
        required=False,
        to_field_name="uuid",
        empty_label="All dates",
        error_messages={"invalid_choice": "Choose one of the dates in the list"},
    )
    status = forms.ChoiceField(
        choices=[("", "All statuses"), *Registration.Status.choices],
        required=False,
        error_messages={"invalid_choice": "Choose one of the statuses in the list"},
    )
    o = forms.ChoiceField(
        choices=[(name, name) for name in ORDERS],
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "Choose a column of the list to sort by"},
    )
    p = forms.IntegerField(
        min_value=1,
        required=False,
        widget=forms.HiddenInput,
        error_messages={
            "invalid": "Enter the number of a page, such as 1",
            "min_value": "Enter the number of a page, such as 1",
        },
    )

    def __init__(self, parameters: QueryDict, *, registrations: RegistrationQuerySet):
        super().__init__(parameters, label_suffix="")
        self.registrations = registrations
        self.fields["occurrence"].queryset = Occurrence.objects.filter(
            Exists(registrations.filter(occurrence=OuterRef("pk")))
        ).order_by("-starts_at", "title")

    def clean(self) -> dict:
        if unknown := set(self.data) - set(self.fields) - IGNORED:
            raise forms.ValidationError(
                "The address asks for %(count)s that this list does not have. "
                "Use the search box and the filters on this page",
                params={"count": "a filter" if len(unknown) == 1 else f"{len(unknown)} filters"},
            )
        return super().clean()

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("q", "occurrence", "status"))

    @property
    def order(self) -> str:
        return self.cleaned_data.get("o") or NEWEST_FIRST

    @property
    def page(self) -> int:
        return self.cleaned_data.get("p") or 1

    def found(self) -> RegistrationQuerySet:
        """Return what a valid form asks for, with what the list shows of it and no more."""
        found = self.registrations.filter(matching(self.cleaned_data["q"]))
        if occurrence := self.cleaned_data["occurrence"]:
            found = found.filter(occurrence=occurrence)
        if status := self.cleaned_data["status"]:
            found = found.filter(status=status)
        return (
            found.select_related("occurrence")
            .only(
                "reference",
                "name",
                "status",
                "received_at",
                "occurrence__title",
                "occurrence__starts_at",
                "occurrence__ends_at",
                "occurrence__status",
            )
            .order_by(*ORDERS[self.order])
        )


def matching(search: str) -> Q:
    """Return the condition that each word of ``search`` is in the reference, name or address."""
    condition = Q()
    for word in search.split()[:MOST_WORDS]:
        somewhere = Q()
        for field in SEARCHED:
            somewhere |= Q(**{f"{field}__icontains": word})
        condition &= somewhere
    return condition
