"""Protection against a clock that is wrong for a while: correct its times, erase nothing by it.

A server's clock jumps when its battery is flat, an image is restored or its time server is
mistaken. A program cannot know which of two times is right, so a wrong one must do only what the
right one can repair.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Least

from .mail.retry_policy import LONGEST_RETRY
from .models import Heartbeat, OutboundEmail, WebhookDelivery
from .models.routing import next_digest
from .outbox import CLOCK_SKEW, LEASE

logger = logging.getLogger(__name__)

SEEN = "clock seen"
JUMPED = "clock jumped"
JUMP = timedelta(days=7)
PATIENCE = timedelta(days=1)
State = OutboundEmail.State


def put_right(*, at: datetime) -> int:
    """Bring forward to ``at`` what a fast clock had delayed; return how many rows.

    Only a digest may be due later than when it was written, no retry is delayed longer than
    ``LONGEST_RETRY``, and no lease lasts longer than ``LEASE``.
    """
    ahead = at + CLOCK_SKEW
    waiting = Q(state__in=[State.WAITING, State.FAILED])
    leased = Q(state=State.SENDING, lease_until__gt=ahead + LEASE)
    too_late = Q(wanted_at__gt=ahead) | Q(due_at__gt=ahead + LONGEST_RETRY)
    digest = next_digest(after=at)
    mails, webhooks = OutboundEmail.objects, WebhookDelivery.objects
    back = {"wanted_at": Least(F("wanted_at"), at), "due_at": at}
    changed = mails.filter(waiting, too_late, in_digest=False).update(**back)
    changed += webhooks.filter(waiting, too_late).update(**back)
    changed += mails.filter(waiting, in_digest=True, digest=None, wanted_at__gt=digest).update(
        wanted_at=digest, due_at=digest
    )
    return changed + sum(rows.filter(leased).update(lease_until=at) for rows in (mails, webhooks))


def may_forget(*, at: datetime) -> bool:
    """Whether the clock has been steady long enough to erase data that is due at ``at``.

    Not for a day after it has advanced by a week or more since the last check: either it is wrong,
    or nothing ran here for that long, and then another day does no harm.
    """
    last = Heartbeat.objects.filter(name=SEEN).values_list("at", flat=True).first()
    if last and at - last > JUMP:
        Heartbeat.beat(JUMPED, at=at)
        logger.error("the clock moved on by %s days: nothing is erased for a day", (at - last).days)
    Heartbeat.beat(SEEN, at=at)
    # One in the future was recorded by a fast clock that has since been corrected.
    return not Heartbeat.objects.filter(name=JUMPED, at__gt=at - PATIENCE, at__lte=at).exists()


def vouch() -> None:
    """Delete the clock's earlier times: a person has checked that it is right."""
    Heartbeat.objects.filter(name__in=[SEEN, JUMPED]).delete()
