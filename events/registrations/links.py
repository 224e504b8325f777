"""The link to a registration, sent once more to whoever has lost it."""

from datetime import datetime

from django.db.models import F

from . import outbox
from .models import OutboundEmail, RateCount, Registration, RegistrationChange
from .models.registration import RegistrationQuerySet
from .transactions import in_one_transaction


def registrations_of(email: str, *, at: datetime) -> RegistrationQuerySet:
    """Return what is kept about an address at ``at``, the next date first."""
    return (
        Registration.objects.kept()
        .filter(email__iexact=email, erase_at__gt=at)
        .order_by("occurrence__starts_at", "pk")
    )


@in_one_transaction
def enqueue_links(email: str, *, at: datetime) -> None:
    """Owe the address one e-mail with the links to all its registrations, if it has any.

    As many statements for an address that is unknown: time tells nothing either.
    """
    first = registrations_of(email, at=at).select_related("page").first()
    if first is None:
        nobody = RateCount.objects.filter(window=0)
        nobody.update(count=F("count"))
        nobody.update(count=F("count"))
        outbox.notify_workers()
        return
    asked = RegistrationChange.objects.create(
        registration=first,
        at=at,
        previous_status=first.status,
        status=first.status,
        note="The person asked for the link",
    )
    outbox.enqueue_emails(first, [(OutboundEmail.Kind.LINK, asked.pk)], at=at)
