"""Alarms, one for each cause: email is late, was given up after three days, or was refused.

A mistyped address is refused by its mail server. That is worth knowing, but does not mean that
email is not going out, and must not silence the alarm that says so.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from events.english_dates import LONDON
from prevent_content.conf import setting

from .. import outbox
from ..models import Heartbeat, OutboundEmail

logger = logging.getLogger(__name__)

LATE_AFTER = timedelta(minutes=15)
ONCE_IN = timedelta(hours=24)
LATE_ALARM = "alarm: mail is late"
GIVEN_UP_ALARM = "alarm: mail was given up"
REFUSED_ALARM = "alarm: mail was refused"
BY_HAND = "AbandonedByHand"
NO_FAULT = (BY_HAND, "RegistrationErased", "NothingToSay")
Kind = OutboundEmail.Kind


@dataclass(frozen=True, slots=True)
class OutboxState:
    """The state of the outbox: counts, and since when its oldest late email has waited.

    ``given_up`` could not be delivered for 72 hours; ``refused`` will never be accepted by their
    mail server.
    """

    late: int
    late_since: datetime | None
    given_up: int
    refused: int

    @property
    def undeliverable(self) -> int:
        return self.given_up + self.refused

    @property
    def is_well(self) -> bool:
        return not self.late


def outbox_state(*, at: datetime) -> OutboxState:
    """Return the state of the outbox at ``at``.

    An undeliverable email counts, however old, until someone retries or dismisses it.
    """
    late = OutboundEmail.objects.late(at=at, after=LATE_AFTER).aggregate(
        number=Count("pk"), since=Min("wanted_at")
    )
    failed = unresolved().aggregate(
        given_up=Count("pk", filter=Q(refused=False)), refused=Count("pk", filter=Q(refused=True))
    )
    return OutboxState(late["number"], late["since"], **failed)


def unresolved() -> QuerySet[OutboundEmail]:
    """Return the undeliverable emails that nobody has dealt with.

    Emails abandoned by a person, or lapsed with an erased registration, are not faults. Parts of a
    digest are dealt with by it.
    """
    return OutboundEmail.objects.filter(
        Q(state=OutboundEmail.State.ABANDONED),
        ~Q(last_error__in=NO_FAULT),
        tried_at__isnull=False,
    )


def raise_alarms(*, at: datetime) -> int:
    """Raise the alarm of each current cause; return how many were raised.

    A log line when it begins and every 24 hours while it lasts; one email a day for each cause to
    ``TECHNICAL_EMAIL``, if set.
    """
    state = outbox_state(at=at)
    raised = 0
    if take_alarm(LATE_ALARM, state.late, at=at):
        raised += 1
        notify(Kind.ALARM, "late", at=at)
        logger.error(
            "email is not going out: %s late, the oldest for %s minutes",
            state.late,
            int((at - state.late_since).total_seconds() // 60) if state.late_since else 0,
        )
    if take_alarm(GIVEN_UP_ALARM, state.given_up, at=at):
        raised += 1
        notify(Kind.ALARM, "given up", at=at)
        logger.error("email is not going out: %s given up after 72 hours", state.given_up)
    if take_alarm(REFUSED_ALARM, state.refused, at=at):
        raised += 1
        notify(Kind.UNDELIVERABLE, "refused", at=at)
        logger.warning("%s emails were refused by their recipients' mail servers", state.refused)
    return raised


def notify(kind: str, cause: str, *, at: datetime) -> None:
    """Queue the email about an alarm, if there is a technical address: one a day for each cause."""
    if address := setting("TECHNICAL_EMAIL"):
        day = at.astimezone(LONDON)
        with transaction.atomic():
            outbox.enqueue_notice(kind, to=address, key=f"alarm:{cause}:{day:%Y-%m-%d}", at=at)


def take_alarm(name: str, number: int, *, at: datetime) -> bool:
    """Whether this caller should raise the alarm ``name`` about ``number`` emails.

    At zero the alarm is over, and the next one is raised at once.
    """
    if number:
        return Heartbeat.take_turn(name, at=at, since=at - ONCE_IN)
    rows = Heartbeat.objects.filter(name=name)
    if rows.exists():
        rows.delete()
    return False
