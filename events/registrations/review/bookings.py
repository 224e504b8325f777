"""What staff do to bookings besides deciding: change, move, merge, put first, send again.

Each is one transaction with its history, its line in the trail and its emails.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from events.models import Occurrence
from prevent_content.cleaning import name_key

from .. import actions, outbox, places
from ..actions import RegistrationActionError
from ..database import in_one_transaction
from ..encryption import UndecryptableAnswers
from ..models import AccessRecord, OutboundEmail, PlaceCount, Registration
from ..models.registration import ACTIVE
from .decisions import add_to_history

Action = AccessRecord.Action
Kind = OutboundEmail.Kind
Status = Registration.Status
CONFIRMATIONS = {
    Status.HELD: Kind.HELD,
    Status.UNCONFIRMED: Kind.HELD,
    Status.RECEIVED: Kind.RECEIVED,
    Status.CONFIRMED: Kind.CONFIRMED,
    Status.WAITING: Kind.WAITING,
}


@dataclass(frozen=True, slots=True)
class Details:
    """The details of a registration. ``sensitive_answers`` is None if they may not be read."""

    name: str
    guests: int
    discreet: bool
    answers: list[dict]
    sensitive_answers: list[dict] | None = None

    def changes_from(self, registration: Registration) -> list[str]:
        """Return these changes to ``registration`` in words, without personal data."""
        words = []
        if self.name != registration.name:
            words.append("name")
        if self.guests != registration.guests:
            words.append(f"guests from {registration.guests} to {self.guests}")
        if self.discreet != registration.discreet:
            words.append("discreet emails")
        if self.answers != registration.answers:
            words.append("answers")
        if self.sensitive_answers is not None:
            rows = Registration.objects.filter(pk=registration.pk)
            if rows.values_list("sensitive_answers", flat=True).get() != self.sensitive_answers:
                words.append("sensitive answers")
        return words


@in_one_transaction
def change(
    registration: Registration,
    details: Details,
    *,
    by,
    why: str = "",
    tell: bool = True,
    at: datetime | None = None,
) -> bool:
    """Change the details of ``registration``; return whether anything changed.

    Raises ``RegistrationActionError`` if too few places are left for more guests.
    """
    changed = details.changes_from(registration)
    if not changed:
        return False
    more = details.guests - registration.guests
    try:
        actions.change_details(
            registration,
            name=details.name,
            guests=details.guests,
            discreet=details.discreet,
            answers=details.answers,
            sensitive_answers=details.sensitive_answers,
            by=by,
            note=". ".join(filter(None, [f"Changed: {', '.join(changed)}", why])),
            tell=tell,
            at=at,
        )
    except RegistrationActionError:
        if more > 0:
            left = places.lock(registration.occurrence_id).left
            number = "1 place is" if left == 1 else f"{left} places are"
            raise RegistrationActionError(
                f"Only {number} left on this date" if left else "No place is left on this date"
            ) from None
        raise
    AccessRecord.record(by, Action.CHANGED, registration=registration)
    return True


@in_one_transaction
def move(
    registration: Registration,
    to: Occurrence,
    *,
    by,
    why: str = "",
    tell: bool = True,
    at: datetime | None = None,
) -> None:
    """Move ``registration`` to another date of its event. Raises ``RegistrationActionError``."""
    actions.move(registration, to, by=by, note=why, tell=tell, at=at)
    AccessRecord.record(by, Action.CHANGED, registration=registration)


@in_one_transaction
def put_first(
    registration: Registration, *, by, why: str, at: datetime | None = None
) -> Registration:
    """Move ``registration`` to the head of its waiting list, for the next place that fits.

    Return its new state: it takes a place that is already free at once. Raises
    ``RegistrationActionError`` if it is not waiting.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = actions.locked(registration)
    if current.status != Status.WAITING:
        raise RegistrationActionError("This registration is no longer on the waiting list")
    head = Registration.objects.queue().filter(occurrence=current.occurrence_id).first()
    if head.pk != current.pk:
        current.waiting_since = head.waiting_since - timedelta(milliseconds=1)
        current.save(update_fields=["waiting_since"])
    add_to_history(current, f"Put first on the waiting list. {why}", by=by, at=at)
    AccessRecord.record(by, Action.CHANGED, registration=current)
    places.promote(current.occurrence_id, at=at, by=by)
    current.refresh_from_db(fields=["status"])
    return current


