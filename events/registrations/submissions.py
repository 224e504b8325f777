"""Registering: what becomes of a valid registration form, in one transaction or not at all."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Occurrence

from . import outbox, places
from .actions import RegistrationActionError, require_going_ahead
from .models import OutboundEmail, Receipt, Registration, RegistrationChange, RegistrationPage
from .models.registration import ACTIVE, RegistrationQuerySet
from .transactions import in_one_transaction

Kind = OutboundEmail.Kind
Status = Registration.Status
ATTEMPTS = 5
# However often a form comes with a known address, its owner gets this many emails a day.
REPEAT_EMAILS_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person sent with a registration form, once it is known to be valid.

    ``key`` is the one-time key of the form that was sent.
    """

    key: str
    page: RegistrationPage
    occurrence: Occurrence
    name: str
    email: str
    guests: int = 0
    discreet: bool = False
    answers: list[dict] = field(default_factory=list)
    sensitive_answers: list[dict] = field(default_factory=list)

    @property
    def party(self) -> int:
        """Return how many places it asks for: the person and the guests."""
        return 1 + self.guests

    @property
    def fingerprint(self) -> str:
        """Return a keyed hash of what was entered, whichever key it came with."""
        content = [
            str(self.occurrence.uuid),
            self.name,
            self.email.lower(),
            self.guests,
            self.discreet,
            self.answers,
            self.sensitive_answers,
        ]
        message = json.dumps(content).encode()
        return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def earlier_receipt(key: str) -> Receipt | None:
    """Return the receipt of an earlier submission with the one-time ``key``."""
    return Receipt.objects.filter(submission_key=key).first() if key else None


def register(submission: Submission, *, at: datetime | None = None) -> tuple[Receipt, bool]:
    """Store ``submission`` with its place, its history and the emails it causes.

    Returns the receipt, and whether the form came for the first time: the same key again gets
    the receipt of the first time. An address that is already registered for the date is not
    registered again: its owner gets an email, and the sender a receipt like any other. Raises
    ``RegistrationActionError``.
    """
    at = at or timezone.now()
    for _attempt in range(ATTEMPTS):
        if (earlier := earlier_receipt(submission.key)) is not None:
            return earlier, False
        known = find_active(submission, at=at)
        if not places.is_counted(submission.occurrence):
            places.ensure_count(submission.occurrence, submission.page)
        try:
            if known is None:
                return create_registration(submission, at), True
            return repeat_registration(known, submission, at), True
        except IntegrityError:
            # The same form or the same address came in at once and was quicker: look again.
            continue
    raise RegistrationActionError(
        _("We could not keep your registration just now. Send the form again")
    )


def find_active(submission: Submission, *, at: datetime) -> Registration | None:
    """Return the registration that the address has for the date, with ``repeat_emails``."""
    rows = active_for(submission.occurrence.pk, submission.email, at - timedelta(days=1))
    found = rows.first()
    if found is not None and found.page_id == submission.page.pk:
        found.page = submission.page
    return found


def active_for(occurrence: int, email: str, since: datetime) -> RegistrationQuerySet:
    """Return who has the address on the date, and how many repeat emails they got since."""
    emails = OutboundEmail.objects.filter(
        registration=OuterRef("pk"), kind=Kind.AGAIN, created_at__gt=since
    )
    count = emails.order_by().values("registration").annotate(count=Count("pk")).values("count")
    # As its constraint has it, and thus its index.
    known = Registration.objects.alias(address=Lower("email")).filter(
        ~Q(email=""), occurrence=occurrence, address=Lower(Value(email)), status__in=ACTIVE
    )
    return known.annotate(repeat_emails=Coalesce(Subquery(count), 0))


@in_one_transaction
def create_registration(submission: Submission, at: datetime) -> Receipt:
    """Store a new registration: the place comes first."""
    page, occurrence = submission.page, submission.occurrence
    status = status_for(submission, take=places.take_or_see_full)
    require_going_ahead(occurrence)
    registration = Registration.objects.create(
        page=page,
        occurrence=occurrence,
        status=status,
        waiting_since=at if status == Status.WAITING else None,
        name=submission.name,
        email=submission.email,
        guests=submission.guests,
        discreet=submission.discreet,
        answers=submission.answers,
        sensitive_answers=submission.sensitive_answers,
        consent_text=page.consent_text,
        received_at=at,
        erase_at=page.erase_at(occurrence),
        erase_sensitive_at=page.erase_sensitive_at(occurrence),
    )
    RegistrationChange.objects.create(registration=registration, at=at, status=status)
    outbox.enqueue_emails(registration, [(Kind.ORGANISER_RECEIVED, 0), (status, 0)], at=at)
    return Receipt.objects.create(
        registration=registration,
        reference=registration.reference,
        submission_key=submission.key,
        fingerprint=submission.fingerprint,
        status=status,
        at=at,
    )


@in_one_transaction
def repeat_registration(known: Registration, submission: Submission, at: datetime) -> Receipt:
    """Email a registered address that a form came with it again; change nothing else.

    The receipt says what a new address would be told, after as many queries as
    ``create_registration``, so that the sender cannot tell the two apart.
    """
    status = status_for(submission, take=places.look_for)
    require_going_ahead(submission.occurrence)
    Registration.objects.filter(pk=known.pk).update(link_key=F("link_key"))
    change = RegistrationChange.objects.create(
        registration=known,
        at=at,
        previous_status=known.status,
        status=known.status,
        note="A form with the same email address was sent again",
    )
    # Looked up for the sake of equal queries, as for a new registration.
    submission.page.mail_route(submission.occurrence.date)
    if known.repeat_emails < REPEAT_EMAILS_A_DAY:
        outbox.enqueue_emails(known, [(Kind.AGAIN, change.pk)], at=at)
    return Receipt.objects.create(
        registration=known,
        submission_key=submission.key,
        fingerprint=submission.fingerprint,
        status=status,
        at=at,
    )


def status_for(submission: Submission, *, take: Callable[[int, int], bool]) -> str:
    """Return the status that ``submission`` gets, and thereby the email.

    ``take`` is asked for the places, unless each registration is confirmed by hand. Raises
    ``RegistrationActionError`` when the date is full and has no waiting list.
    """
    if submission.page.approval:
        return Status.RECEIVED
    if take(submission.occurrence.pk, submission.party):
        return Status.CONFIRMED
    if submission.page.waiting_list:
        return Status.WAITING
    raise RegistrationActionError("This date is full. Choose another date", is_full=True)
