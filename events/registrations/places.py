"""Places: who gets one, who waits, and what happens to one that becomes free.

One conditional UPDATE decides, so the count is right however many ask at once. The waiting list
moves in order: a free place goes to the first in line whose whole party fits, in the transaction
that freed it, so no place stays empty while somebody waits who could take it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from events.models import Occurrence

from . import outbox
from .models import OutboundEmail, PlaceCount, Registration, RegistrationChange, RegistrationPage
from .models.registration import HOLDING

Status = Registration.Status


def capacity_of(occurrence: Occurrence, page: RegistrationPage | None) -> int | None:
    """Return the capacity that counts: the date's own, else its form's, else None: no limit."""
    if occurrence.capacity is not None:
        return occurrence.capacity
    return page.capacity if page else None


def places_left(page: RegistrationPage | None, occurrence: Occurrence) -> int | None:
    """Return how many more people fit on ``occurrence``, None without limit."""
    try:
        return occurrence.place_count.left
    except PlaceCount.DoesNotExist:
        return capacity_of(occurrence, page)


def ensure_count(occurrence: Occurrence, page: RegistrationPage | None) -> None:
    """Make sure that there is a row to count in. Safe twice at once."""
    PlaceCount.objects.bulk_create(
        [PlaceCount(occurrence=occurrence, capacity=capacity_of(occurrence, page))],
        ignore_conflicts=True,
    )


def take(occurrence_pk: int, places: int) -> bool:
    """Take ``places`` places if all of them are free; the database decides."""
    counts = PlaceCount.objects.filter(pk=occurrence_pk)
    return counts.with_room_for(places).update(taken=F("taken") + places) == 1


def has_room(occurrence_pk: int, places: int) -> bool:
    """Whether ``places`` would fit. Asks by an UPDATE, as long as ``take`` takes."""
    counts = PlaceCount.objects.filter(pk=occurrence_pk)
    return counts.with_room_for(places).update(taken=F("taken")) == 1


def lock(occurrence_pk: int) -> PlaceCount:
    """Keep others from deciding about places of the date until the transaction ends."""
    return PlaceCount.objects.select_for_update().get(pk=occurrence_pk)


def release(occurrence_pk: int, places: int, *, at: datetime, by=None) -> list[Registration]:
    """Give ``places`` back and promote those who wait, in the caller's transaction."""
    PlaceCount.objects.filter(pk=occurrence_pk).update(taken=F("taken") - places)
    return promote(occurrence_pk, at=at, by=by)


def forget_guests(occurrence_pk: int, guests: int) -> None:
    """Count the guests of an erased registration no more, on a date that is over."""
    PlaceCount.objects.filter(pk=occurrence_pk).update(taken=F("taken") - guests)


def promote(occurrence_pk: int, *, at: datetime, by=None) -> list[Registration]:
    """Give free places to those who wait, in their order, and owe each the offer e-mail.

    Part of the caller's transaction, which holds the count's row: nobody else decides meanwhile.
    Returns the registrations that got a place.
    """
    count = lock(occurrence_pk)
    if count.left == 0 or count.occurrence.is_cancelled or count.occurrence.starts_at <= at:
        return []
    promoted = []
    # Where somebody confirms each by hand, that person also decides who comes next.
    queue = Registration.objects.queue().filter(
        Q(page=None) | Q(page__approval=False), occurrence_id=occurrence_pk
    )
    for registration in queue.select_for_update(of=("self",)).iterator(chunk_size=100):
        if not take(occurrence_pk, registration.party):
            if count.left is not None and sum(r.party for r in promoted) >= count.left:
                break
            continue
        registration.status = Status.CONFIRMED
        registration.waiting_since = None
        registration.save(update_fields=["status", "waiting_since"])
        change = RegistrationChange.objects.create(
            registration=registration,
            at=at,
            by=by,
            previous_status=Status.WAITING,
            status=Status.CONFIRMED,
            note="A place became free",
        )
        outbox.owe_all(registration, [(OutboundEmail.Kind.OFFERED, change.pk)], at=at)
        promoted.append(registration)
    return promoted


@transaction.atomic
def refresh_capacity(
    occurrence: Occurrence, page: RegistrationPage | None, *, at: datetime | None = None, by=None
) -> list[Registration]:
    """Count with the capacity that is set now. More places promote; fewer put nobody out."""
    ensure_count(occurrence, page)
    PlaceCount.objects.filter(pk=occurrence.pk).update(capacity=capacity_of(occurrence, page))
    return promote(occurrence.pk, at=at or timezone.now(), by=by)


@dataclass(frozen=True, slots=True)
class Drift:
    """A count that does not agree with the registrations it counts."""

    occurrence_pk: int
    counted: int
    held: int


def find_drift() -> list[Drift]:
    """Return the dates whose count of taken places is not what their registrations hold."""
    held = dict(
        Registration.objects.filter(status__in=HOLDING)
        .values_list("occurrence")
        .annotate(places=Sum(F("guests") + 1))
        .order_by()
    )
    counted = dict(PlaceCount.objects.values_list("pk", "taken"))
    return [
        Drift(pk, counted.get(pk, 0), held.get(pk, 0))
        for pk in sorted(held.keys() | counted.keys())
        if counted.get(pk, 0) != held.get(pk, 0)
    ]
