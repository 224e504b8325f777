"""The alarm: what is late or could not be delivered, until somebody deals with it."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min, Q

from events.english_dates import LONDON
from prevent_content.conf import setting

from .. import outbox
from ..models import Heartbeat, OutboundEmail

logger = logging.getLogger(__name__)

LATE_AFTER = timedelta(minutes=15)
ONCE_IN = timedelta(hours=24)
LATE_ALARM = "alarm: mail is late"
UNDELIVERABLE_ALARM = "alarm: mail was given up"
BY_HAND = "AbandonedByHand"


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How the outbox stands: counts, and since when its oldest late email has waited."""

    late: int
    late_since: datetime | None
    undeliverable: int

    @property
    def is_well(self) -> bool:
        return not self.late


def outbox_state(*, at: datetime) -> OutboxState:
    """Return how the outbox stands at ``at``.

    ``undeliverable`` counts what could not be delivered, whenever that was, until someone has
    retried or dismissed it.
    """
    emails = OutboundEmail.objects
    late = emails.late(at=at, after=LATE_AFTER).aggregate(
        number=Count("pk"), since=Min("wanted_at")
    )
    return OutboxState(late["number"], late["since"], unresolved().count())


def unresolved():
    """Return the emails that could not be delivered and that nobody has dealt with.

    What a person abandoned, or what died with an erased registration, is no fault. Parts of a
    digest are dealt with by it.
    """
    return OutboundEmail.objects.filter(
        Q(state=OutboundEmail.State.ABANDONED),
        ~Q(last_error__in=[BY_HAND, "RegistrationErased", "NothingToSay"]),
        tried_at__isnull=False,
    )


def raise_alarm(*, at: datetime) -> bool:
    """Raise the alarm if mail is late or undeliverable; return whether it was raised.

    One ``ERROR`` line in the log when it begins and once in 24 hours while it lasts; one e-mail
    a day to ``TECHNICAL_EMAIL``, if there is one.
    """
    state = outbox_state(at=at)
    # Both are asked, so that each begins and ends by itself.
    is_news = [
        take_alarm(LATE_ALARM, state.late, at=at),
        take_alarm(UNDELIVERABLE_ALARM, state.undeliverable, at=at),
    ]
    if not any(is_news):
        return False
    if address := setting("TECHNICAL_EMAIL"):
        day = at.astimezone(LONDON)
        with transaction.atomic():
            outbox.enqueue_notice(
                OutboundEmail.Kind.ALARM, to=address, key=f"alarm:{day:%Y-%m-%d}", at=at
            )
    logger.error(
        "e-mail is not going out: %s late, the oldest for %s minutes; %s could not be delivered",
        state.late,
        int((at - state.late_since).total_seconds() // 60) if state.late_since else 0,
        state.undeliverable,
    )
    return True


def take_alarm(name: str, number: int, *, at: datetime) -> bool:
    """Whether this caller is to raise the alarm ``name`` about ``number`` mails.

    When there are none, the alarm is over, and the next one is raised at once.
    """
    if number:
        return Heartbeat.take_turn(name, at=at, since=at - ONCE_IN)
    rows = Heartbeat.objects.filter(name=name)
    if rows.exists():
        rows.delete()
    return False
