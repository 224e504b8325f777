"""What is due for erasure, and erasing it: counts stay, people go."""

import hmac
from datetime import datetime
from hashlib import sha256

from django.conf import settings

from . import places
from .models import OutboundEmail, Registration
from .models.registration import ACTIVE, HOLDING, new_link_key
from .transactions import in_one_transaction


def reference_hash(reference: str) -> str:
    """Return what is kept in place of a reference: the same for the same, and no way back."""
    digest = hmac.new(settings.SECRET_KEY.encode(), reference.encode(), sha256).hexdigest()
    return f"E-{digest[:14]}"


@in_one_transaction
def erase(registration: Registration, *, at: datetime) -> None:
    """Erase who ``registration`` is about: name, address, answers, notes, guests, mail, links.

    Kept are a hash of the reference, the date, the status and the times, for counts. A place
    that is still held for a date to come goes to who waits. Doing it twice changes nothing.
    """
    places.ensure_count(registration.occurrence, registration.page)
    places.lock(registration.occurrence_id)
    current = (
        Registration.objects.select_for_update(of=("self",))
        .select_related("occurrence")
        .get(pk=registration.pk)
    )
    if current.erased_at is not None:
        return
    is_to_come = current.occurrence.starts_at > at
    frees = current.party if current.holds_places and is_to_come else 0
    guests_gone = current.guests if current.holds_places and not is_to_come else 0
    if is_to_come and current.status in {*ACTIVE, *HOLDING}:
        current.status = Registration.Status.WITHDRAWN
    OutboundEmail.objects.filter(registration=current).delete()
    current.receipts.all().delete()
    current.history.all().update(note="")
    current.reference = reference_hash(current.reference)
    current.link_key = new_link_key()
    current.name = current.email = current.consent_text = ""
    current.answers, current.sensitive_answers = [], []
    current.guests = 0
    current.waiting_since = None
    current.erased_at = at
    current.save()
    if guests_gone:
        places.forget_guests(current.occurrence_id, guests_gone)
    if frees:
        places.release(current.occurrence_id, frees, at=at)
