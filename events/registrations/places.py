"""Places: who gets one, who waits, and what happens to one that becomes free.

One conditional UPDATE decides, so the count is right however many ask at once. The waiting list
moves in order: a free place goes to the first in line whose whole party fits, in the transaction
that freed it, so no place stays empty while someone waiting could take it.

Actions lock in one order: the count of a date (two dates by key), then the date, then its
registrations.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Sum
from django.utils import timezone

from events.models import Occurrence

from . import outbox
from .database import in_one_transaction
from .models import OutboundEmail, PlaceCount, Registration, RegistrationChange, RegistrationPage
from .models.page import GOING_AHEAD
from .models.place_count import Fullness, fullness
from .models.registration import HOLDING

Status = Registration.Status


def capacity_of(occurrence: Occurrence, page: RegistrationPage | None) -> int | None:
    """Return the effective capacity: the date's own, else its form's, else None: unlimited."""
    if occurrence.capacity is not None:
        return occurrence.capacity
    return page.capacity if page else None


def places_left(page: RegistrationPage | None, occurrence: Occurrence) -> int | None:
    """Return how many more people fit on ``occurrence``, None if unlimited."""
    try:
        return occurrence.place_count.left
    except PlaceCount.DoesNotExist:
        return capacity_of(occurrence, page)


def is_counted(occurrence: Occurrence) -> bool:
    """Whether ``occurrence`` was loaded with its count row."""
    try:
        return occurrence.place_count is not None
    except PlaceCount.DoesNotExist:
        return False


def is_nearly_full(page: RegistrationPage | None, occurrence: Occurrence) -> bool:
    """Whether few places are left on ``occurrence``."""
    left = places_left(page, occurrence)
    return fullness(left, capacity_of(occurrence, page)) == Fullness.FEW


def ensure_count(occurrence: Occurrence, page: RegistrationPage | None) -> None:
    """Make sure that a count row exists. Safe twice at once."""
    capacity = capacity_of(occurrence, page)
    PlaceCount.objects.bulk_create(
        [PlaceCount(occurrence=occurrence, capacity=capacity, ceiling=capacity)],
        ignore_conflicts=True,
    )


def take(occurrence_pk: int, places: int) -> bool:
    """Take ``places`` places if all of them are free; the database decides."""
    return PlaceCount.objects.filter(pk=occurrence_pk).take(places) == 1


def take_or_see_full(occurrence_pk: int, places: int) -> bool:
    """Take ``places`` if all are free, else lock the full date until the transaction ends.

    The next to free a place then sees anyone joining the waiting list: without the lock, a place
    freed meanwhile would stay empty.
    """
    if take(occurrence_pk, places):
        return True
    left = lock(occurrence_pk).left
    return (left is None or left >= places) and take(occurrence_pk, places)


def lock(occurrence_pk: int) -> PlaceCount:
    """Prevent others from allocating places of the date until the transaction ends."""
    return PlaceCount.objects.select_for_update().get(pk=occurrence_pk)


def release(occurrence_pk: int, places: int, *, at: datetime, by=None) -> list[Registration]:
    """Free ``places`` and promote people on the waiting list, in the caller's transaction."""
    PlaceCount.objects.filter(pk=occurrence_pk).give_back(places)
    return promote(occurrence_pk, at=at, by=by)


def forget_guests(occurrence_pk: int, guests: int) -> None:
    """Stop counting the guests of an erased registration, on a past date."""
    PlaceCount.objects.filter(pk=occurrence_pk).give_back(guests)


def promote(occurrence_pk: int, *, at: datetime, by=None) -> list[Registration]:
    """Give free places to the waiting list, in order, and queue the offer emails.

    Part of the caller's transaction, which holds the count's row, so nobody else decides meanwhile.
    Returns the registrations that got a place.
    """
    count = lock(occurrence_pk)
    left = count.left
    date = count.occurrence
    if left == 0 or date.status not in GOING_AHEAD or date.starts_at <= at:
        return []
    # Staff who confirm each booking by hand also decide who comes next.
    queue = Registration.objects.queue().filter(
        Q(page=None) | Q(page__approval=False), occurrence_id=occurrence_pk
    )
    promoted = []
    for pk, guests in list(queue.values_list("pk", "guests")):
        if left == 0:
            break
        if not take(occurrence_pk, 1 + guests):
            continue
        promoted.append(offer_place(pk, at=at, by=by))
        if left is not None:
            left -= 1 + guests
    return promoted


def offer_place(pk: int, *, at: datetime, by) -> Registration:
    registration = Registration.objects.select_related("page").get(pk=pk)
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
    kinds = [OutboundEmail.Kind.ORGANISER_DECIDED, OutboundEmail.Kind.OFFERED]
    facts = {"status": Status.CONFIRMED, "offered": True}
    outbox.enqueue_emails(registration, [(kind, change.pk) for kind in kinds], at=at, facts=facts)
    return registration


@in_one_transaction
def promote_all(occurrence_pk: int, *, at: datetime) -> list[Registration]:
    """Give the free places of a date to the waiting list, whatever freed them."""
    return promote(occurrence_pk, at=at)


@in_one_transaction
def refresh_capacity(
    occurrence: Occurrence, page: RegistrationPage | None, *, at: datetime | None = None, by=None
) -> list[Registration]:
    """Use the capacity that is set now. More places promote people; fewer remove nobody."""
    ensure_count(occurrence, page)
    PlaceCount.objects.filter(pk=occurrence.pk).limit_to(capacity_of(occurrence, page))
    return promote(occurrence.pk, at=at or timezone.now(), by=by)


@in_one_transaction
def set_own_capacity(
    occurrence: Occurrence,
    capacity: int | None,
    page: RegistrationPage | None,
    *,
    at: datetime | None = None,
    by=None,
) -> list[Registration]:
    """Give a date its own capacity, or with None its form's; return who was promoted."""
    ensure_count(occurrence, page)
    lock(occurrence.pk)
    Occurrence.objects.filter(pk=occurrence.pk).update(capacity=capacity)
    occurrence.capacity = capacity
    return refresh_capacity(occurrence, page, at=at, by=by)


@dataclass(frozen=True, slots=True)
class Drift:
    """A count that disagrees with its registrations or with the settings."""

    occurrence_pk: int
    counted: int
    held: int
    capacity: int | None
    wanted_capacity: int | None


def find_drift() -> list[Drift]:
    """Return the dates whose count disagrees with their registrations or settings."""
    held = dict(
        Registration.objects.filter(status__in=HOLDING)
        .values_list("occurrence")
        .annotate(places=Sum(F("guests") + 1))
        .order_by()
    )
    pages = {
        page.path[: -page.steplen]: page
        for page in RegistrationPage.objects.only("path", "capacity")
    }
    counts = PlaceCount.objects.select_related("occurrence__event").in_bulk()
    drifts = []
    for pk in sorted(held.keys() | counts.keys()):
        count = counts.get(pk) or PlaceCount(pk=pk)
        wanted = count.capacity
        if count.occurrence.event:
            wanted = capacity_of(count.occurrence, pages.get(count.occurrence.event.path))
        drift = Drift(pk, count.taken, held.get(pk, 0), count.capacity, wanted)
        if (drift.counted, drift.capacity) != (drift.held, drift.wanted_capacity):
            drifts.append(drift)
    return drifts
