"""What the list of registrations can be asked. Nothing else in an address means anything.

modeladmin's own list takes any lookup that the address names, and so answers questions such as
whether an e-mail address begins with an "a". This one knows its parameters by name.
"""

from dataclasses import dataclass
from datetime import datetime, time

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict

from events.english_dates import LONDON
from events.models import Occurrence

from .. import permissions
from ..models import AccessRecord, Registration
from ..models.registration import RegistrationQuerySet

# modeladmin's address for an export, which this list does not have.
IGNORED = {"export"}
NARROWING = ("q", "occurrence", "status", "assigned", "flag", "since", "until")
ME, NOBODY = "me", "nobody"
CONCERN, DISCREET, UNREAD = "concern", "discreet", "unread"
DATE_MISTAKE = "Enter a date like 26/11/2026"
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
    assigned = forms.ChoiceField(
        label="Assigned to",
        required=False,
        error_messages={"invalid_choice": "Choose one of the people in the list"},
    )
    flag = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": "Choose one of the flags in the list"},
    )
    since = forms.DateField(
        label="Received from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": DATE_MISTAKE},
    )
    until = forms.DateField(
        label="Received until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": DATE_MISTAKE},
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

    def __init__(self, parameters: QueryDict, *, user):
        super().__init__(parameters, label_suffix="")
        self.user = user
        self.registrations = Registration.objects.viewable_by(user)
        self.fields["occurrence"].queryset = Occurrence.objects.filter(
            Exists(self.registrations.filter(occurrence=OuterRef("pk")))
        ).order_by("-starts_at", "title")
        self.fields["assigned"].choices = [
            ("", "Anybody or nobody"),
            (ME, "Me"),
            (NOBODY, "Nobody"),
            *((str(person.pk), name_of(person)) for person in self.assigned_people()),
        ]
        flags = [("", "Flagged or not"), (UNREAD, "Not read by me")]
        if permissions.may(user, permissions.CONCERNS):
            flags.append((CONCERN, "Safeguarding concern"))
        self.fields["flag"].choices = [*flags, (DISCREET, "Wants discreet e-mails")]

    def assigned_people(self):
        """Return the people whom something is assigned to, the reader aside."""
        assigned = self.registrations.exclude(assigned_to=None).order_by()
        people = get_user_model().objects.filter(pk__in=assigned.values("assigned_to"))
        return people.exclude(pk=self.user.pk).order_by("username")

    def clean(self) -> dict:
        if unknown := set(self.data) - set(self.fields) - IGNORED:
            raise forms.ValidationError(
                "The address asks for %(count)s that this list does not have. "
                "Use the search box and the filters on this page",
                params={"count": "a filter" if len(unknown) == 1 else f"{len(unknown)} filters"},
            )
        cleaned = super().clean()
        if (since := cleaned.get("since")) and (until := cleaned.get("until")) and until < since:
            self.add_error("until", "Enter a day that is not before the first")
        return cleaned

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.get(name) for name in NARROWING)

    @property
    def query(self) -> str:
        """Return what was asked for as in an address, but for the page of the list."""
        return self.encoded(leave_out={"p", *IGNORED})

    @property
    def query_to_keep(self) -> str:
        """Return that without the words searched for, which may be somebody's name."""
        return self.encoded(leave_out={"p", "q", *IGNORED})

    def encoded(self, *, leave_out: set[str]) -> str:
        kept = QueryDict(mutable=True)
        for name in self.fields:
            if name not in leave_out and (value := self.data.get(name)):
                kept[name] = value
        return kept.urlencode()

    @property
    def order(self) -> str:
        return self.cleaned_data.get("o") or NEWEST_FIRST

    @property
    def page(self) -> int:
        return self.cleaned_data.get("p") or 1

    def chosen(self) -> RegistrationQuerySet:
        """Return what a valid form asks for, in no order."""
        asked = self.cleaned_data
        found = self.registrations.filter(matching(asked["q"]))
        if asked["occurrence"]:
            found = found.filter(occurrence=asked["occurrence"])
        if asked["status"]:
            found = found.filter(status=asked["status"])
        if asked["assigned"]:
            found = found.filter(assigned_to=self.assignee(asked["assigned"]))
        if asked["since"]:
            found = found.filter(
                received_at__gte=datetime.combine(asked["since"], time.min, LONDON)
            )
        if asked["until"]:
            found = found.filter(
                received_at__lte=datetime.combine(asked["until"], time.max, LONDON)
            )
        return self.flagged(found, asked["flag"]).order_by()

    def assignee(self, choice: str):
        return {ME: self.user.pk, NOBODY: None}.get(choice, choice)

    def flagged(self, found: RegistrationQuerySet, flag: str) -> RegistrationQuerySet:
        if flag == CONCERN:
            return found.exclude(concern_since=None)
        if flag == DISCREET:
            return found.filter(discreet=True)
        if flag == UNREAD:
            return found.exclude(Exists(reads_by(self.user).filter(registration_pk=OuterRef("pk"))))
        return found

    def found(self) -> RegistrationQuerySet:
        """Return what a valid form asks for, with what the list shows of it and no more."""
        return (
            self.chosen()
            .select_related("occurrence", "assigned_to")
            .only(
                "reference",
                "name",
                "status",
                "received_at",
                "concern_since",
                "discreet",
                "assigned_to__username",
                "assigned_to__first_name",
                "assigned_to__last_name",
                "occurrence__title",
                "occurrence__starts_at",
                "occurrence__ends_at",
                "occurrence__status",
            )
            .order_by(*ORDERS[self.order])
        )


def reads_by(user):
    """Return the lines of the trail at which ``user`` opened a registration."""
    act = AccessRecord.Act
    return AccessRecord.objects.filter(user=user, act__in=[act.LOOKED, act.REVEALED]).order_by()


def name_of(user) -> str:
    return user.get_full_name().strip() or user.get_username()


def matching(search: str) -> Q:
    """Return the condition that each word of ``search`` is in the reference, name or address."""
    condition = Q()
    for word in search.split()[:MOST_WORDS]:
        somewhere = Q()
        for field in SEARCHED:
            somewhere |= Q(**{f"{field}__icontains": word})
        condition &= somewhere
    return condition
