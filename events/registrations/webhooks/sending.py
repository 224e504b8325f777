"""Sending the signals that are due, apart from mail: a front end that is slow delays no letter."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.client import HTTPException

from django.db import connections, transaction
from django.utils import timezone

from .. import outbox
from ..mail.failures import describe
from ..models import WebhookDelivery
from ..transactions import UNAVAILABLE
from .calling import SECONDS, AddressNotAllowed, TargetRefused, post
from .targets import target_of

logger = logging.getLogger(__name__)

State = WebhookDelivery.State
BATCH = 5
KEEP_LOG = timedelta(days=30)


def claim(*, at: datetime, stranded: bool = False) -> list[WebhookDelivery]:
    """Lease the signals that are due to this caller, as mails are leased."""
    with transaction.atomic():
        token = outbox.lease(WebhookDelivery.objects, at=at, limit=BATCH, stranded=stranded)
    if token is None:
        return []
    return list(WebhookDelivery.objects.filter(lease_token=token).order_by("due_at", "id"))


def send_due(
    *,
    now: Callable[[], datetime] = timezone.now,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[WebhookDelivery, bool]]:
    """Send all that is due; yield each row that was tried and whether it went."""
    for stranded in (False, True):
        while not stop() and (batch := claim(at=now(), stranded=stranded)):
            leased_for = time.monotonic() + outbox.LEASE.total_seconds()
            for position, row in enumerate(batch):
                if stop() or time.monotonic() + 2 * SECONDS > leased_for:
                    outbox.release(batch[position:])
                    break
                yield row, deliver(row, now=now)


def deliver(row: WebhookDelivery, *, now: Callable[[], datetime]) -> bool:
    """Send one leased row and record what became of it; return whether it went."""
    try:
        send(row, at=now())
    except (AddressNotAllowed, TargetRefused, OSError, HTTPException, ValueError) as error:
        put_off(row, error, at=now())
        return False
    outbox.record(row, state=State.SENT, sent_at=now(), last_error="")
    return True


def send(row: WebhookDelivery, *, at: datetime) -> None:
    """Call the row's target; raise unless it answers with success."""
    target = target_of(row.address)
    if target is None:
        raise AddressNotAllowed
    body = json.dumps(row.content, separators=(",", ":")).encode()
    message, timestamp = str(row.message), int(at.timestamp())
    status = post(
        target.address,
        body,
        {
            "Content-Type": "application/json",
            "User-Agent": "prevent-roundtables",
            "Webhook-Id": message,
            "Webhook-Timestamp": str(timestamp),
            "Webhook-Signature": target.signature(message, timestamp, body),
        },
    )
    if not 200 <= status < 300:
        raise TargetRefused(status)


def put_off(row: WebhookDelivery, error: Exception, *, at: datetime) -> None:
    """Record that ``row`` did not go: tried again later, or given up as mails are."""
    state, due_at = outbox.next_try(row, error, at=at)
    outbox.record(row, state=state, due_at=due_at, last_error=describe(error))
    level = logging.ERROR if state == State.ABANDONED else logging.WARNING
    logger.log(level, "webhook %s %s: %s", row.pk, state, describe(error))


def forget_old(*, at: datetime) -> int:
    """Delete what was sent or given up long ago; return how many rows."""
    done = WebhookDelivery.objects.filter(state__in=[State.SENT, State.ABANDONED])
    return done.filter(created_at__lt=at - KEEP_LOG).delete()[0]


class WebhookThread(threading.Thread):
    """Sends signals beside the worker that sends mail, for as long as that lives."""

    def __init__(self, *, every_seconds: float):
        super().__init__(daemon=True, name="webhooks")
        self.every_seconds = every_seconds
        self.stopping = threading.Event()

    def stop(self) -> None:
        self.stopping.set()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                for _ in send_due(stop=self.stopping.is_set):
                    continue
            except UNAVAILABLE as error:
                logger.warning("webhooks cannot be read: %s", type(error).__name__)
            connections.close_all()
            self.stopping.wait(self.every_seconds)
