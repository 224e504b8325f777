"""Complaints and requests about data: receive, enter, close and erase, each in one transaction."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time

from django.db import IntegrityError, transaction

from events.english_dates import LONDON

from . import outbox
from .erasure_requests import data_protection_inbox, protection_settings
from .models import AccessRecord, Complaint, ErasureCertificate, OutboundEmail, SubjectRequest
from .models.data_protection import new_submission_key
from .models.retention import days_after
from .retention import redact, truncate_log

Kind = OutboundEmail.Kind
MAILS = [Kind.COMPLAINT_RECEIVED, Kind.COMPLAINT_NOTICE]


def receive(*, name: str, email: str, text: str, key: str, at: datetime) -> Complaint:
    """Save a complaint, and queue its acknowledgement and the notice to data protection.

    A repeated ``key``, from a form sent twice, returns the same complaint.
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
    acknowledge(complaint, at=at)
    enqueue_email(Kind.COMPLAINT_NOTICE, complaint, to=data_protection_inbox(), at=at)
    return complaint


def acknowledge(complaint: Complaint, *, at: datetime) -> None:
    """Email the person that the complaint arrived, with its reference and when we answer."""
    enqueue_email(Kind.COMPLAINT_RECEIVED, complaint, to=complaint.email, at=at)


def enqueue_email(kind: str, complaint: Complaint, *, to: str, at: datetime) -> None:
    outbox.enqueue_notice(
        kind, to=to, key=f"{kind}:{complaint.pk}", about=complaint.reference, at=at
    )


@transaction.atomic
def enter(
    model: type[Complaint] | type[SubjectRequest],
    *,
    by,
    received_on: date,
    at: datetime,
    **details,
) -> Complaint | SubjectRequest:
    """Save what reached staff by letter, email, telephone or in person on the day ``received_on``.

    The time for the answer counts from that day. A complaint with an email address is
    acknowledged by email.
    """
    received_at = datetime.combine(received_on, time(12), LONDON)
    case = model.objects.create(
        received_at=received_at, due_on=model.due_day(received_at=received_at), **details
    )
    if isinstance(case, Complaint) and case.email:
        acknowledge(case, at=at)
    AccessRecord.record(by, AccessRecord.Action.COMPLAINT, at=at)
    return case


@transaction.atomic
def close(case: Complaint | SubjectRequest, *, outcome: str, at: datetime) -> bool:
    """Save the answer and set the erasure date; return whether the case was open."""
    current = type(case).objects.select_for_update().get(pk=case.pk)
    if current.closed_at is not None:
        return False
    current.outcome = outcome
    current.closed_at = at
    current.erase_at = days_after(at, protection_settings().complaint_days)
    current.save(update_fields=["outcome", "closed_at", "erase_at"])
    return True


@transaction.atomic
def erase(
    case: Complaint | SubjectRequest, *, at: datetime, certificate: ErasureCertificate
) -> bool:
    """Erase who asked for what, and the email about it; the dates stay, for counts."""
    # Reads nothing encrypted, so that a lost key does not stop the erasure.
    model = type(case)
    emptied = dict.fromkeys(("name", "email", "contact", "text", "outcome"), "")
    if model is Complaint:
        emptied["submission_key"] = new_submission_key()
    due = model.objects.due_for_erasure(at=at).filter(pk=case.pk)
    if not due.update(**emptied, erased_at=at):
        return False
    mails = OutboundEmail.objects.filter(kind__in=MAILS, about=case.reference)
    keys = list(mails.values_list("pk", flat=True))
    kind = "complaints" if model is Complaint else "requests"
    erased = Counter({kind: 1, "outbound emails": len(keys)})
    erased["log entries"] += redact(OutboundEmail, keys)
    erased["log entries"] += redact(model, [case.pk])
    mails.delete()
    certificate.add(+erased)
    return True


def erase_due(*, at: datetime) -> Iterator[int]:
    """Erase due complaints and requests, each in its own transaction; yield how many."""
    certificate = ErasureCertificate(reason=ErasureCertificate.Reason.RETENTION, started_at=at)
    done = 0
    for model in (Complaint, SubjectRequest):
        due = model.objects.due_for_erasure(at=at).only("pk", "reference")
        for case in list(due.order_by("pk")):
            done += erase(case, at=at, certificate=certificate)
            yield done
    certificate.finish(at=at)
    if done:
        truncate_log()
