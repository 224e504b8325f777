"""Flags of a safeguarding concern: raised by a reviewer, cleared by a lead.

A flag decides nothing. It takes the registration out of the organisers' view, their mail
included, and makes a lead look. Nobody is told what it says but on its own page in the CMS.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from .. import outbox, permissions
from ..mail.failures import NothingToSay
from ..models import AccessRecord, OutboundEmail, Registration
from .decisions import write

FLAGGED = "prevent_registrations.flagged"
CLEARED = "prevent_registrations.cleared"
Act = AccessRecord.Act


@transaction.atomic
def flag(registration: Registration, *, by, why: str, at: datetime | None = None) -> bool:
    """Flag ``registration``; return whether it was not flagged yet.

    The leads are owed a mail without content: whoever it is assigned to, else all of them.
    """
    at = at or timezone.now()
    rows = Registration.objects.filter(pk=registration.pk, concern_since=None)
    if not rows.update(concern_since=at):
        return False
    registration.concern_since = at
    write(registration, why, by=by, at=at)
    keep_from_organisers(registration)
    for lead in leads_for(registration):
        outbox.enqueue_notice(
            OutboundEmail.Kind.CONCERN,
            to=lead.email,
            key=f"concern:{registration.pk}:{at.timestamp()}:{lead.pk}",
            registration=registration,
            at=at,
        )
    AccessRecord.record(by, Act.FLAGGED, registration=registration)
    log(instance=registration, action=FLAGGED, user=by)
    return True


@transaction.atomic
def clear(registration: Registration, *, by, why: str, at: datetime | None = None) -> bool:
    """Take the flag away; return whether there was one.

    Organisers see the registration again, and one that was kept from their inbox is sent there.
    """
    at = at or timezone.now()
    rows = Registration.objects.filter(pk=registration.pk).exclude(concern_since=None)
    if not rows.update(concern_since=None):
        return False
    registration.concern_since = None
    change = write(registration, why, by=by, at=at)
    received = registration.emails.filter(kind=OutboundEmail.Kind.ORGANISER_RECEIVED)
    if not received.filter(state=OutboundEmail.State.SENT).exists():
        keep_from_organisers(registration)
        outbox.enqueue_emails(
            registration, [(OutboundEmail.Kind.ORGANISER_RECEIVED, change.pk)], at=at
        )
    AccessRecord.record(by, Act.CLEARED, registration=registration)
    log(instance=registration, action=CLEARED, user=by)
    return True


def keep_from_organisers(registration: Registration) -> None:
    """Abandon the mail to organisers that is still owed about ``registration``."""
    owed = OutboundEmail.objects.filter(
        registration=registration, kind__in=OutboundEmail.ORGANISER_KINDS
    )
    outbox.abandon(owed, why=NothingToSay.__name__)


def leads_for(registration: Registration) -> list:
    """Return whom a flag is told to: whoever it is assigned to, else everybody who handles them."""
    event = registration.occurrence.event_id
    leads = permissions.people_with(permissions.VIEW, permissions.CONCERNS, event=event).exclude(
        email=""
    )
    return list(leads.filter(pk=registration.assigned_to_id)) or list(leads)
