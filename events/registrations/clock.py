"""A clock that is wrong for a while: what it wrote is correct, and it has nothing erased.

The clock of a server jumps when its battery is flat, when an image is restored, when its time
server is mistaken. Nobody can tell from within which of two times is the right one; what a wrong
one does must be something that the right one makes good.
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
    """Bring what a clock that was ahead put off back to ``at``; return how many rows.

    Nothing but a digest is wanted later than when it was written, no try is put off for longer
    than ``LONGEST_RETRY``, and no lease lasts longer than ``LEASE``.
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
    """Whether the clock says for long enough that it is ``at`` for data to be erased by it.

    Not for a day after it has moved on by a week or more since it was last asked: either it is
    wrong, or nothing ran here for that long, and then a day more does no harm.
    """
    last = Heartbeat.objects.filter(name=SEEN).values_list("at", flat=True).first()
    if last and at - last > JUMP:
        Heartbeat.beat(JUMPED, at=at)
        logger.error("the clock moved on by %s days: nothing is erased for a day", (at - last).days)
    Heartbeat.beat(SEEN, at=at)
    # One that lies ahead was seen by a clock that has been put back since.
    return not Heartbeat.objects.filter(name=JUMPED, at__gt=at - PATIENCE, at__lte=at).exists()


def vouch() -> None:
    """Forget the earlier times of the clock: a person has checked it, and it is right."""
    Heartbeat.objects.filter(name__in=[SEEN, JUMPED]).delete()
