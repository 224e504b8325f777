"""Holding a registration back from erasure, for a claim or an inquiry, for a limited time."""

from datetime import date, datetime, timedelta

from django.db import transaction

from events.english_dates import LONDON

from .models import AccessRecord, ErasureHold, Registration

LONGEST = timedelta(days=366)


class HoldError(ValueError):
    """The hold cannot be placed; the message explains why to a person."""


def check_until(until: date, *, at: datetime) -> None:
    """Raise ``HoldError`` unless ``until`` is from today to a year ahead."""
    today = at.astimezone(LONDON).date()
    if until < today:
        raise HoldError("Enter a last day that is not over yet")
    if until > today + LONGEST:
        raise HoldError("Enter a last day within a year. A hold can be placed again")


@transaction.atomic
def place(registration: Registration, *, reason: str, until: date, by, at: datetime) -> ErasureHold:
    """Hold ``registration`` until the end of the day ``until``, beyond any promised erasure.

    Raises ``HoldError`` without a reason or a valid end, or once it is erased.
    """
    if not reason.strip():
        raise HoldError("Enter a reason")
    check_until(until, at=at)
    # Erasing locks the same row, so one of the two comes first.
    current = (
        Registration.objects.select_for_update(of=("self",))
        .defer("sensitive_answers")
        .get(pk=registration.pk)
    )
    if current.erased_at is not None:
        raise HoldError("This registration has been erased already")
    hold = ErasureHold.objects.create(
        registration=current, reason=reason.strip(), until=until, placed_by=by, placed_at=at
    )
    AccessRecord.objects.create(
        user=by, action=AccessRecord.Action.HELD, registration_pk=current.pk, at=at
    )
    return hold


@transaction.atomic
def lift(hold: ErasureHold, *, by, at: datetime) -> bool:
    """End ``hold`` now, so that the next due job erases; return whether it was in force."""
    was_in_force = ErasureHold.objects.filter(pk=hold.pk, lifted_at=None).update(
        lifted_at=at, lifted_by=by
    )
    if was_in_force:
        AccessRecord.objects.create(
            user=by, action=AccessRecord.Action.LIFTED, registration_pk=hold.registration_id, at=at
        )
    return bool(was_in_force)
