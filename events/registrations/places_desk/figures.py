"""How the places of an event's dates stand: numbers, and nobody's name."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, Sum

from events.models import EventPage, Occurrence

from ..models import PlaceCount, Registration, RegistrationPage
from ..places import capacity_of

Status = Registration.Status


@dataclass(frozen=True, slots=True)
class Figures:
    """One date: its capacity (None without limit), and how many people there are of each kind.

    ``capacity`` is the one that counts; ``has_own`` tells whether it is the date's own.
    ``queue`` is how many registrations wait, whoever they bring.
    """

    occurrence: Occurrence
    capacity: int | None
    has_own: bool
    taken: int
    waiting: int
    requested: int
    queue: int

    @property
    def over(self) -> int:
        """Return how many places more are taken than there are."""
        return max(0, self.taken - self.capacity) if self.capacity is not None else 0


def form_of(event: EventPage) -> RegistrationPage | None:
    return RegistrationPage.objects.child_of(event).first()


def figures_of(dates: list[Occurrence], page: RegistrationPage | None) -> list[Figures]:
    """Return the figures of ``dates``, in their order, by two queries."""
    counts = {
        row["occurrence"]: row
        for row in Registration.objects.filter(occurrence__in=dates)
        .order_by()
        .values("occurrence")
        .annotate(
            waiting=Sum(F("guests") + 1, filter=Q(status=Status.WAITING), default=0),
            requested=Sum(F("guests") + 1, filter=Q(status=Status.RECEIVED), default=0),
            queue=Count("pk", filter=Q(status=Status.WAITING)),
        )
    }
    taken = dict(PlaceCount.objects.filter(pk__in=dates).values_list("pk", "taken"))
    nobody = {"waiting": 0, "requested": 0, "queue": 0}
    return [
        Figures(
            occurrence=date,
            capacity=capacity_of(date, page),
            has_own=date.capacity is not None,
            taken=taken.get(date.pk, 0),
            **{name: counts.get(date.pk, nobody)[name] for name in nobody},
        )
        for date in dates
    ]


def coming_dates(event: EventPage, *, at: datetime) -> list[Occurrence]:
    """Return the dates that have not ended, and those that wait for a new one, in their order."""
    postponed = Q(status=Occurrence.Status.POSTPONED)
    rows = event.occurrences.filter(Q(ends_at__gt=at) | postponed)
    return list(rows.defer("vevent").order_by("starts_at", "id"))
