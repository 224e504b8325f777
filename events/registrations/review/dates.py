"""How dates stand: places, people by status, who is here, and what the answers add up to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum

from events.models import Occurrence

from .. import permissions
from ..models import Registration
from ..models.questions import WITH_CHOICES
from ..models.registration import HOLDING
from ..questions import answer_texts
from .columns import pages

Status = Registration.Status
SHOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one date stands. ``capacity`` is None without limit; people include guests."""

    occurrence: Occurrence
    capacity: int | None
    taken: int
    waiting: int
    received: int

    @property
    def places_in_words(self) -> str:
        if self.capacity is None:
            return f"{self.taken} place{'' if self.taken == 1 else 's'} taken, no limit"
        return f"{self.taken} of {self.capacity} places taken"


def standings(occurrences: Iterable[Occurrence]) -> list[Standing]:
    """Return how each of ``occurrences`` stands, in two queries."""
    rows = list(occurrences)
    people = Sum(F("guests") + 1)
    counts = {
        key: (waiting, received)
        for key, waiting, received in Registration.objects.kept()
        .filter(occurrence__in=[row.pk for row in rows])
        .values_list("occurrence")
        .annotate(
            waiting=Sum(F("guests") + 1, filter=Q(status=Status.WAITING)),
            received=Count("pk", filter=Q(status=Status.RECEIVED)),
        )
        .order_by()
    }
    uncounted = [row.pk for row in rows if not hasattr(row, "place_count")]
    taken = dict(
        Registration.objects.filter(occurrence__in=uncounted, status__in=HOLDING)
        .values_list("occurrence")
        .annotate(people=people)
        .order_by()
    )
    found = []
    for row in rows:
        waiting, received = counts.get(row.pk, (0, 0))
        count = getattr(row, "place_count", None)
        found.append(
            Standing(
                row,
                count.capacity if count else row.capacity,
                count.taken if count else taken.get(row.pk, 0),
                waiting or 0,
                received or 0,
            )
        )
    return found


def coming(user, *, at: datetime, most: int):
    """Return the next dates of the events that ``user`` may see."""
    found = (
        permissions.occurrences_for(user)
        .upcoming(at=at)
        .exclude(status=Occurrence.Status.CANCELLED)
    )
    return found.select_related("place_count")[:most]


def lately(user, *, at: datetime, most: int):
    """Return the dates that ended not long ago, the latest first."""
    found = permissions.occurrences_for(user).past(at=at).filter(ends_at__gt=at - SHOWN_AFTER)
    return found.exclude(status=Occurrence.Status.CANCELLED).select_related("place_count")[:most]


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many people with a place are here, guests among them, and how many are expected."""

    here: int
    expected: int


def attendance(occurrence: Occurrence) -> Attendance:
    """Count over all registrations of the date, those that are kept from the reader included."""
    people = Sum(F("guests") + 1)
    counts = Registration.objects.filter(occurrence=occurrence, status__in=HOLDING).aggregate(
        here=Sum(F("guests") + 1, filter=Q(status=Status.ATTENDED)), expected=people
    )
    return Attendance(counts["here"] or 0, counts["expected"] or 0)


@dataclass(slots=True)
class Tally:
    """How often each answer to one question was given; only how many, where it was in words."""

    label: str
    answered: int = 0
    choices: Counter = field(default_factory=Counter)

    @property
    def by_choice(self) -> list[tuple[str, int]]:
        """Return how often each choice was made, the commonest first."""
        return self.choices.most_common()


def tallies(occurrence: Occurrence) -> tuple[list[Tally], int]:
    """Return the counts of the answers for ``occurrence``, and how many could not be decrypted.

    Of those who have a place. Choices and ticks are counted one by one; words that somebody
    wrote are never told, only how many did: reading them is another right.
    """
    found: dict[str, Tally] = {}
    unreadable = 0
    holders = Registration.objects.kept().filter(occurrence=occurrence, status__in=HOLDING)
    for rows in pages(holders, ["pk", "answers", "sensitive_answers"]):
        for _, answers, sensitive in rows:
            unreadable += sensitive is None
            for answer in [*answers, *(sensitive or [])]:
                count(answer, found)
    return list(found.values()), unreadable


def count(answer: dict, found: dict[str, Tally]) -> None:
    """Add one answer to the tally of its question. A box that was not ticked is no answer."""
    kind = answer.get("type", "")
    told = answer_texts(answer["value"], kind)
    if not told or answer["value"] is False:
        return
    tally = found.setdefault(answer["name"], Tally(answer["label"]))
    tally.answered += 1
    if kind in WITH_CHOICES:
        tally.choices.update(told)
