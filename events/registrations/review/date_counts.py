"""Figures for dates: places and people by status, attendance, and totals of answers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum, prefetch_related_objects
from django.db.models.functions import Coalesce, Least

from events.models import Occurrence

from .. import permissions
from ..availability import find_forms, form_of
from ..models import PlaceCount, Registration
from ..models.questions import WITH_CHOICES
from ..models.registration import COMING, HOLDING, RegistrationQuerySet
from ..places import capacity_of
from ..questions import answer_texts
from .export_columns import row_batches

Status = Registration.Status
PEOPLE = F("guests") + 1
# If only part of a party came, that part.
HERE = Least(Coalesce("came", PEOPLE), PEOPLE)
SHOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DateCounts:
    """One date: its capacity (None if unlimited), and numbers of people of each kind.

    ``taken``, ``held``, ``waiting`` and ``requested`` are people, including guests; ``held`` ones
    are taken until an email address is confirmed. ``received`` is how many registrations need a
    decision.
    """

    occurrence: Occurrence
    capacity: int | None
    taken: int
    held: int = 0
    waiting: int = 0
    requested: int = 0
    received: int = 0

    @property
    def over(self) -> int:
        """Return how many places are taken beyond the capacity."""
        return max(0, self.taken - self.capacity) if self.capacity is not None else 0

    @property
    def places_in_words(self) -> str:
        held = f", {self.held} held until confirmed" if self.held else ""
        if self.capacity is None:
            return f"{self.taken} place{'' if self.taken == 1 else 's'} taken, no limit{held}"
        return f"{self.taken} of {self.capacity} places taken{held}"


def date_counts(occurrences: Iterable[Occurrence]) -> list[DateCounts]:
    """Return the counts of ``occurrences``, in order.

    A date without a booking has no count row: its capacity comes from the date or from its event's
    published form.
    """
    rows = list(occurrences)
    prefetch_related_objects(rows, "event")
    find_forms([row.event for row in rows if row.event])
    places = PlaceCount.objects.in_bulk([row.pk for row in rows])
    waiting, received, held = (
        Q(status=status, erased_at=None)
        for status in (Status.WAITING, Status.RECEIVED, Status.HELD)
    )
    counts = {
        row.pop("occurrence"): row
        for row in Registration.objects.filter(occurrence__in=rows)
        .order_by()
        .values("occurrence")
        .annotate(
            taken=Sum(PEOPLE, filter=Q(status__in=HOLDING), default=0),
            held=Sum(PEOPLE, filter=held, default=0),
            waiting=Sum(PEOPLE, filter=waiting, default=0),
            requested=Sum(PEOPLE, filter=received, default=0),
            received=Count("pk", filter=received),
        )
    }
    found = []
    for row in rows:
        people, place = counts.get(row.pk, {"taken": 0}), places.get(row.pk)
        if place is not None:
            people["taken"] = place.taken
        form = form_of(row.event) if row.event else None
        capacity = place.capacity if place else capacity_of(row, form)
        found.append(DateCounts(row, capacity, **people))
    return found


def upcoming_dates(user, *, at: datetime, most: int):
    """Return the next dates of the events that ``user`` may see."""
    dates = permissions.occurrences_for(user).upcoming(at=at)
    return dates.exclude(status=Occurrence.Status.CANCELLED)[:most]


def recent_dates(user, *, at: datetime, most: int):
    """Return the dates that ended recently, latest first."""
    dates = permissions.occurrences_for(user).past(at=at).filter(ends_at__gt=at - SHOWN_AFTER)
    return dates.exclude(status=Occurrence.Status.CANCELLED)[:most]


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many people with a place have come, including guests, and how many are expected."""

    here: int
    expected: int


def attendance(occurrence: Occurrence) -> Attendance:
    """Count all registrations for the date, including those the reader may not see."""
    counts = Registration.objects.filter(occurrence=occurrence, status__in=COMING).aggregate(
        here=Sum(HERE, filter=Q(status=Status.ATTENDED), default=0),
        expected=Sum(PEOPLE, default=0),
    )
    return Attendance(**counts)


@dataclass(slots=True)
class AnswerCount:
    """How many answered a question, how often each choice was made, and what was written."""

    label: str
    answered: int = 0
    choices: Counter = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)

    @property
    def by_choice(self) -> list[tuple[str, int]]:
        """Return how often each choice was made, most frequent first."""
        return self.choices.most_common()


def answer_counts(
    holders: RegistrationQuerySet, *, sensitive: bool
) -> tuple[list[AnswerCount], int]:
    """Return the counts of the answers of ``holders``, and how many could not be decrypted.

    Choices and ticks are counted one by one. Free text is listed for users with the right to
    ``sensitive`` answers; others see only how many wrote something. Without that right, sensitive
    answers are neither read nor counted, because one "Kosher" is as good as a name.
    """
    found: dict[str, AnswerCount] = {}
    unreadable = 0
    fields = ["pk", "answers", *(["sensitive_answers"] if sensitive else [])]
    for rows in row_batches(holders.order_by(), fields):
        for _, *kinds in rows:
            unreadable += kinds.count(None)
            for answers, with_texts in zip(kinds, (False, True), strict=False):
                for answer in answers or ():
                    count_answer(answer, found, with_texts=with_texts)
    for count in found.values():
        count.texts.sort(key=str.casefold)
    return list(found.values()), unreadable


def count_answer(answer: dict, found: dict[str, AnswerCount], *, with_texts: bool) -> None:
    """Add one answer to its question's count. An unticked box is not an answer."""
    kind = answer.get("type", "")
    texts = answer_texts(answer["value"], kind)
    if not texts or answer["value"] is False:
        return
    count = found.setdefault(answer["name"], AnswerCount(answer["label"]))
    count.answered += 1
    if kind in WITH_CHOICES:
        count.choices.update(texts)
    elif with_texts and answer["value"] is not True:
        count.texts += texts
