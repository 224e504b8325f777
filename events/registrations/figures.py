"""Figures of dates that outlive their registrations: stored, summed and reported.

A registration is added to its date's figures in the transaction that erases it. Those not yet
erased are counted live, so a report is the sum of both and the same before and after.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, F, IntegerField, Q, Sum
from django.db.models.functions import Coalesce, Least, TruncMonth

from events.english_dates import LONDON
from events.models import Occurrence

from .encryption import UndecryptableAnswers
from .models import DateFigures, Registration
from .models.figures import LEAST_CHOSEN
from .models.questions import WITH_CHOICES
from .models.registration import COMING, TO_CONFIRM, RegistrationQuerySet

Status = Registration.Status
COUNTED_AS: dict[str, str] = {
    Status.ATTENDED: "came",
    Status.ABSENT: "absent",
    Status.WITHDRAWN: "withdrew",
    Status.WAITING: "waited",
    Status.DECLINED: "declined",
}


# If only part of a party came: that part, without the person who booked.
GUESTS_HERE = Least(
    Coalesce(F("came") - 1, F("guests"), output_field=IntegerField()),
    F("guests"),
    output_field=IntegerField(),
)


def guests_here(came: int | None, guests: int) -> int:
    """Return how many of ``guests`` came, if ``came`` of the party did (None: all)."""
    return guests if came is None else min(came - 1, guests)


def add_erased(registration: Registration, *, status: str, guests: int) -> None:
    """Add ``registration``, which is being erased, to its date's figures.

    ``status`` is its final status, ``guests`` how many it had. Call it under the lock of the date's
    places, which separates two erasures of one date. One with an unconfirmed email address is no
    booking and is not counted.
    """
    if status in TO_CONFIRM:
        return
    figures, _new = DateFigures.objects.get_or_create(occurrence_id=registration.occurrence_id)
    figures.booked += 1
    if name := COUNTED_AS.get(status):
        setattr(figures, name, getattr(figures, name) + 1)
    if status in COMING:
        figures.guests += guests
    if status == Status.ATTENDED:
        figures.came_guests += guests_here(registration.came, guests)
    month = f"{registration.received_at.astimezone(LONDON):%Y-%m}"
    figures.by_month = {**figures.by_month, month: figures.by_month.get(month, 0) + 1}
    figures.save()


def save_choices(occurrence_pk: int, *, sensitive: bool) -> None:
    """Save a date's choices made by five people or more, before the answers are erased.

    Done once for each kind of answer: later, some answers would be missing.
    """
    figures, _new = DateFigures.objects.get_or_create(occurrence_id=occurrence_pk)
    done = "sensitive_counted" if sensitive else "answers_counted"
    if getattr(figures, done):
        return
    column = "sensitive_answers" if sensitive else "answers"
    holders = Registration.objects.not_erased().filter(occurrence=occurrence_pk, status__in=COMING)
    found = [
        {"question": question, "choice": choice, "number": number, "sensitive": sensitive}
        for (question, choice), number in sorted(chosen(holders, column).items())
        if number >= LEAST_CHOSEN
    ]
    figures.choices = [*figures.choices, *found]
    setattr(figures, done, True)
    figures.save(update_fields=["choices", done])


def chosen(holders: RegistrationQuerySet, column: str) -> Counter:
    """Return how often each choice was made, by question and choice. Free text is not counted."""
    counts: Counter = Counter()
    rows = holders.order_by().values_list(column, flat=True)
    try:
        saved = list(rows)
    except UndecryptableAnswers:
        return counts
    for answers in saved:
        for answer in answers:
            if answer.get("type") in WITH_CHOICES:
                value = answer["value"]
                for choice in [value] if isinstance(value, str) else value or []:
                    counts[answer["label"], choice] += 1
    return counts


@dataclass(slots=True)
class Figures:
    """Figures of one date, or the sum of several."""

    booked: int = 0
    guests: int = 0
    came: int = 0
    came_guests: int = 0
    absent: int = 0
    withdrew: int = 0
    waited: int = 0
    declined: int = 0
    by_month: Counter = field(default_factory=Counter)

    @property
    def people_who_came(self) -> int:
        return self.came + self.came_guests

    @property
    def months(self) -> list[tuple[date, int]]:
        """Return how many booked in each month, earliest first."""
        return [
            (date.fromisoformat(f"{key}-01"), self.by_month[key]) for key in sorted(self.by_month)
        ]

    def __add__(self, other: "Figures") -> "Figures":
        counts = {name: getattr(self, name) + getattr(other, name) for name in DateFigures.COUNTS}
        return Figures(**counts, by_month=self.by_month + other.by_month)


def figures_of(occurrences: Iterable[Occurrence]) -> dict[int, Figures]:
    """Return the figures of ``occurrences`` by key, erased and live together. 3 queries."""
    keys = [occurrence.pk for occurrence in occurrences]
    found = {key: Figures() for key in keys}
    for row in DateFigures.objects.filter(pk__in=keys):
        counts = {name: getattr(row, name) for name in DateFigures.COUNTS}
        found[row.pk] += Figures(**counts, by_month=Counter(row.by_month))
    present = Registration.objects.not_erased().filter(occurrence__in=keys).order_by()
    present = present.exclude(status__in=TO_CONFIRM)
    counts = present.values("occurrence").annotate(
        booked=Count("pk"),
        with_places=Sum(F("guests"), filter=Q(status__in=COMING), default=0),
        came_guests=Sum(GUESTS_HERE, filter=Q(status=Status.ATTENDED), default=0),
        **{name: Count("pk", filter=Q(status=status)) for status, name in COUNTED_AS.items()},
    )
    for row in counts:
        found[row.pop("occurrence")] += Figures(guests=row.pop("with_places"), **row)
    months = (
        present.annotate(month=TruncMonth("received_at", tzinfo=LONDON))
        .values_list("occurrence", "month")
        .annotate(number=Count("pk"))
    )
    for key, month, number in months:
        found[key].by_month[f"{month:%Y-%m}"] += number
    return found


def financial_year(day: date) -> int:
    """Return the year in which the financial year of ``day`` begins, on 1 April."""
    return day.year if day.month >= 4 else day.year - 1


def year_in_words(year: int) -> str:
    """Return a financial year as councils write it, like "2026 to 2027"."""
    return f"{year} to {year + 1}"
