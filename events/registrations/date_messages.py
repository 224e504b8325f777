"""Staff messages to everyone on a date: choose the recipients and queue each once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from events.models import Occurrence

from . import outbox, permissions
from .actions import RegistrationActionError
from .database import in_one_transaction
from .models import AccessRecord, DateMessage, OutboundEmail, Registration
from .models.delivery import LeasedState

Status = Registration.Status
# People who cancelled or were declined get no more emails about the date.
STATUSES = (Status.RECEIVED, Status.CONFIRMED, Status.WAITING, Status.ATTENDED, Status.ABSENT)
FIELDS = ("name", "date")
FIELD = re.compile(r"\{(\w*)\}")
INSERTED_AT_ONCE = 500


def unknown_fields(text: str) -> list[str]:
    """Return the unknown fields in ``text``, as typed."""
    return [f"{{{name}}}" for name in FIELD.findall(text) if name not in FIELDS]


def filled(text: str, *, name: str, date: str) -> str:
    """Return ``text`` with its fields filled in. A name that looks like a field is left alone."""
    values = {"name": name, "date": date}
    return FIELD.sub(lambda match: values.get(match[1], match[0]), text)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Recipients of a message: one registration per address, and how many get none."""

    registrations: list[Registration]
    without_address: int
    sharing: int

    @property
    def discreet(self) -> int:
        return sum(row.discreet for row in self.registrations)


def recipients(occurrence: Occurrence, statuses: Sequence[str], *, user) -> Recipients:
    """Return the recipients of a message from ``user``.

    These are the people on the door list, flagged or not, because leaving someone out would give
    them away. An address that is discreet for one booking is discreet for all.
    """
    rows = (
        Registration.objects.at_door_for(user, permissions.MESSAGE)
        .filter(occurrence=occurrence, status__in=statuses)
        .only("pk", "email", "discreet")
        .order_by("-discreet", "received_at", "pk")
    )
    chosen: dict[str, Registration] = {}
    without_address = sharing = 0
    for row in rows:
        if not row.email:
            without_address += 1
        elif chosen.setdefault(row.email.lower(), row) is not row:
            sharing += 1
    return Recipients(list(chosen.values()), without_address, sharing)


@in_one_transaction
def send(
    occurrence: Occurrence,
    *,
    subject: str,
    text: str,
    statuses: Sequence[str],
    key: str,
    by,
    at: datetime,
) -> tuple[DateMessage, bool]:
    """Queue one email to each recipient; return the message, and whether it is new.

    A repeated ``key``, even at the same moment, returns the first message. Raises
    ``RegistrationActionError`` if there are no recipients.
    """
    details = {"subject": subject, "text": text, "statuses": list(statuses), "by": by, "at": at}
    message, is_new = DateMessage.objects.get_or_create(
        key=key, defaults={"occurrence": occurrence, **details}
    )
    if not is_new:
        return message, False
    found = recipients(occurrence, statuses, user=by).registrations
    if not found:
        raise RegistrationActionError("Nobody with these statuses has an email address")
    OutboundEmail.objects.bulk_create(
        [
            OutboundEmail(
                registration=row,
                date_message=message,
                kind=OutboundEmail.Kind.MESSAGE,
                recipient=row.email,
                created_at=at,
                wanted_at=at,
                due_at=at,
                message_id=outbox.message_id(),
                idempotency_key=f"message:{message.pk}:{row.pk}",
            )
            for row in found
        ],
        batch_size=INSERTED_AT_ONCE,
    )
    AccessRecord.record(
        by,
        AccessRecord.Action.MESSAGED,
        occurrence_pk=occurrence.pk,
        count=len(found),
        seen=[row.pk for row in found],
        purpose=AccessRecord.Purpose.CONTACT,
    )
    outbox.notify_workers()
    return message, True


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of the emails of one message so far."""

    all: int
    sent: int
    waiting: int
    failed: int
    not_sent: int

    @property
    def done(self) -> int:
        return self.sent + self.not_sent


def progress(message: DateMessage) -> Progress:
    """Count the emails of ``message``, without those to people who have been erased."""
    state = LeasedState
    counts = message.emails.aggregate(
        all=Count("pk"),
        sent=Count("pk", filter=Q(state=state.SENT)),
        waiting=Count("pk", filter=Q(state__in=[state.WAITING, state.SENDING])),
        failed=Count("pk", filter=Q(state=state.FAILED)),
        not_sent=Count("pk", filter=Q(state=state.ABANDONED)),
    )
    return Progress(**counts)


def stop(message: DateMessage) -> int:
    """Abandon the unsent emails of ``message``; return how many."""
    with transaction.atomic():
        return outbox.abandon(message.emails.all(), why="Stopped")


def sent_to(registration: Registration) -> list[tuple[datetime, str, str]]:
    """Return the messages sent to ``registration``: when, subject and text, latest first.

    In the words the person read, who may have asked for emails that do not name the event.
    """
    rows = DateMessage.objects.filter(
        emails__registration=registration, emails__state=LeasedState.SENT
    )
    named = {"name": registration.name, "date": registration.occurrence.day}
    return [
        (row.at, filled(row.subject, **named), filled(row.text, **named)) for row in rows.distinct()
    ]


def delete_finished(occurrence_pk: int) -> None:
    """Delete the messages to a date whose every email has been erased with its person."""
    DateMessage.objects.filter(occurrence=occurrence_pk, emails=None).delete()
