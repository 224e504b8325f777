"""Erasing what is due: the counts stay.

``models/retention.py`` has the retention periods.

Each registration is erased in its own transaction. A killed run leaves whole registrations and
erased ones, never half of one; the next run continues where it stopped.
"""

import hmac
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from wagtail.models import ModelLogEntry

from . import date_messages, figures, limits, places
from .models import (
    ErasureCertificate,
    ErasureHold,
    Registration,
    RegistrationChange,
    RegistrationLogEntry,
)
from .models.registration import ACTIVE, COMING, HOLDING, new_link_key

logger = logging.getLogger(__name__)

Reason = ErasureCertificate.Reason
BATCH = 200
# All that is left of a registration. Fields not named here are emptied, so that a field added later
# is erased unless someone decides otherwise.
KEPT = {
    "id",
    "page",
    "occurrence",
    "status",
    "channel",
    "privacy_notice",
    "received_at",
    "erase_at",
    "erase_sensitive_at",
    "erased_at",
    "sensitive_erased_at",
}
REPLACED = {"reference", "link_key"}


class Held(Exception):
    """A hold stops the erasure; ``until`` is its last day."""

    def __init__(self, hold: ErasureHold):
        super().__init__(f"held until {hold.until:%Y-%m-%d}")
        self.until = hold.until


class ErasureFailed(Exception):
    """Some registrations could not be erased. The next run tries them again."""


def reference_hash(reference: str) -> str:
    """Return a one-way hash to store in place of a reference."""
    digest = hmac.new(settings.SECRET_KEY.encode(), reference.encode(), sha256).hexdigest()
    return f"E-{digest[:14]}"


def erase(
    registration: Registration,
    *,
    at: datetime,
    reason: str = Reason.OWN,
    by=None,
    certificate: ErasureCertificate | None = None,
) -> bool:
    """Erase the person in ``registration``: name, address, answers, notes, guests, emails, links.

    A hash of the reference, the date, the status and the times stay, for counts. A place still held
    for a future date goes to the waiting list. Erasing again changes nothing; returns whether there
    was anything to erase. The erasure is counted on ``certificate``, or on a new one. Raises
    ``Held``.
    """
    own = certificate or ErasureCertificate(reason=reason, by=by, started_at=at)
    with transaction.atomic():
        current = locked(registration)
        if current.erased_at is not None:
            return False
        # Checked again under the lock: the date may have moved since the run chose its rows.
        if own.reason == Reason.RETENTION and current.erase_at > at:
            return False
        stop_if_held(current, at=at)
        if own.reason == Reason.RETENTION:
            figures.save_choices(current.occurrence_id, sensitive=False)
            figures.save_choices(current.occurrence_id, sensitive=True)
        own.add(erase_locked(current, at=at))
        if certificate is None:
            own.finish(at=at)
    registration.erased_at = at
    if certificate is None:
        transaction.on_commit(truncate_log, robust=True)
    return True


def erase_sensitive(
    registration: Registration, *, at: datetime, certificate: ErasureCertificate
) -> bool:
    """Erase only the sensitive answers, if they are due; return whether there were any.

    Raises ``Held``.
    """
    with transaction.atomic():
        current = locked(registration)
        is_due = current.erase_sensitive_at and current.erase_sensitive_at <= at
        if current.erased_at or current.sensitive_erased_at or not is_due:
            return False
        stop_if_held(current, at=at)
        rows = Registration.objects.filter(pk=current.pk)
        figures.save_choices(current.occurrence_id, sensitive=True)
        given = rows.exclude(sensitive_answers__exact="").exists()
        rows.update(sensitive_answers=[], sensitive_erased_at=at)
        certificate.add(Counter({"sensitive answers of registrations": int(given)}))
    return given


def locked(registration: Registration) -> Registration:
    """Return the row as it is now, locked, with no sensitive answer read.

    A lost key must not stop an answer from being erased.
    """
    places.ensure_count(registration.occurrence, registration.page)
    places.lock(registration.occurrence_id)
    return (
        Registration.objects.select_for_update(of=("self",))
        .defer("sensitive_answers")
        .get(pk=registration.pk)
    )


def stop_if_held(registration: Registration, *, at: datetime) -> None:
    hold = registration.holds.in_force(at=at).order_by("-until").first()
    if hold is not None:
        raise Held(hold)


def erase_locked(current: Registration, *, at: datetime) -> Counter:
    """Erase in the caller's transaction, which holds the row; return what, by kind."""
    is_to_come = current.occurrence.starts_at > at
    came = current.status in COMING and not is_to_come
    frees = current.party if current.holds_places and not came else 0
    guests_gone = current.guests if came else 0
    email, reference = current.email, reference_hash(current.reference)
    erased = Counter({"registrations": 1, "guests": current.guests})
    erased += erase_what_belongs_to(current)
    date_messages.delete_finished(current.occurrence_id)
    erased["log entries"] += redact(Registration, [current.pk], label=reference)
    status = current.status
    if current.is_to_confirm:
        status = Registration.Status.UNCONFIRMED
    elif is_to_come and status in {*ACTIVE, *HOLDING}:
        status = Registration.Status.WITHDRAWN
    emptied = {
        field.attname: empty_value(field)
        for field in Registration._meta.concrete_fields
        if field.name not in KEPT | REPLACED
    }
    Registration.objects.filter(pk=current.pk).update(
        **emptied,
        reference=reference,
        link_key=new_link_key(),
        status=status,
        erased_at=at,
        sensitive_erased_at=current.sensitive_erased_at or at,
    )
    figures.add_erased(current, status=status, guests=current.guests)
    limits.forget_person(email, at=at)
    give_places_back(current.occurrence_id, guests_gone=guests_gone, frees=frees, at=at)
    return +erased


