"""The dashboard's panel on registrations: dates to come, decisions to make, what is overdue."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.components import Component

from events.english_dates import LONDON
from events.models import Occurrence

from .. import permissions
from ..models import Registration
from .date_counts import date_counts, upcoming_dates

DATES_SHOWN = 5
DAYS_SHOWN = 28
WORKING_DAYS = 2
SATURDAY = 5
# The drawing's own units: the browser scales it to the width there is.
BAR, GAP, HEIGHT = 8, 2, 60


def working_days_before(day: date, number: int) -> date:
    """Return the day that lies ``number`` days from Monday to Friday before ``day``."""
    while number:
        day -= timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart, with where its bar stands in the drawing."""

    day: date
    number: int
    x: int
    y: float
    height: float


def bars(registrations, *, today: date) -> list[Bar]:
    """Return how many of ``registrations`` came on each of the last 28 days, today included."""
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
    """The next dates, what waits, and how the next date fills; only for those who may see it."""

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
        received = registrations.filter(status=Registration.Status.RECEIVED)
        index_url = reverse("prevent_registrations_registration_modeladmin_index")
        rows = date_counts(upcoming_dates(user, at=at, most=DATES_SHOWN))
        return {
            "may_see": True,
            "rows": rows,
            "chart": self.chart(rows[0].occurrence, registrations, today) if rows else None,
            "width": DAYS_SHOWN * (BAR + GAP),
            "height": HEIGHT,
            "bar": BAR,
            "waiting": registrations.queue().order_by().count(),
            "unreviewed": received.count(),
            "overdue": received.filter(
                received_at__lt=datetime.combine(until, time.min, LONDON)
            ).count(),
            "index_url": index_url,
            "dates_url": reverse("prevent_registrations_registration_modeladmin_dates"),
            "overdue_url": (
                f"{index_url}?status=received&until={until - timedelta(days=1)}&o=received"
            ),
        }

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
