"""Actions on one date. Each is one transaction, takes a reason and is announced."""

from collections.abc import Callable
from copy import copy
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from prevent_content.public_version import raise_public_version

from .calendars import render
from .models import AttendanceMode, Occurrence, OccurrenceChange, Venue
from .models.occurrences import LONGEST
from .schedule import Slot
from .signals import occurrence_changed

Status = Occurrence.Status
Action = OccurrenceChange.Action
CHANGED_FIELDS = (
    *("title", "starts_at", "ends_at", "previous_starts_at", "status", "reason", "venue"),
    *("sequence", "changed_at", "vevent"),
)


class OccurrenceActionError(ValueError):
    """The action makes no sense for this date; the message says why."""


def cancel_occurrence(
    occurrence: Occurrence, *, reason: str, by, at=None, tell: bool = True, with_page: bool = False
) -> OccurrenceChange:
    """Cancel the date. Raises ``OccurrenceActionError`` if it is already cancelled.

    ``tell`` is whether to email the people who booked; ``with_page`` is whether the date is
    cancelled because its page is unpublished.
    """

    def apply(current: Occurrence) -> None:
        if current.status == Status.CANCELLED:
            raise OccurrenceActionError("This date is already cancelled")
        current.status = Status.CANCELLED

    return change_occurrence(
        occurrence,
        Action.CANCELLED,
        apply,
        reason=reason,
        by=by,
        at=at,
        tell=tell,
        with_page=with_page,
    )


def postpone_occurrence(
    occurrence: Occurrence,
    *,
    reason: str,
    by,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    at=None,
) -> OccurrenceChange:
    """Move the date to another time, or postpone it until one is known.

    Raises ``OccurrenceActionError`` for a cancelled date, half a time, or an end that is not
    after the start.
    """

    def apply(current: Occurrence) -> None:
        if current.status == Status.CANCELLED:
            raise OccurrenceActionError("This date is cancelled. Reinstate it before you move it")
        if starts_at is None and ends_at is None:
            current.status = Status.POSTPONED
            return
        if starts_at is None or ends_at is None:
            raise OccurrenceActionError("Enter both the new start and the new end, or neither")
        if ends_at <= starts_at:
            raise OccurrenceActionError("Enter an end that is after the start")
        if ends_at - starts_at > LONGEST:
            raise OccurrenceActionError("Enter an end that is at most a day after the start")
        current.previous_starts_at = current.starts_at
        current.starts_at, current.ends_at = starts_at, ends_at
        if current.status == Status.POSTPONED:
            current.status = where_it_is_held(current)

    what = Action.POSTPONED if starts_at is None else Action.RESCHEDULED
    return change_occurrence(occurrence, what, apply, reason=reason, by=by, at=at)


def move_online(occurrence: Occurrence, *, reason: str, by, at=None) -> OccurrenceChange:
    """Hold the date online. Raises ``OccurrenceActionError`` unless it is going ahead in person."""

    def apply(current: Occurrence) -> None:
        if current.status == Status.MOVED_ONLINE:
            raise OccurrenceActionError("This date is already online")
        if current.status != Status.SCHEDULED:
            raise OccurrenceActionError("Only a date that is going ahead can be moved online")
        current.status = Status.MOVED_ONLINE

    return change_occurrence(occurrence, Action.MOVED_ONLINE, apply, reason=reason, by=by, at=at)


def change_venue(
    occurrence: Occurrence, venue: Venue, *, reason: str, by, at=None
) -> OccurrenceChange:
    """Hold the date at ``venue``. Raises ``OccurrenceActionError`` if that is already its venue."""

    def apply(current: Occurrence) -> None:
        if current.status == Status.CANCELLED:
            raise OccurrenceActionError(
                "This date is cancelled. Reinstate it before you change its venue"
            )
        if current.event and current.event.attendance_mode == AttendanceMode.ONLINE:
            raise OccurrenceActionError("This event is online, so it has no venue")
        if current.place == venue:
            raise OccurrenceActionError("This date is already at that venue")
        current.venue = venue
        if current.status == Status.MOVED_ONLINE:
            current.status = Status.SCHEDULED

    return change_occurrence(occurrence, Action.VENUE_CHANGED, apply, reason=reason, by=by, at=at)


def reinstate_occurrence(
    occurrence: Occurrence, *, reason: str, by, at=None, tell: bool = True
) -> OccurrenceChange:
    """Reinstate a cancelled or postponed date, at its current time and place."""

    def apply(current: Occurrence) -> None:
        if current.status not in (Status.CANCELLED, Status.POSTPONED):
            raise OccurrenceActionError("This date is already going ahead")
        current.status = where_it_is_held(current)

    return change_occurrence(
        occurrence, Action.REINSTATED, apply, reason=reason, by=by, at=at, tell=tell
    )


def follow_hours(
    occurrence: Occurrence, slot: Slot, *, reason: str, by, at, tell: bool = True
) -> OccurrenceChange:
    """Give a date with bookings its event's new hours.

    Unlike a date moved by hand, it keeps following its event.
    """

    def apply(current: Occurrence) -> None:
        current.starts_at, current.ends_at = slot.starts_at, slot.ends_at

    return change_occurrence(
        occurrence, Action.RESCHEDULED, apply, reason=reason, by=by, at=at, tell=tell
    )


def where_it_is_held(current: Occurrence) -> str:
    """Return the status ``current`` has once it goes ahead again: online if it was moved there."""
    moves = current.changes.filter(action__in=[Action.MOVED_ONLINE, Action.VENUE_CHANGED])
    last = moves.order_by("at", "id").last()
    is_online = last is not None and last.action == Action.MOVED_ONLINE
    return Status.MOVED_ONLINE if is_online else Status.SCHEDULED


@transaction.atomic
def change_occurrence(
    occurrence: Occurrence,
    action: str,
    apply: Callable[[Occurrence], None],
    *,
    reason: str,
    by,
    at: datetime | None,
    tell: bool = True,
    with_page: bool = False,
) -> OccurrenceChange:
    """Apply an action to the row as it is now, and log it publicly and for the audit."""
    reason = reason.strip()
    longest = OccurrenceChange._meta.get_field("reason").max_length
    if not reason:
        raise OccurrenceActionError("Enter a reason. It will be public")
    if len(reason) > longest:
        raise OccurrenceActionError(f"Give the reason in at most {longest} characters")
    at = at or timezone.now()
    current = (
        Occurrence.objects.select_for_update(of=("self",))
        .select_related("event__venue", "event__organiser", "venue")
        .get(pk=occurrence.pk)
    )
    was = copy(current)
    apply(current)
    current.reason = "" if action == Action.REINSTATED else reason
    current.sequence += 1
    current.changed_at = at
    if current.event:
        current.title = current.event.title
        (current.vevent,) = render(current.event, [current])
    current.save()
    change = OccurrenceChange.objects.create(
        occurrence=current,
        at=at,
        by=by,
        action=action,
        reason=reason,
        with_page=with_page,
        was_starts_at=was.starts_at,
        starts_at=current.starts_at,
        sequence=current.sequence,
    )
    if current.event:
        log(
            instance=current.event,
            action=f"prevent_events.{action}",
            user=by,
            data={"date": current.date.isoformat(), "reason": change.reason},
        )
    occurrence_changed.send(sender=OccurrenceChange, change=change, was=was, tell=tell)
    raise_public_version()
    for field in CHANGED_FIELDS:
        setattr(occurrence, field, getattr(current, field))
    return change
