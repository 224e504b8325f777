"""The outbox: which emails are due, who may send them, and the results.

``mail.retry_policy`` decides when a failed one is retried.

A row is claimed by a lease, sent outside any transaction (``mail.sending``), and recorded. If a
sender dies its lease runs out, and the next one takes the row over, with the same Message-ID.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils.translation import get_language

from events.models import Occurrence
from prevent_content.conf import setting

from .database import UNAVAILABLE
from .mail.retry_policy import (
    FIRST_RETRY,
    GIVE_UP_AFTER,
    ServerUnusable,
    describe,
    is_final,
    is_permanent,
    retry_delay,
)
from .models import Heartbeat, KnownRoute, OutboundEmail, Registration, RegistrationPage
from .models.delivery import Leased, new_message_id
from .models.routing import RoutingMixin, next_digest

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
# How far the clocks of two hosts may differ.
CLOCK_SKEW = timedelta(minutes=5)
BATCH = 20
UNCONFIRMED = "the inbox is not confirmed yet"
LIMIT_LOCK = "outbox limit"
State = OutboundEmail.State
# Sent after a commit that queues something. It may be lost: workers also look by themselves.
deliveries_enqueued = Signal()


def notify_workers() -> None:
    """Send ``deliveries_enqueued`` once the caller's transaction is committed."""
    transaction.on_commit(lambda: deliveries_enqueued.send_robust(sender=None), robust=True)


def enqueue_emails(
    registration: Registration,
    mails: list[tuple[str, int]],
    *,
    at: datetime,
    facts: dict | None = None,
    wait: timedelta = timedelta(),
    sentence: str = "",
) -> list[OutboundEmail]:
    """Queue emails about ``registration``, in the caller's transaction.

    ``mails`` are (kind, sequence); the sequence distinguishes two emails of one kind, such as two
    changes of a date. A duplicate raises ``IntegrityError``. One query for all. ``facts`` is
    content that will no longer be in the database when they are sent, ``wait`` is how long they can
    be taken back, and ``sentence`` is what staff add for the person.
    """
    rows = []
    for kind, sequence in mails:
        daily = is_for_digest(registration, kind)
        wanted_at = next_digest(after=at + wait) if daily else at + wait
        recipients = recipients_of(registration, kind)
        pending = pending_inboxes(registration.page, kind)
        for number, recipient in enumerate(recipients):
            is_held = recipient.lower() in pending
            rows.append(
                OutboundEmail(
                    registration=registration,
                    kind=kind,
                    facts=facts or {},
                    sentence="" if kind in OutboundEmail.ORGANISER_KINDS else sentence,
                    recipient=recipient,
                    created_at=at,
                    wanted_at=wanted_at,
                    due_at=wanted_at,
                    in_digest=daily,
                    held=is_held,
                    last_error=UNCONFIRMED if is_held else "",
                    message_id=message_id(),
                    idempotency_key=f"{registration.reference}:{kind}:{sequence}:{number}",
                )
            )
    notify_workers()
    return OutboundEmail.objects.bulk_create(rows)


def enqueue_notice(
    kind: str,
    *,
    to: str,
    key: str,
    at: datetime,
    about: str = "",
    registration: Registration | None = None,
    occurrence: Occurrence | None = None,
    facts: dict | None = None,
    daily: bool = False,
    held: bool = False,
) -> OutboundEmail | None:
    """Queue a notice that contains nothing of a registration, in the caller's transaction.

    It uses the active language. A ``daily`` one waits for the recipient's digest, one that is
    ``held`` until someone has confirmed the inbox. Returns None if this ``key`` already exists.
    """
    wanted_at = next_digest(after=at) if daily else at
    row, is_new = OutboundEmail.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "kind": kind,
            "recipient": to,
            "about": about,
            "registration": registration,
            "occurrence": occurrence,
            "facts": {"language": get_language(), **(facts or {})},
            "created_at": at,
            "wanted_at": wanted_at,
            "due_at": wanted_at,
            "in_digest": daily,
            "held": held,
            "last_error": UNCONFIRMED if held else "",
            "message_id": message_id(),
        },
    )
    notify_workers()
    return row if is_new else None


def message_id() -> str:
    address = setting("SITE_URL") or getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    return new_message_id(urlsplit(address).hostname or "localhost")


def is_for_digest(registration: Registration, kind: str) -> bool:
    """Whether an email of ``kind`` waits for the organiser's daily digest."""
    return kind in OutboundEmail.ORGANISER_KINDS and wants_digest(registration.page)


