"""Receiving, closing and erasing complaints: one transaction each."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db import IntegrityError, transaction

from .. import outbox
from ..erasure_requests import data_protection_inbox, protection_settings
from ..models import Complaint, ErasureCertificate, OutboundEmail
from ..models.data_protection import new_submission_key
from ..models.retention import days_after
from ..retention import redact, truncate_log

Kind = OutboundEmail.Kind
MAILS = [Kind.COMPLAINT_RECEIVED, Kind.COMPLAINT_NOTICE]


def receive(*, name: str, email: str, text: str, key: str, at: datetime) -> Complaint:
    """Save a complaint, with its acknowledgement and the notice to data protection.

    The same ``key`` again, from a form that was sent twice, returns the same complaint.
    """
    earlier = Complaint.objects.filter(submission_key=key).first()
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            return save(name=name, email=email, text=text, key=key, at=at)
    except IntegrityError:
        return Complaint.objects.get(submission_key=key)


def save(*, name: str, email: str, text: str, key: str, at: datetime) -> Complaint:
    complaint = Complaint.objects.create(
        submission_key=key,
        name=name,
        email=email,
        text=text,
        received_at=at,
        due_on=Complaint.due_day(received_at=at),
    )
    for kind, recipient in (
        (Kind.COMPLAINT_RECEIVED, email),
        (Kind.COMPLAINT_NOTICE, data_protection_inbox()),
    ):
        outbox.enqueue_notice(
            kind,
            to=recipient,
            key=f"{kind}:{complaint.pk}",
            about=complaint.reference,
            at=at,
        )
    return complaint


@transaction.atomic
def close(complaint: Complaint, *, outcome: str, at: datetime) -> bool:
    """Save what was answered, and fix the erasure date; return whether it was open."""
    current = Complaint.objects.select_for_update().get(pk=complaint.pk)
    if current.closed_at is not None:
        return False
    current.outcome = outcome
    current.closed_at = at
    current.erase_at = days_after(at, protection_settings().complaint_days)
    current.save(update_fields=["outcome", "closed_at", "erase_at"])
    return True


@transaction.atomic
def erase(complaint: Complaint, *, at: datetime, certificate: ErasureCertificate) -> bool:
    """Erase who complained, about what, and the email about it; the dates stay, for counts."""
    # Nothing encrypted is read, so that a lost key does not stop the erasure.
    due = Complaint.objects.due_for_erasure(at=at).filter(pk=complaint.pk)
    if not due.update(
        name="", email="", text="", outcome="", submission_key=new_submission_key(), erased_at=at
    ):
        return False
    mails = OutboundEmail.objects.filter(kind__in=MAILS, about=complaint.reference)
    keys = list(mails.values_list("pk", flat=True))
    erased = Counter({"complaints": 1, "outbound emails": len(keys)})
    erased["log entries"] += redact(OutboundEmail, keys)
    erased["log entries"] += redact(Complaint, [complaint.pk])
    mails.delete()
    certificate.add(+erased)
    return True


def erase_due(*, at: datetime) -> Iterator[int]:
    """Erase the complaints that are due at ``at``, each in its transaction; yield how many."""
    certificate = ErasureCertificate(reason=ErasureCertificate.Reason.RETENTION, started_at=at)
    done = 0
    due = Complaint.objects.due_for_erasure(at=at).only("pk", "reference")
    for complaint in list(due.order_by("pk")):
        done += erase(complaint, at=at, certificate=certificate)
        yield done
    certificate.finish(at=at)
    if done:
        truncate_log()
