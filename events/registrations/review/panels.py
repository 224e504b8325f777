"""The dashboard's registrations panel: coming dates, decisions to make, overdue work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.components import Component

from events.english_dates import LONDON
from events.models import Occurrence

from .. import permissions
from ..models import Complaint, Registration, SubjectRequest
from ..models.registration import ACTIVE
from .date_counts import date_counts, upcoming_dates
from .filters import reads_by

DATES_SHOWN = 5
CASES_SHOWN = 10
DAYS_SHOWN = 28
WORKING_DAYS = 2
SATURDAY = 5
# The drawing's own units: the browser scales it to the available width.
BAR, GAP, HEIGHT = 8, 2, 60


def working_days_before(day: date, number: int) -> date:
    """Return the day ``number`` weekdays (Monday to Friday) before ``day``."""
    while number:
        day -= timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day


@dataclass(frozen=True, slots=True)
class Task:
    """A number of things that need the reader's attention, and where they are."""

    label: str
    number: int
    url: str
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart, and the position of its bar in the drawing."""

    day: date
    number: int
    x: int
    y: float
    height: float


def bars(registrations, *, today: date) -> list[Bar]:
    """Return how many of ``registrations`` came on each of the last 28 days, including today."""
    first = today - timedelta(days=DAYS_SHOWN - 1)
    counts = dict(
        registrations.filter(received_at__gte=datetime.combine(first, time.min, LONDON))
        .annotate(day=TruncDate("received_at", tzinfo=LONDON))
        .values_list("day")
        .annotate(number=Count("pk"))
        .order_by()
    )
    most = max([*counts.values(), 1])
    found = []
    for position in range(DAYS_SHOWN):
        day = first + timedelta(days=position)
        number = counts.get(day, 0)
        height = round(number / most * HEIGHT, 1)
        found.append(Bar(day, number, position * (BAR + GAP), HEIGHT - height, height))
    return found


class RegistrationsPanel(Component):
    """The next dates, open tasks, and bookings for the next date, for users who may see them."""

    name = "registrations"
    template_name = "prevent_registrations/review/panel.html"
    order = 110

    def get_context_data(self, parent_context) -> dict:
        context = super().get_context_data(parent_context)
        user = parent_context["request"].user
        if permissions.may(user, permissions.VIEW):
            context |= self.shown_to(user, at=timezone.now())
        return context

    def shown_to(self, user, *, at: datetime) -> dict:
        today = at.astimezone(LONDON).date()
        until = working_days_before(today, WORKING_DAYS)
        registrations = Registration.objects.viewable_by(user).order_by()
        index_url = reverse("prevent_registrations_registration_modeladmin_index")
        rows = date_counts(upcoming_dates(user, at=at, most=DATES_SHOWN))
        return {
            "may_see": True,
            # A lead's day begins with open tasks, an organiser's with the next dates.
            "dates_first": not permissions.may(user, permissions.CONCERNS),
            "tasks": list(self.tasks(user, registrations, index_url, until=until)),
            "rows": rows,
            "chart": self.chart(rows[0].occurrence, registrations, today) if rows else None,
            "width": DAYS_SHOWN * (BAR + GAP),
            "height": HEIGHT,
            "bar": BAR,
            "index_url": index_url,
            "dates_url": reverse("prevent_registrations_registration_modeladmin_dates"),
        }

    def tasks(self, user, registrations, index_url: str, *, until: date) -> Iterator[Task]:
        """Yield the open tasks of ``user``, most urgent first."""
        received = registrations.filter(status=Registration.Status.RECEIVED)
        if permissions.may(user, permissions.CONCERNS):
            flagged = registrations.exclude(concern_since=None).count()
            label = "open safeguarding flag" + ("" if flagged == 1 else "s")
            yield Task(label, flagged, f"{index_url}?flag=concern", is_urgent=flagged > 0)
        mine = registrations.filter(assigned_to=user, status__in=ACTIVE).count()
        yield Task("assigned to you", mine, f"{index_url}?assigned=me")
        yield Task("to decide", received.count(), f"{index_url}?status=received")
        old = received.filter(received_at__lt=datetime.combine(until, time.min, LONDON)).count()
        if old:
            label = "to decide for longer than 2 working days"
            days = f"until={until - timedelta(days=1)}"
            url = f"{index_url}?status=received&{days}&o=received"
            yield Task(label, old, url, is_urgent=True)
        reads = reads_by(user).filter(registration_pk=OuterRef("pk"))
        unread = registrations.exclude(Exists(reads)).count()
        yield Task("unread", unread, f"{index_url}?flag=unread")
        waiting = registrations.queue().order_by()
        yield Task("on waiting lists", waiting.count(), f"{index_url}?status=waiting")
        free = waiting.filter(
            Q(occurrence__place_count__capacity=None)
            | Q(occurrence__place_count__capacity__gt=F("occurrence__place_count__taken")),
            occurrence__starts_at__gt=timezone.now(),
        )
        dates = free.values("occurrence").distinct().count()
        if dates:
            label = f"date{'' if dates == 1 else 's'} with a waiting list and free places"
            url = reverse("prevent_registrations_registration_modeladmin_dates")
            yield Task(label, dates, url, is_urgent=True)

    def chart(self, occurrence: Occurrence, registrations, today: date) -> dict:
        drawn = bars(registrations.filter(occurrence=occurrence), today=today)
        return {
            "occurrence": occurrence,
            "bars": drawn,
            "days": [bar for bar in drawn if bar.number],
            "total": sum(bar.number for bar in drawn),
            "first": drawn[0].day,
            "last": drawn[-1].day,
        }


class DataProtectionPanel(Component):
    """Unanswered requests and complaints, first due on top; no names."""

    name = "data_protection"
    template_name = "prevent_registrations/data_protection/panel.html"
    order = 105

    def get_context_data(self, parent_context) -> dict:
        context = super().get_context_data(parent_context)
        user, at = parent_context["request"].user, timezone.now()
        cases: list[tuple] = []
        if may_see_requests := permissions.may(user, permissions.SUBJECT_ACCESS):
            cases += [("Request", row) for row in open_cases(SubjectRequest)]
        if may_see_complaints := permissions.may(user, permissions.COMPLAINTS):
            cases += [("Complaint", row) for row in open_cases(Complaint)]
        cases.sort(key=lambda case: (case[1].due_on, case[1].reference))
        return context | {
            "may_see": may_see_requests or may_see_complaints,
            "cases": [(label, row, row.is_overdue(at=at)) for label, row in cases],
            "index_url": reverse("prevent_data_protection:index"),
        }


def open_cases(model):
    rows = model.objects.not_erased().filter(closed_at=None)
    return rows.only("reference", "due_on", "closed_at").order_by("due_on", "pk")[:CASES_SHOWN]
