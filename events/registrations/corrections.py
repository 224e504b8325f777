"""Correcting what is stored about a person (UK GDPR, Article 16).

A name changes at once. A new email address counts once the link sent to it has been used; until
then everything stays as it was.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language, gettext

from prevent_content.cleaning import name_key

from . import actions, outbox
from .database import in_one_transaction
from .models import AddressChange, OutboundEmail, Registration
from .models.registration import new_link_key

Kind = OutboundEmail.Kind


def can_change_address(registration: Registration) -> bool:
    """Whether a new address can be requested: not before the current one is confirmed."""
    return not registration.is_to_confirm and bool(registration.email)


@in_one_transaction
def correct_name(registration: Registration, name: str, *, at: datetime | None = None) -> None:
    """Store the corrected name; the organiser gets an email if the event is still to come."""
    at = at or timezone.now()
    actions.places.ensure_count(registration.occurrence, registration.page)
    current = actions.locked(registration)
    if current.name == name:
        return
    current.name, current.name_key = name, name_key(name)
    current.save(update_fields=["name", "name_key"])
    note_correction(current, "The person corrected the name", gettext("Name"), at=at)


@in_one_transaction
def ask_for_address(registration: Registration, email: str, *, at: datetime, by=None) -> None:
    """Send a link to the new address ``email``. A link sent earlier stops working.

    ``by`` is the member of staff who entered it, as the history then says.
    """
    if by is not None:
        registration.history.create(
            at=at,
            by=by,
            previous_status=registration.status,
            status=registration.status,
            note="A link to confirm a new email address was sent",
        )
    AddressChange.objects.filter(registration=registration).delete()
    change = AddressChange.objects.create(registration=registration, email=email, asked_at=at)
    outbox.enqueue_notice(
        Kind.CONFIRM_EMAIL,
        to=email,
        key=f"confirm-email:{registration.pk}:{change.key}",
        registration=registration,
        at=at,
    )


@in_one_transaction
def change_address(change: AddressChange, *, at: datetime) -> Registration:
    """Give the registration its new address and a new link, and notify the old address.

    Raises ``AddressChange.DoesNotExist`` if the link was used or replaced meanwhile.
    """
    registration = change.registration
    actions.places.ensure_count(registration.occurrence, registration.page)
    current = actions.locked(registration)
    change = AddressChange.objects.get(pk=change.pk, key=change.key)
    old, current.email, current.link_key = current.email, change.email, new_link_key()
    current.save(update_fields=["email", "link_key"])
    change.delete()
    unsent = OutboundEmail.objects.unsent().filter(registration=current, recipient=old)
    unsent.exclude(kind__in=OutboundEmail.ORGANISER_KINDS).update(recipient=current.email)
    label = gettext("Email address")
    line = note_correction(current, "The person changed the email address", label, at=at)
    outbox.enqueue_emails(current, [(Kind.LINK, line.pk)], at=at)
    if not old:
        return current
    outbox.enqueue_notice(
        Kind.EMAIL_CHANGED,
        to=old,
        key=f"email-changed:{line.pk}",
        about=current.reference,
        registration=current,
        at=at,
        facts={"language": get_language()},
    )
    return current


def note_correction(current: Registration, note: str, label: str, *, at: datetime):
    """Add ``note`` to the history, and email the organiser which field changed while it matters."""
    kinds = []
    if current.can_be_changed and current.occurrence.starts_at > at:
        kinds = [Kind.ORGANISER_CHANGED]
    line = current.history.create(
        at=at, previous_status=current.status, status=current.status, note=note
    )
    facts = {"by_us": False, "fields": [label]}
    outbox.enqueue_emails(current, [(kind, line.pk) for kind in kinds], at=at, facts=facts)
    return line
