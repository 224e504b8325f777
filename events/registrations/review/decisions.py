"""Deciding, noting, assigning and flagging: one transaction each, with history, trail and log.

Flagging a safeguarding concern decides nothing. It hides the registration from organisers,
including their email, and asks a lead to look. Only its own page in the CMS says why.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from wagtail.admin.utils import get_user_display_name
from wagtail.log_actions import LogFormatter, log

from .. import actions, outbox, permissions
from ..actions import RegistrationActionError
from ..database import in_one_transaction
from ..mail.retry_policy import NothingToSay
from ..models import AccessRecord, OutboundEmail, Registration, RegistrationChange

DECIDED = "prevent_registrations.decided"
ASSIGNED = "prevent_registrations.assigned"
FLAGGED = "prevent_registrations.flagged"
CLEARED = "prevent_registrations.cleared"
Action = AccessRecord.Action
ATTENDANCE = (Registration.Status.ATTENDED, Registration.Status.ABSENT)


class DecisionFormatter(LogFormatter):
    """A decision in Wagtail's log, with the old and the new status."""

    label = "Decide on registration"

    def format_message(self, log_entry) -> str:
        labels = dict(Registration.Status.choices)
        was, now = (labels.get(log_entry.data.get(name)) for name in ("was", "is"))
        return f"Decided: {was}, then {now}" if now else "Decided"


class Overtaken(RegistrationActionError):
    """The registration no longer has the status that was on the screen."""


@in_one_transaction
def decide(
    registration: Registration,
    status: str,
    *,
    by,
    note: str = "",
    tell: bool = True,
    seen: str | None = None,
    batch: UUID | None = None,
    wait: timedelta = timedelta(),
    sentence: str = "",
) -> RegistrationChange:
    """Give ``registration`` another status, or only a note if it already has that status.

    ``seen`` is the status that ``by`` saw, ``sentence`` what staff add to the person's email.
    Raises ``RegistrationActionError`` and changes nothing if no place is left or (``Overtaken``)
    another person was quicker.
    """
    if status in ATTENDANCE and not actions.has_day_come(
        registration.occurrence, at=timezone.now()
    ):
        raise RegistrationActionError("Attendance can be marked from the day of the event")
    # The action itself locks, in the common order, and returns what it found.
    change = actions.change_status(
        registration,
        status,
        by=by,
        note=note,
        tell=tell,
        batch=batch,
        wait=wait,
        sentence=sentence,
    )
    if seen is not None and change.previous_status != seen:
        raise Overtaken("The registration was changed while this page was open. Read its history")
    if change.status == change.previous_status:
        AccessRecord.record(by, Action.NOTED, registration=registration)
    else:
        AccessRecord.record(by, Action.DECIDED, registration=registration)
        log(
            instance=registration,
            action=DECIDED,
            user=by,
            data={"was": change.previous_status, "is": change.status},
        )
    return change


@in_one_transaction
def undo(change: RegistrationChange, *, by) -> None:
    """Restore the status a registration had before ``change``, and withdraw its emails.

    Raises ``RegistrationActionError`` and changes nothing if it was changed again, if an email was
    sent, or if its place has gone to another person.
    """
    registration = actions.locked(change.registration)
    if registration.history.latest("at", "pk") != change:
        raise Overtaken("It was changed again after the bulk action")
    emails = OutboundEmail.objects.filter(
        registration=registration,
        idempotency_key__regex=rf"^{registration.reference}:[a-z_]+:{change.pk}:\d+$",
    )
    waiting = emails.filter(state=OutboundEmail.State.WAITING)
    taken_back = waiting.update(
        state=OutboundEmail.State.ABANDONED, last_error=NothingToSay.__name__
    )
    if taken_back != emails.count():
        raise RegistrationActionError("The email about it has been sent")
    note = "Undone"
    decide(registration, change.previous_status, by=by, note=note, tell=False)


@in_one_transaction
def mark(registration: Registration, status: str, *, by, came: int | None = None) -> None:
    """Mark at the door whether a party is here, and how many of it came; None: all of them.

    Raises ``RegistrationActionError`` before the day of the event.
    """
    is_part = status == Registration.Status.ATTENDED and came and came < registration.party
    part = came if is_part else None
    if registration.status == status and registration.came == part:
        return
    note = f"{part} of {registration.party} came" if part else ""
    decide(registration, status, by=by, note=note, tell=False)
    Registration.objects.filter(pk=registration.pk).update(came=part)
    registration.came = part