@in_one_transaction
def send_again(
    registration: Registration, *, by, sentence: str = "", at: datetime | None = None
) -> None:
    """Queue the email about the state of ``registration``, with staff's own ``sentence``.

    Raises ``RegistrationActionError``.
    """
    at = at or timezone.now()
    kind = CONFIRMATIONS.get(registration.status)
    if kind is None:
        raise RegistrationActionError("There is no email to send again for this status")
    if not registration.email:
        raise RegistrationActionError("This person has no email address")
    line = add_to_history(registration, "Confirmation sent again", by=by, at=at)
    outbox.enqueue_emails(registration, [(kind, line.pk)], at=at, sentence=sentence)
    AccessRecord.record(by, Action.CHANGED, registration=registration)


@in_one_transaction
def merge(
    registration: Registration,
    other: Registration,
    details: Details,
    *,
    by,
    tell: bool = True,
    at: datetime | None = None,
) -> None:
    """Merge two registrations for the same date: ``registration`` stays, with ``details``.

    ``other`` is withdrawn without an email and its answers are deleted. Sensitive answers not in
    ``details`` are combined from both. ``other`` frees its places before more are taken, so that
    two who hold places on a full date can become one party. Raises ``RegistrationActionError``.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    first, second = actions.locked(registration), actions.locked(other)
    if first.pk == second.pk or first.occurrence_id != second.occurrence_id:
        raise RegistrationActionError("Choose two registrations for the same date")
    if first.status not in ACTIVE or second.status not in ACTIVE:
        raise RegistrationActionError("One of the two was changed meanwhile. Read its history")
    held = sum(each.party for each in (first, second) if each.holds_places)
    count = PlaceCount.objects.filter(pk=first.occurrence_id)
    if held:
        count.give_back(held)
        if not places.take(first.occurrence_id, 1 + details.guests):
            raise actions.no_room(first.occurrence_id, 1 + details.guests)
    sensitive_answers_of_both = both_sensitive_answers(first, second)
    close_duplicate(second, into=first, by=by, at=at)
    previous = first.status
    sensitive_answers = details.sensitive_answers
    if sensitive_answers is None:
        sensitive_answers = sensitive_answers_of_both
    if held:
        first.status, first.waiting_since = Status.CONFIRMED, None
    for name in ("name", "guests", "discreet", "answers"):
        setattr(first, name, getattr(details, name))
    first.name_key = name_key(details.name)
    first.email = first.email or second.email
    changed = ["status", "waiting_since", "name", "name_key", "email", "guests", "discreet"]
    first.sensitive_answers = sensitive_answers
    first.save(update_fields=[*changed, "answers", "sensitive_answers"])
    words = f"Merged with {second.reference}"
    kind = Kind.CHANGED if tell else False
    actions.note_change(first, words, at, by=by, kind=kind, previous=previous)
    AccessRecord.record(by, Action.CHANGED, registration=first)
    AccessRecord.record(by, Action.CHANGED, registration=second)
    if held:
        places.promote(first.occurrence_id, at=at, by=by)


def both_sensitive_answers(first: Registration, second: Registration) -> list[dict]:
    """Return the sensitive answers of both registrations, without duplicates."""
    try:
        answers = list(first.sensitive_answers)
        answers += [each for each in second.sensitive_answers if each not in answers]
    except UndecryptableAnswers:
        raise RegistrationActionError(
            "The sensitive answers of one of the two cannot be decrypted. Ask your web team to add "
            "the key to FIELD_ENCRYPTION_KEYS again"
        ) from None
    return answers


def close_duplicate(registration: Registration, *, into: Registration, by, at: datetime) -> None:
    """Withdraw ``registration``, whose places have been freed, and delete its answers."""
    previous = registration.status
    registration.status, registration.waiting_since = Status.WITHDRAWN, None
    registration.answers, registration.sensitive_answers = [], []
    registration.save(update_fields=["status", "waiting_since", "answers", "sensitive_answers"])
    registration.history.create(
        at=at,
        by=by,
        previous_status=previous,
        status=Status.WITHDRAWN,
        note=f"Merged into {into.reference}",
    )
