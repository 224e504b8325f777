"""Requests to be erased, from the person or through staff, and what a hold does to them.

What erasing does is in ``retention.py``.
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
    """What became of a request for erasure: how many went, and which a hold keeps until when."""

    erased: int = 0
    held: dict[str, date] = field(default_factory=dict)
    certificate: ErasureCertificate | None = None


def erase_at_wish(registration: Registration, *, at: datetime) -> bool:
    """Erase ``registration`` because its person asks for it; return whether it could be done.

    The person gets a last email, and their address goes with it. A hold stops the erasure: then
    they are withdrawn, the data protection inbox gets an email, and it is erased as soon as the
    hold ends.
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
    """Make ``registration`` due for erasure now, for when its hold has ended."""
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
        # It names the reference, so it goes when the registration goes.
        notice.registration = registration
        notice.save(update_fields=["registration"])


def data_protection_inbox() -> str:
    """Return where emails go about what data protection has to look at."""
    return protection_settings().inbox or settings.DEFAULT_FROM_EMAIL


def protection_settings() -> DataProtectionSettings:
    site = site_of(None)
    return DataProtectionSettings.for_site(site) if site else DataProtectionSettings()


def erase_all(
    registrations: Iterable[Registration], *, reason: str, by=None, at: datetime
) -> Erasure:
    """Erase ``registrations``, each in its own transaction, on one certificate.

    What a hold stops is left, and reported. Complaints and requests stay until they are due: they
    are the proof of how they were handled.
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