@in_one_transaction
def add_note(registration: Registration, text: str, *, by, at: datetime | None = None) -> None:
    """Add a note to the history. The person cannot see it."""
    add_to_history(registration, text, by=by, at=at)
    AccessRecord.record(by, Action.NOTED, registration=registration)


@in_one_transaction
def assign(registration: Registration, to, *, by, at: datetime | None = None) -> bool:
    """Assign ``registration`` to ``to``, or to nobody (None); return whether that is a change.

    Raises ``RegistrationActionError`` if ``to`` may not see it.
    """
    current = Registration.objects.select_for_update().only("assigned_to").get(pk=registration.pk)
    if current.assigned_to_id == (to.pk if to else None):
        return False
    if to and not Registration.objects.viewable_by(to).filter(pk=registration.pk).exists():
        raise RegistrationActionError(f"{to.get_username()} may not see this registration")
    registration.assigned_to = to
    registration.save(update_fields=["assigned_to"])
    words = f"Assigned to {get_user_display_name(to) if to else 'nobody'}"
    add_to_history(registration, words, by=by, at=at)
    if to and to.pk != by.pk and to.email:
        # One email for everything assigned within a minute.
        now = at or timezone.now()
        outbox.enqueue_notice(
            OutboundEmail.Kind.ASSIGNED,
            to=to.email,
            key=f"assigned:{to.pk}:{now:%Y%m%d%H%M}",
            at=now,
        )
    AccessRecord.record(by, Action.ASSIGNED, registration=registration)
    log(instance=registration, action=ASSIGNED, user=by)
    return True


@transaction.atomic
def flag(registration: Registration, *, by, why: str, at: datetime | None = None) -> bool:
    """Flag ``registration``; return whether it was unflagged before.

    The leads get an email without details: the person it is assigned to, else all of them.
    """
    at = at or timezone.now()
    rows = Registration.objects.filter(pk=registration.pk, concern_since=None)
    if not rows.update(concern_since=at):
        return False
    registration.concern_since = at
    add_to_history(registration, why, by=by, at=at)
    abandon_organiser_emails(registration)
    for lead in leads_for(registration):
        outbox.enqueue_notice(
            OutboundEmail.Kind.CONCERN,
            to=lead.email,
            key=f"concern:{registration.pk}:{at.timestamp()}:{lead.pk}",
            registration=registration,
            at=at,
        )
    AccessRecord.record(by, Action.FLAGGED, registration=registration)
    log(instance=registration, action=FLAGGED, user=by)
    return True


@transaction.atomic
def clear_flag(registration: Registration, *, by, why: str, at: datetime | None = None) -> bool:
    """Remove the flag; return whether there was one.

    Organisers see the registration again, and their email about it is sent if it had not been.
    """
    at = at or timezone.now()
    rows = Registration.objects.filter(pk=registration.pk).exclude(concern_since=None)
    if not rows.update(concern_since=None):
        return False
    registration.concern_since = None
    change = add_to_history(registration, why, by=by, at=at)
    received = registration.emails.filter(kind=OutboundEmail.Kind.ORGANISER_RECEIVED)
    if not received.filter(state=OutboundEmail.State.SENT).exists():
        abandon_organiser_emails(registration)
        outbox.enqueue_emails(
            registration, [(OutboundEmail.Kind.ORGANISER_RECEIVED, change.pk)], at=at
        )
    AccessRecord.record(by, Action.CLEARED, registration=registration)
    log(instance=registration, action=CLEARED, user=by)
    return True


def abandon_organiser_emails(registration: Registration) -> None:
    """Abandon unsent emails to organisers about ``registration``."""
    emails = OutboundEmail.objects.filter(
        registration=registration, kind__in=OutboundEmail.ORGANISER_KINDS
    )
    outbox.abandon(emails, why=NothingToSay.__name__)


def leads_for(registration: Registration) -> list:
    """Return who is emailed about a flag: the person assigned, else everyone who handles them."""
    event = registration.occurrence.event_id
    rights = (permissions.VIEW, permissions.CONCERNS)
    leads = permissions.people_with(*rights, event=event).exclude(email="")
    return list(leads.filter(pk=registration.assigned_to_id)) or list(leads)


def add_to_history(
    registration: Registration, text: str, *, by, at: datetime | None = None
) -> RegistrationChange:
    """Add a line to the history without changing the status."""
    status = Registration.objects.values_list("status", flat=True).get(pk=registration.pk)
    return RegistrationChange.objects.create(
        registration=registration,
        at=at or timezone.now(),
        by=by,
        previous_status=status,
        status=status,
        note=text,
    )