def wants_digest(page: RegistrationPage | None) -> bool:
    """Whether the organisers of ``page`` get one email a day."""
    return page is not None and page.organiser_mail == RoutingMixin.OrganiserMail.DAILY


def recipients_of(registration: Registration, kind: str) -> list[str]:
    """Return the recipients of an email of ``kind`` about ``registration``."""
    if kind not in OutboundEmail.ORGANISER_KINDS:
        return [registration.email] if registration.email else []
    return registration.page.mail_route(registration.occurrence.date) if registration.page else []


def pending_inboxes(page: RegistrationPage | None, kind: str) -> set[str]:
    """Return the inboxes, in lower case, that nobody has confirmed for emails of ``kind`` yet."""
    if page is None or kind not in OutboundEmail.ORGANISER_KINDS:
        return set()
    pending = KnownRoute.objects.filter(page=page.pk).values_list("pending", flat=True).first()
    return {address.lower() for address in pending or []}


def claim(*, at: datetime, limit: int = BATCH, stranded: bool = False) -> list[OutboundEmail]:
    """Lease up to ``limit`` due rows to this caller and return them, oldest first.

    ``stranded`` takes rows whose sender died instead. No other caller gets them while the lease
    lasts; on PostgreSQL, callers do not wait for each other.
    """
    rows = OutboundEmail.objects
    with transaction.atomic():
        limit = min(limit, allowance(at=at))
        token = lease(rows, at=at, limit=limit, stranded=stranded) if limit else None
    return list(rows.filter(lease_token=token).order_by("due_at", "id")) if token else []


def lease(rows, *, at: datetime, limit: int, stranded: bool = False) -> uuid.UUID | None:
    """Lease rows of the manager ``rows``, in the caller's transaction.

    Returns the token that finds them, or None if there is nothing to do.
    """
    token = uuid.uuid4()
    claimable = rows.stranded(at=at) if stranded else rows.due(at=at)
    chosen = claimable
    if connection.features.has_select_for_update_skip_locked:
        chosen = claimable.select_for_update(skip_locked=True, of=("self",))
    keys = list(chosen.values_list("pk", flat=True)[:limit])
    if not keys:
        return None
    # Conditional: without row locks, another process may have been quicker.
    claimable.order_by().filter(pk__in=keys).update(
        state=State.SENDING,
        lease_until=at + LEASE,
        lease_token=token,
        tried_at=at,
        attempts=F("attempts") + 1,
    )
    return token


def allowance(*, at: datetime) -> int:
    """Return how many emails may be claimed at ``at`` under ``OUTBOX_PER_MINUTE``.

    Counts, one process at a time, what all processes on all hosts claimed in the last minute.
    """
    per_minute = setting("OUTBOX_PER_MINUTE")
    if not per_minute:
        return BATCH
    Heartbeat.beat(LIMIT_LOCK, at=at)
    Heartbeat.objects.select_for_update().get(name=LIMIT_LOCK)
    tried = OutboundEmail.objects.filter(
        tried_at__gt=at - timedelta(minutes=1), tried_at__lte=at + CLOCK_SKEW
    ).count()
    return max(0, per_minute - tried)


def next_try(row: Leased, error: Exception, *, at: datetime) -> tuple[str, datetime]:
    """Return the state of a row after ``error``, and when it is retried."""
    is_over = is_final(error, age=at - row.wanted_at)
    return State.ABANDONED if is_over else State.FAILED, at + retry_delay(row.attempts)


def record_failure(email: OutboundEmail, error: Exception, *, at: datetime) -> None:
    """Record that ``email`` was not sent: to be retried, or given up for good."""
    state, due_at = next_try(email, error, at=at)
    is_over, is_refused = state == State.ABANDONED, is_permanent(error)
    what = describe(error)
    outcome: dict[str, object] = {"recipient": ""} if is_over and is_last_word(email) else {}
    record(
        email,
        state=state,
        due_at=due_at,
        last_error=what,
        server_fault=isinstance(error, ServerUnusable),
        refused=is_over and is_refused,
        **outcome,
    )
    if is_over:
        email.parts.unsent().update(state=State.ABANDONED, last_error=what, refused=is_refused)
    logger.log(
        logging.ERROR if is_over and not is_refused else logging.WARNING,
        "outbound email %s %s after attempt %s: %s",
        email.pk,
        "abandoned" if is_over else "will be retried",
        email.attempts,
        what,
    )