def give_places_back(occurrence_pk: int, *, guests_gone: int, frees: int, at: datetime) -> None:
    """Correct the count of places. A count that was already wrong stops no erasure."""
    try:
        with transaction.atomic():
            if guests_gone:
                places.forget_guests(occurrence_pk, guests_gone)
            if frees:
                places.release(occurrence_pk, frees, at=at)
    except IntegrityError:
        logger.error("places of date %s were counted wrong before an erasure", occurrence_pk)


def empty_value(field: models.Field):
    """Return the value of an erased field."""
    if field.has_default():
        return field.get_default()
    return None if field.null else field.get_default()


def erase_what_belongs_to(registration: Registration) -> Counter:
    """Delete every row that refers to ``registration``, and empty its history; return counts.

    New kinds of rows are deleted without being named here.
    """
    erased: Counter = Counter()
    for field in Registration._meta.many_to_many:
        getattr(registration, field.name).clear()
    for relation in Registration._meta.related_objects:
        if relation.many_to_many:
            getattr(registration, relation.get_accessor_name()).clear()
            continue
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: registration})
        if model is RegistrationChange:
            erased["notes"] += rows.exclude(note="").update(note="")
            continue
        if model is RegistrationLogEntry:
            continue
        keys = list(rows.values_list("pk", flat=True))
        erased["log entries"] += redact(model, keys)
        rows.delete()
        erased[str(model._meta.verbose_name_plural)] += len(keys)
    return erased


def erase_due(*, at: datetime) -> Iterator[Counter]:
    """Erase everything due at ``at``; yield running totals after each.

    They count ``registrations`` and, where only those were erased, ``sensitive answers``.

    Held ones are skipped until the hold ends. Raises ``ErasureFailed`` for any that failed, after
    erasing all others.
    """
    certificate = ErasureCertificate(reason=Reason.RETENTION, started_at=at)
    done: Counter = Counter()
    failed = []
    for kind, act, due in (
        ("registrations", erase, Registration.objects.due_for_erasure(at=at)),
        (
            "sensitive answers",
            erase_sensitive,
            Registration.objects.due_for_sensitive_erasure(at=at),
        ),
    ):
        for registration in one_by_one(due):
            try:
                done[kind] += act(registration, at=at, certificate=certificate)
            except Held:
                continue
            except Exception as error:  # noqa: BLE001 - one bad row must not keep the others
                logger.error(
                    "registration %s was not erased: %s", registration.pk, type(error).__name__
                )
                failed.append(registration.pk)
            yield done
    certificate.finish(at=at)
    truncate_log()
    if failed:
        raise ErasureFailed(f"{len(failed)} registrations could not be erased; see the log")


def number_of(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun, like "1 registration" or "50 sensitive answers"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def erased_in_words(registrations: int, sensitive: int, cases: int) -> str:
    """Return what a run erased, as a sentence without its full stop."""
    return (
        f"{number_of(registrations, 'registration')}, "
        f"{number_of(sensitive, 'sensitive answer')} and "
        f"{number_of(cases, 'complaint or request', 'complaints and requests')} erased"
    )


def one_by_one(due: models.QuerySet) -> Iterator[Registration]:
    """Yield the registrations of ``due`` in batches, with no sensitive answer read."""
    rows = due.defer("sensitive_answers").select_related("occurrence", "page").order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].pk


def redact(model: type[models.Model], keys: Sequence[int], *, label: str = "Erased") -> int:
    """Empty the log entries about the rows ``keys`` of ``model``; return how many there were."""
    if not keys:
        return 0
    content_type = ContentType.objects.get_for_model(model)
    redacted = ModelLogEntry.objects.filter(
        content_type=content_type, object_id__in=[str(key) for key in keys]
    ).update(label=label, data={})
    if model is Registration:
        # They have a separate log, read only by people who may see registrations.
        entries = RegistrationLogEntry.objects.filter(registration__in=keys)
        redacted += entries.update(label=label, data={})
    return redacted


WAIT_MILLISECONDS = 2000


def truncate_log() -> bool:
    """Empty SQLite's write-ahead log, which holds old row versions; return whether it is empty.

    ``secure_delete`` overwrites deleted data in the database file; the log beside it can go once
    nobody reads an older state. Waits two seconds for that; the next run of the due jobs tries
    again. Other databases do not need this: see docs/privacy/backups.md.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return connection.vendor != "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy = bool(cursor.fetchone()[0])
        except DatabaseError as error:
            logger.warning("the write-ahead log was not emptied: %s", type(error).__name__)
            is_busy = True
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual)}")
    return not is_busy
