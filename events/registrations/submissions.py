"""Registering: a valid registration form is stored in one transaction, or not at all."""

import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Occurrence
from prevent_content.cleaning import name_key
from prevent_content.conf import setting

from . import held_places, limits, outbox, places
from .actions import RegistrationActionError, no_room, no_room_online, require_going_ahead
from .database import in_one_transaction
from .models import OutboundEmail, Receipt, Registration, RegistrationChange, RegistrationPage

Kind = OutboundEmail.Kind
Status = Registration.Status
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Submission:
    """The contents of a valid registration form.

    ``key`` is the form's one-time key, ``network`` a hash of where it came from. ``added_by`` is
    the member of staff who added a person, and ``tell`` whether that person gets an email.
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
    channel: str = Registration.Channel.ONLINE
    privacy_notice: str = Registration.PrivacyNotice.ON_FORM
    network: str = ""
    added_by: object = None
    tell: bool = True

    @property
    def agrees(self) -> bool:
        """Whether the person consented, having sent sensitive answers themselves."""
        return bool(self.sensitive_answers) and not self.added_by

    @property
    def party(self) -> int:
        """Return how many places it asks for: the person and the guests."""
        return 1 + self.guests

    @property
    def fingerprint(self) -> str:
        """Return a keyed hash of what was entered, independent of the one-time key."""
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

    Return the receipt, and whether the form is new: a repeated key gets the first receipt again.
    Every other form is a separate registration, even from an address that already has one for the
    date. Raises ``RegistrationActionError``.
    """
    at = at or timezone.now()
    for _attempt in range(ATTEMPTS):
        if (earlier := earlier_receipt(submission.key)) is not None:
            return earlier, False
        if not places.is_counted(submission.occurrence):
            places.ensure_count(submission.occurrence, submission.page)
        try:
            return create_registration(submission, at), True
        except IntegrityError:
            # The same form arrived at the same moment and was quicker.
            continue
    raise RegistrationActionError(_("We could not save your booking just now. Send the form again"))


@in_one_transaction
def create_registration(submission: Submission, at: datetime) -> Receipt:
    """Store a new registration, taking the place first."""
    page, occurrence = submission.page, submission.occurrence
    status = status_for(submission, at)
    if submission.added_by is None:
        require_room_for_address(submission)
    require_going_ahead(occurrence)
    registration = Registration.objects.create(
        page=page,
        occurrence=occurrence,
        status=status,
        waiting_since=at if status == Status.WAITING else None,
        held_until=held_places.hold_until(occurrence, at=at) if status == Status.HELD else None,
        name=submission.name,
        name_key=name_key(submission.name),
        email=submission.email,
        guests=submission.guests,
        discreet=submission.discreet,
        answers=submission.answers,
        sensitive_answers=submission.sensitive_answers,
        channel=submission.channel,
        privacy_notice=submission.privacy_notice,
        consent_text=page.consent_text if submission.agrees else "",
        received_at=at,
        erase_at=page.erase_at(occurrence),
        erase_sensitive_at=page.erase_sensitive_at(occurrence),
    )
    RegistrationChange.objects.create(
        registration=registration, at=at, status=status, by=submission.added_by
    )
    # No email to a walk-in standing at the door, and none to an organiser while an email address is
    # unconfirmed.
    if registration.is_to_confirm:
        outbox.enqueue_emails(registration, [(Kind.HELD, 0)], at=at)
    elif submission.channel != Registration.Channel.DOOR:
        emails = [
            (Kind.ORGANISER_RECEIVED, 0),
            *([(held_places.FIRST_EMAIL[status], 0)] if submission.tell else []),
        ]
        outbox.enqueue_emails(registration, emails, at=at)
    return Receipt.objects.create(
        registration=registration,
        reference=registration.reference,
        submission_key=submission.key,
        fingerprint=submission.fingerprint,
        status=status,
        at=at,
    )


def status_for(submission: Submission, at: datetime) -> str:
    """Take the places ``submission`` asks for, and return its status.

    Held places not confirmed in time go to the waiting list first. Either way the count of the date
    is locked from here on. Raises ``RegistrationActionError`` if the date is full and has no
    waiting list.
    """
    if submission.channel == Registration.Channel.DOOR:
        if places.take_or_see_full(submission.occurrence.pk, submission.party):
            return Status.ATTENDED
        raise no_room(submission.occurrence.pk, submission.party)
    if submission.page.approval:
        places.lock(submission.occurrence.pk)
        is_asked = submission.page.confirm_email and submission.added_by is None
        return Status.UNCONFIRMED if is_asked else Status.RECEIVED
    held_places.lapse(submission.occurrence.pk, at=at)
    if places.take_or_see_full(submission.occurrence.pk, submission.party):
        return Status.HELD if must_confirm(submission, at) else Status.CONFIRMED
    if submission.page.waiting_list:
        return Status.UNCONFIRMED if must_confirm(submission, at) else Status.WAITING
    raise no_room_online(submission.occurrence.pk)


def must_confirm(submission: Submission, at: datetime) -> bool:
    """Whether the person has to confirm their email address first.

    If the editor requires it, and beyond the places one network may book at once for the date.
    Called while the count of the date is locked.
    """
    if submission.added_by is not None:
        return False
    booked = 0
    if submission.network:
        booked = limits.count_places(submission.network, submission.party, at=at)
    return submission.page.confirm_email or booked > setting("REGISTRATION_PLACES_AT_ONCE")


def require_room_for_address(submission: Submission) -> None:
    """Raise ``RegistrationActionError`` if the address has its maximum of bookings for the date.

    Called while the count of the date is locked, so that simultaneous forms are counted too.
    """
    known = Registration.objects.active_with_address(submission.email, submission.occurrence)
    if known.count() >= setting("REGISTRATION_LIMIT_PER_DATE"):
        raise RegistrationActionError(
            _(
                "We’ve had too many forms with this email address for this date. Contact the "
                "organiser to book more places"
            ),
            is_limited=True,
        )
