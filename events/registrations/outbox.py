"""What mail is due, who sends it, and what happens when it cannot be sent.

A row is claimed by a lease, sent outside any transaction, and recorded. A sender that dies
leaves a lease that runs out; the next one takes the row over, with the same Message-ID.
"""

import logging
import random
import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from .emails import compose
from .models import OutboundEmail, Registration
from .models.outbound_email import new_message_id

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)
BATCH = 20


def owe(
    registration: Registration, kind: str, *, to: str, at: datetime, sequence: int = 0
) -> OutboundEmail:
    """Write down that ``to`` is owed an e-mail. Part of the caller's transaction.

    ``sequence`` tells apart two mails of one kind about one registration, such as two changes
    of its date; the same one twice raises ``IntegrityError``.
    """
    return OutboundEmail.objects.create(
        registration=registration,
        kind=kind,
        recipient=to,
        created_at=at,
        due_at=at,
        message_id=new_message_id(urlsplit(settings.SITE_URL).hostname or "localhost"),
        idempotency_key=f"{registration.reference}:{kind}:{sequence}",
    )


def claim(*, at: datetime, limit: int = BATCH) -> list[OutboundEmail]:
    """Lease up to ``limit`` due rows to this process and return them, the oldest first."""
    with transaction.atomic():
        due = OutboundEmail.objects.due(at=at)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        keys = list(due.values_list("pk", flat=True)[:limit])
        OutboundEmail.objects.filter(pk__in=keys).update(
            state=OutboundEmail.State.SENDING, lease_until=at + LEASE, attempts=F("attempts") + 1
        )
    leased = OutboundEmail.objects.filter(pk__in=keys).select_related(
        "registration__occurrence__event__venue",
        "registration__occurrence__event__organiser",
        "registration__occurrence__venue",
        "registration__page",
    )
    return sorted(leased, key=lambda email: (email.due_at, email.pk))


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after ``attempts`` failures: doubling, with up to 20 % jitter."""
    delay = min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LONGEST_RETRY / 1.2)
    return delay * (1 + random.random() * 0.2)  # noqa: S311 - spreads load, hides nothing


def is_permanent(error: Exception) -> bool:
    """Whether a mail server said that this very mail will never be taken (a 5xx reply).

    A refused login or sender is a fault of the configuration, which somebody will mend.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def describe(error: Exception) -> str:
    """Return the error's class and SMTP code, never its words: they may quote an address."""
    codes = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in error.recipients.values()})
    elif isinstance(error, smtplib.SMTPResponseException):
        codes = [str(error.smtp_code)]
    return " ".join([type(error).__name__, *codes])[:120]


def deliver(email: OutboundEmail, connection: BaseEmailBackend, *, at: datetime) -> bool:
    """Send one leased row and record the outcome; return whether it was sent.

    The record is only written while the lease is ours: another process may have taken over.
    """
    ours = OutboundEmail.objects.filter(
        pk=email.pk, state=OutboundEmail.State.SENDING, lease_until=email.lease_until
    )
    state = OutboundEmail.State
    try:
        message = compose(email)
        message.connection = connection
        message.send()
    except Exception as error:  # noqa: BLE001 - one bad row must not hold up the others
        failed_for_good = is_permanent(error) or at - email.created_at >= GIVE_UP_AFTER
        what = describe(error)
        ours.update(
            state=state.ABANDONED if failed_for_good else state.FAILED,
            due_at=at + retry_delay(email.attempts),
            lease_until=None,
            last_error=what,
        )
        logger.log(
            logging.ERROR if failed_for_good else logging.WARNING,
            "outbound e-mail %s %s after attempt %s: %s",
            email.pk,
            "abandoned" if failed_for_good else "put off",
            email.attempts,
            what,
        )
        return False
    ours.update(state=state.SENT, sent_at=at, lease_until=None, last_error="")
    return True


def send_due(*, now=timezone.now) -> Iterator[tuple[OutboundEmail, bool]]:
    """Send all that is due, a batch a connection; yield each row and whether it was sent."""
    while batch := claim(at=now()):
        with SharedConnection() as shared:
            for email in batch:
                sent = deliver(email, shared, at=now())
                if not sent:
                    shared.close()
                yield email, sent


class SharedConnection(BaseEmailBackend):
    """One connection to the mail server for a batch, opened at the first mail that needs it."""

    def __init__(self):
        super().__init__()
        self.backend = get_connection()

    def send_messages(self, email_messages) -> int:
        self.backend.open()
        return self.backend.send_messages(email_messages)

    def close(self) -> None:
        self.backend.close()