def record_outage(batch: list[OutboundEmail], error: ServerUnusable, *, at: datetime) -> None:
    """Record that nothing of a leased batch could be sent, with as few writes as possible.

    A missing mail server is tried often, and visitors' writes come first.
    """
    by_attempts: dict[int, list[int]] = {}
    for email in batch:
        if at - email.wanted_at > GIVE_UP_AFTER:
            record_failure(email, error, at=at)
        else:
            by_attempts.setdefault(email.attempts, []).append(email.pk)
    for attempts, keys in by_attempts.items():
        record_rows(
            OutboundEmail.objects.filter(
                pk__in=keys, state=State.SENDING, lease_token=batch[0].lease_token
            ),
            state=State.FAILED,
            due_at=at + retry_delay(attempts),
            last_error=describe(error),
            server_fault=True,
        )
    logger.warning(
        "%s outbound emails will be retried, the mail server cannot be used: %s",
        sum(map(len, by_attempts.values())),
        describe(error),
    )


def leased_row(row: Leased):
    """Return the row in the database while it is leased to us."""
    leased = type(row).objects
    return leased.filter(pk=row.pk, state=State.SENDING, lease_token=row.lease_token)


def record(row: Leased, **outcome) -> None:
    """Record the result of a leased row, unless another sender has taken it over."""
    record_rows(leased_row(row), **outcome)


def record_rows(leased, **outcome) -> None:
    """Record the results of the rows ``leased``.

    Waits for a restarting database for as long as the lease lasts: an email sent but not recorded
    would be sent twice.
    """
    until = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            leased.update(lease_until=None, lease_token=None, **outcome)
            return
        except UNAVAILABLE:
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            connection.close()
            time.sleep(0.5)


def record_sent(email: OutboundEmail, *, at: datetime) -> None:
    """Record that a leased row was sent and, for a digest, its parts."""
    outcome: dict[str, object] = {"recipient": ""} if is_last_word(email) else {}
    record(email, state=State.SENT, sent_at=at, last_error="", server_fault=False, **outcome)
    if email.kind == OutboundEmail.Kind.ORGANISER_DIGEST:
        email.parts.update(state=State.SENT, sent_at=at, last_error="")


def is_last_word(email: OutboundEmail) -> bool:
    """Whether ``email`` confirms the person's erasure: their address is deleted with it."""
    return email.kind == OutboundEmail.Kind.ERASED


def release(rows: Sequence[Leased]) -> None:
    """Return leased rows to the queue untried."""
    for row in rows:
        record(
            row,
            state=State.FAILED if row.last_error else State.WAITING,
            attempts=F("attempts") - 1,
            tried_at=None,
        )


def retry_after_outage(*, at: datetime) -> int:
    """Make due what waits only because the mail server was unusable; return how many.

    Called when an email gets through again: nobody has to wait out an hour's backoff. Rows tried
    within the last minute wait, so that an unsteady server is not flooded.
    """
    return OutboundEmail.objects.filter(
        state=State.FAILED, server_fault=True, due_at__gt=at, tried_at__lte=at - FIRST_RETRY
    ).update(due_at=at, server_fault=False)


def retry(email: OutboundEmail, *, at: datetime) -> bool:
    """Make ``email`` due at once, for another 72 hours; return whether it was unsent.

    One to an organiser goes to today's inboxes.
    """
    rows = OutboundEmail.objects.filter(pk=email.pk, state__in=[State.FAILED, State.ABANDONED])
    changes = {
        "state": State.WAITING,
        "due_at": at,
        "wanted_at": at,
        "in_digest": False,
        "refused": False,
    }
    if email.registration and email.kind in OutboundEmail.ORGANISER_KINDS:
        route = recipients_of(email.registration, email.kind)
        if route and email.recipient not in route:
            changes["recipient"] = route[0]
        recipient = changes.get("recipient", email.recipient).lower()
        changes["held"] = recipient in pending_inboxes(email.registration.page, email.kind)
    changed = rows.exclude(recipient="").update(**changes)
    notify_workers()
    return bool(changed)


def abandon(rows, *, why: str) -> int:
    """Abandon the unsent among ``rows``, a digest with its parts; return how many rows.

    One that is being sent may still arrive.
    """
    keys = list(rows.unsent().values_list("pk", flat=True))
    unsent = OutboundEmail.objects.unsent()
    outcome = {"state": State.ABANDONED, "last_error": why}
    unsent.filter(digest__in=keys).update(**outcome)
    unsent.filter(pk__in=keys, kind=OutboundEmail.Kind.ERASED).update(recipient="")
    return unsent.filter(pk__in=keys).update(**outcome, lease_until=None, lease_token=None)
