"""Erasure at the request of a person or staff, and the effect of holds on it.

``retention.py`` does the erasing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Least

from . import actions, outbox, retention
from .emails.booking import language_of
from .emails.links import site_of
from .models import (
    AccessRecord,
    DataProtectionSettings,
    ErasureCertificate,
    OutboundEmail,
    Registration,
)
from .models.registration import ACTIVE, TO_CONFIRM
from .retention import truncate_log


@dataclass
class Erasure:
    """The outcome of a request for erasure: how many were erased, and which are held until when."""

    erased: int = 0
    held: dict[str, date] = field(default_factory=dict)
    certificate: ErasureCertificate | None = None


def erase_at_wish(registration: Registration, *, at: datetime) -> bool:
    """Erase ``registration`` at its person's request; return whether that was possible.

    The person gets a last email, and their address is deleted with it. A hold stops the erasure:
    the booking is cancelled, the data protection inbox gets an email, and the erasure happens as
    soon as the hold ends.
    """
    email, language = registration.email, language_of(registration)
    try:
        with transaction.atomic():
            is_erased = retention.erase(registration, at=at, reason=retention.Reason.OWN)
            if is_erased and email:
                outbox.enqueue_notice(
                    OutboundEmail.Kind.ERASED,
                    to=email,
                    key=f"erased:{uuid4()}",
                    at=at,
                    facts={"language": language},
                )
    except retention.Held:
        wait_for_hold(registration, at=at)
        return False
    return True


@transaction.atomic
def wait_for_hold(registration: Registration, *, at: datetime) -> None:
    """Make ``registration`` due for erasure now, to be erased when its hold ends."""
    if registration.status in (*ACTIVE, *TO_CONFIRM) and registration.occurrence.starts_at > at:
        actions.change_status(
            registration,
            Registration.Status.WITHDRAWN,
            by=None,
            note="The person asked for erasure; a hold keeps it",
            tell=False,
            at=at,
        )
    Registration.objects.filter(pk=registration.pk).update(
        erase_at=Least("erase_at", at), erase_sensitive_at=Least("erase_sensitive_at", at)
    )
    notice = outbox.enqueue_notice(
        OutboundEmail.Kind.ERASURE_HELD,
        to=data_protection_inbox(),
        key=f"held:{registration.pk}:{at:%Y-%m-%d}",
        about=registration.reference,
        at=at,
    )
    if notice is not None:
        # It names the reference, so it is erased with the registration.
        notice.registration = registration
        notice.save(update_fields=["registration"])


def data_protection_inbox() -> str:
    """Return the inbox for emails to data protection."""
    return protection_settings().inbox or settings.DEFAULT_FROM_EMAIL


def protection_settings() -> DataProtectionSettings:
    site = site_of(None)
    return DataProtectionSettings.for_site(site) if site else DataProtectionSettings()


def erase_all(
    registrations: Iterable[Registration], *, reason: str, by=None, at: datetime
) -> Erasure:
    """Erase ``registrations``, each in its own transaction, on one certificate.

    Held ones are left and reported. Complaints and requests stay until they are due, as proof of
    how they were handled.
    """
    done = Erasure(certificate=ErasureCertificate(reason=reason, by=by, started_at=at))
    for registration in registrations:
        try:
            done.erased += retention.erase(registration, at=at, certificate=done.certificate)
        except retention.Held as held:
            done.held[registration.reference] = held.until
            continue
        AccessRecord.objects.create(
            user=by, action=AccessRecord.Action.ERASED, registration_pk=registration.pk, at=at
        )
    done.certificate.finish(at=at)
    truncate_log()
    return done
