"""Send what is due: one connection per batch, a time limit per email, each recorded at once."""

import time
from collections.abc import Callable, Generator, Iterator
from datetime import datetime

from django.core.mail import EmailMessage
from django.utils import timezone

from events.inboxes import is_allowed
from prevent_content.conf import setting

from .. import outbox
from ..database import UNAVAILABLE
from ..emails import kinds
from ..models import OutboundEmail
from .connection import BatchConnection
from .retry_policy import RecipientNotAllowed, ServerUnusable


def send_due(
    *,
    now: Callable[[], datetime] = timezone.now,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[OutboundEmail, bool]]:
    """Send all that is due, in batches; yield each row tried and whether it was sent.

    Ends early when ``stop`` says so, or if the mail server cannot be used.
    """
    stranded = hurried = False
    idle = 0
    while idle < 2 and not stop():
        # A row that killed its sender is taken alone, so that it holds up nothing else.
        batch = outbox.claim(at=now(), limit=1 if stranded else outbox.BATCH, stranded=stranded)
        stranded = not stranded
        idle = 0 if batch else idle + 1
        usable, sent = yield from send_batch(batch, now=now, stop=stop)
        if sent and not hurried:
            outbox.retry_after_outage(at=now())
            hurried = True
        if not usable:
            return


def send_batch(
    batch: list[OutboundEmail], *, now: Callable[[], datetime], stop: Callable[[], bool]
) -> Generator[tuple[OutboundEmail, bool], None, tuple[bool, int]]:
    """Send leased rows over one connection; return unused ones to the queue when time is up.

    Returns whether the mail server can be used, and how many were sent.
    """
    limit = message_seconds()
    leased_for = time.monotonic() + outbox.LEASE.total_seconds()
    count = 0
    shared = BatchConnection(limit=limit)
    try:
        for position, email in enumerate(batch):
            # The lease must outlast the next email, or another sender takes it over meanwhile.
            if stop() or time.monotonic() + 2 * limit > leased_for:
                outbox.release(batch[position:])
                break
            try:
                sent = deliver(email, shared, now=now)
            except ServerUnusable as error:
                outbox.record_outage(batch[position:], error, at=now())
                for waiting in batch[position:]:
                    yield waiting, False
                return False, count
            count += sent
            yield email, sent
    finally:
        shared.close()
    return True, count


def message_seconds() -> float:
    """Return the time limit for one email in seconds: a quarter of a lease at most."""
    asked = setting("OUTBOX_MESSAGE_SECONDS")
    return min(float(asked), outbox.LEASE.total_seconds() / 4)


def deliver(leased: OutboundEmail, shared: BatchConnection, *, now: Callable[[], datetime]) -> bool:
    """Send one leased row and record the outcome; return whether it was sent.

    Raises ``ServerUnusable``, with nothing recorded, if no email can be sent at all.
    """
    email = (
        outbox.leased_row(leased)
        .select_related(
            "occurrence__event__venue",
            "occurrence__venue",
            "registration__occurrence__event__venue",
            "registration__occurrence__event__organiser",
            "registration__occurrence__venue",
            "registration__page",
        )
        .first()
    )
    if email is None:
        return False  # Erased or abandoned while it queued here, or its lease ran out.
    try:
        message = compose(email, at=now())
        shared.send(message)
    except (ServerUnusable, *UNAVAILABLE):
        raise
    except Exception as error:  # noqa: BLE001 - one bad row must not hold up the others
        outbox.record_failure(email, error, at=now())
        return False
    outbox.record_sent(email, at=now())
    return True


def compose(email: OutboundEmail, *, at: datetime) -> EmailMessage:
    """Return the message for ``email``; raise ``MailFault`` if there must be none."""
    if email.kind in OutboundEmail.ORGANISER_KINDS and not is_allowed(email.recipient):
        raise RecipientNotAllowed
    return kinds.compose(email, at=at)
