"""Places held for an hour until a person confirms their email address.

The link in the email leads to a page whose button confirms, because mail scanners follow links. A
place not confirmed in time goes to the waiting list; the booking can still be confirmed later, if a
place is left. See docs/decisions/held-places.md.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from events.models import Occurrence

from . import outbox, places
from .actions import RegistrationActionError, locked, require_going_ahead
from .database import in_one_transaction
from .models import OutboundEmail, Registration, RegistrationChange
from .models.page import GOING_AHEAD

HOLD = timedelta(minutes=60)
Kind = OutboundEmail.Kind
Status = Registration.Status
# The first email about a booking, by its status.
FIRST_EMAIL: dict[str, str] = {
    Status.CONFIRMED: Kind.BOOKED,
    Status.WAITING: Kind.WAITING,
    Status.RECEIVED: Kind.RECEIVED,
}


def hold_until(occurrence: Occurrence, *, at: datetime) -> datetime:
    """Return until when a place booked at ``at`` is held: not beyond the start."""
    return min(at + HOLD, occurrence.starts_at)


@in_one_transaction
def lapse(occurrence_pk: int, *, at: datetime) -> int:
    """Give a date's places held until ``at`` to the waiting list; return how many.

    Two statements fewer if there are none, as is usual.
    """
    due = Registration.objects.filter(occurrence=occurrence_pk).run_out(at=at)
    if not due.exists():
        return 0
    places.lock(occurrence_pk)
    rows = list(due.select_for_update(of=("self",)).defer("sensitive_answers"))
    for registration in rows:
        set_status(registration, Status.UNCONFIRMED, note="Not confirmed in time", at=at)
    freed = sum(row.party for row in rows)
    if freed:
        places.release(occurrence_pk, freed, at=at)
    return len(rows)


def lapse_all(*, at: datetime) -> int:
    """Free the places of every date that were held until ``at``; return how many bookings."""
    due = Registration.objects.run_out(at=at).order_by("occurrence")
    dates = list(due.values_list("occurrence", flat=True).distinct())
    return sum(lapse(pk, at=at) for pk in dates)


@in_one_transaction
def confirm(registration: Registration, *, at: datetime) -> str:
    """Confirm the email address of ``registration``; return its new status.

    A held place is kept. Otherwise it gets one if one is left, or joins the waiting list. Raises
    ``RegistrationActionError``; confirming again changes nothing.
    """
    places.ensure_count(registration.occurrence, registration.page)
    lapse(registration.occurrence_id, at=at)
    current = locked(registration)
    if not current.is_to_confirm:
        return current.status
    if not can_confirm(current, at=at):
        raise RegistrationActionError(_("This booking can no longer be changed"))
    require_going_ahead(current.occurrence)
    status = status_once_confirmed(current)
    current.waiting_since = at if status == Status.WAITING else None
    if current.page:
        # The date may have been moved meanwhile.
        current.erase_at = current.page.erase_at(current.occurrence)
        current.erase_sensitive_at = current.page.erase_sensitive_at(current.occurrence)
    note = "The person confirmed the email address"
    change = set_status(current, status, note=note, at=at)
    kinds = [Kind.ORGANISER_RECEIVED, FIRST_EMAIL[status]]
    outbox.enqueue_emails(current, [(kind, change.pk) for kind in kinds], at=at)
    return status


def can_confirm(registration: Registration, *, at: datetime) -> bool:
    """Whether the email address can be confirmed at ``at``: while held, or booking is open.

    The date must go ahead and not have begun.
    """
    occurrence, page = registration.occurrence, registration.page
    if not registration.is_to_confirm or registration.erased_at or occurrence.starts_at <= at:
        return False
    if registration.is_held(at=at):
        return occurrence.status in GOING_AHEAD
    return page is not None and page.live and page.is_open(occurrence, at=at)


def status_once_confirmed(registration: Registration) -> str:
    page = registration.page
    if registration.status == Status.HELD:
        return Status.CONFIRMED
    if page.approval:
        return Status.RECEIVED
    if places.take(registration.occurrence_id, registration.party):
        return Status.CONFIRMED
    if page.waiting_list:
        return Status.WAITING
    raise RegistrationActionError(
        _("This date is full. You can book a place on another date"), is_full=True
    )


def set_status(
    registration: Registration, status: str, *, note: str, at: datetime
) -> RegistrationChange:
    previous, registration.status = registration.status, status
    changed = ["status", "waiting_since", "erase_at", "erase_sensitive_at"]
    registration.save(update_fields=changed)
    return RegistrationChange.objects.create(
        registration=registration, at=at, previous_status=previous, status=status, note=note
    )
