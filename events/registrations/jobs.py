"""What has to be done as time goes by. Every job can be run at any time, and twice at once."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from events.models import EventPage, Occurrence
from events.sync import sync_event

from . import limits, outbox, places, retention
from .complaints import acts as complaint_acts
from .models import OutboundEmail, Registration

logger = logging.getLogger(__name__)

REMIND_BEFORE = timedelta(days=2)


def keep_horizon(*, at: datetime) -> str:
    """Make the dates of every published event 24 months ahead."""
    made = sum(len(sync_event(event, at=at).created) for event in EventPage.objects.live())
    return f"{made} dates made"


def owe_reminders(*, at: datetime) -> str:
    """Owe a reminder, once, to everybody whose confirmed date begins within two days."""
    kind = OutboundEmail.Kind.REMINDER
    due = (
        Registration.objects.kept()
        .filter(
            status=Registration.Status.CONFIRMED,
            occurrence__starts_at__gt=at,
            occurrence__starts_at__lte=at + REMIND_BEFORE,
            occurrence__status__in=[Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED_ONLINE],
            received_at__lte=at - timedelta(days=1),
        )
        .exclude(emails__kind=kind)
        .select_related("page")
        .order_by("pk")
    )
    owed = 0
    for registration in due.iterator(chunk_size=200):
        try:
            with transaction.atomic():
                outbox.owe_all(registration, [(kind, 0)], at=at)
        except IntegrityError:
            # Another host owes it already.
            continue
        owed += 1
    return f"{owed} reminders owed"


def reconcile_places(*, at: datetime) -> str:
    """Report the dates whose count of taken places is not what their registrations hold."""
    drifts = places.find_drift()
    for drift in drifts:
        logger.error(
            "places of date %s: %s counted, %s held", drift.occurrence_pk, drift.counted, drift.held
        )
    return f"{len(drifts)} dates with a wrong count of places"


def forget_sources(*, at: datetime) -> str:
    """Delete the counts of where forms came from."""
    return f"{limits.forget_old(at=at)} old counts deleted"


def erase_what_is_due(*, at: datetime) -> str:
    """Erase the registrations and complaints whose time is up."""
    registrations = max(retention.erase_due(at=at), default=0)
    complaints = max(complaint_acts.erase_due(at=at), default=0)
    return f"{registrations} registrations and {complaints} complaints erased"


JOBS: list[Callable[..., str]] = [
    keep_horizon,
    owe_reminders,
    reconcile_places,
    forget_sources,
    erase_what_is_due,
]
