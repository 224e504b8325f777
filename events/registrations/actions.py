"""What people and staff do to a registration. Each action is one transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from events.english_dates import LONDON
from events.models import Occurrence
from prevent_content.cleaning import name_key

from . import outbox, places
from .database import in_one_transaction
from .emails.facts import facts_of_date
from .models import OutboundEmail, RateCount, Registration, RegistrationChange, RegistrationPage
from .models.page import GOING_AHEAD
from .models.registration import ACTIVE, COMING, HOLDING, TO_CONFIRM

Kind = OutboundEmail.Kind
Status = Registration.Status
MOVED_FIELDS = ["occurrence", "erase_at", "erase_sensitive_at", "status", "waiting_since"]


class RegistrationActionError(ValueError):
    """The action cannot be done. The message explains why to a person.

    ``is_full`` says that no place is left and there is no waiting list, ``is_limited`` that the
    address already has its maximum of bookings for the date.
    """

    def __init__(self, message: str, *, is_full: bool = False, is_limited: bool = False):
        super().__init__(message)
        self.is_full = is_full
        self.is_limited = is_limited


def require_going_ahead(occurrence: Occurrence) -> None:
    """Lock the date against cancellation until the transaction ends, or raise if it is cancelled.

    Anyone cancelling it afterwards finds everyone with a booking for it. Raises
    ``RegistrationActionError`` if the date does not go ahead.
    """
    row = Occurrence.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=occurrence.pk, status__in=GOING_AHEAD
    )
    if not row.only("pk"):
        raise RegistrationActionError(
            _("This date is no longer open for booking. Choose another date")
        )


def locked(registration: Registration) -> Registration:
    """Return the row as it is now, locked until the transaction ends.

    As everywhere, the count of the date's places is locked first: two actions on one date wait for
    each other instead of deadlocking.
    """
    places.lock(registration.occurrence_id)
    return (
        Registration.objects.select_for_update(of=("self",))
        .select_related("occurrence", "page")
        .defer("sensitive_answers")
        .get(pk=registration.pk)
    )


def has_day_come(occurrence: Occurrence, *, at: datetime) -> bool:
    """Whether it is the day of ``occurrence`` in London, or later."""
    return at.astimezone(LONDON).date() >= occurrence.starts_on


def no_room(occurrence_pk: int, party: int) -> RegistrationActionError:
    """Return why a party of ``party`` people gets no place: none is left, or too few."""
    left = places.lock(occurrence_pk).left
    if not left:
        return RegistrationActionError("No place is left on this date", is_full=True)
    number = "1 place is" if left == 1 else f"{left} places are"
    return RegistrationActionError(
        f"{number} left on this date, and this registration needs {party}", is_full=True
    )


def no_room_online(occurrence_pk: int) -> RegistrationActionError:
    """Return the same to the person, in bands rather than numbers."""
    if places.lock(occurrence_pk).left:
        words = _(
            "Too few places are left on this date for your party. Bring fewer guests, or choose "
            "another date"
        )
    else:
        words = _("This date is full. Choose another date")
    return RegistrationActionError(words, is_full=True)


@in_one_transaction
def change_status(
    registration: Registration,
    status: str,
    *,
    by,
    note: str = "",
    tell: bool = True,
    at: datetime | None = None,
    batch: UUID | None = None,
    wait: timedelta = timedelta(),
    sentence: str = "",
) -> RegistrationChange:
    """Give ``registration`` another status, and update its places, history and emails.

    ``tell`` is whether the person gets an email, if the status has one; ``wait`` is how long it can
    be taken back; ``sentence`` is what staff add to it. ``batch`` is the bulk action it is part of.
    Raises ``RegistrationActionError`` if someone is to be confirmed and no place is left, or is to
    wait and one is free.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    previous = current.status
    was_holding = current.holds_places
    if status in TO_CONFIRM and status != previous:
        raise RegistrationActionError("Only the person’s own email address makes this status")
    current.status = status
    if status != Status.WAITING:
        current.waiting_since = None
    elif previous != Status.WAITING:
        current.waiting_since = at
    needs_places = current.holds_places and not was_holding
    if needs_places and not places.take(current.occurrence_id, current.party):
        raise no_room(current.occurrence_id, current.party)
    current.save(update_fields=["status", "waiting_since"])
    change = RegistrationChange.objects.create(
        registration=current,
        at=at,
        by=by,
        previous_status=previous,
        status=status,
        note=note,
        batch=batch,
    )
    if previous != status:
        kinds = kinds_for(status, by=by, tell=tell)
        had_place = previous in COMING
        facts = {"status": status, "held_place": had_place, "by_us": by is not None}
        emails = [(kind, change.pk) for kind in kinds]
        outbox.enqueue_emails(current, emails, at=at, facts=facts, wait=wait, sentence=sentence)
    promoted = []
    if was_holding and status not in HOLDING:
        promoted = places.release(current.occurrence_id, current.party, at=at, by=by)
    elif status == Status.WAITING != previous:
        promoted = places.promote(current.occurrence_id, at=at, by=by)
    if current in promoted:
        raise RegistrationActionError(
            "A place is free on this date, so nobody has to wait. Confirm it instead"
        )
    registration.status = status
    return change


EMAIL_FOR_STATUS = {
    Status.CONFIRMED: Kind.CONFIRMED,
    Status.WAITING: Kind.WAITING,
    Status.DECLINED: Kind.DECLINED,
    Status.WITHDRAWN: Kind.CANCELLED_BY_US,
}


def kinds_for(status: str, *, by, tell: bool) -> list[str]:
    """Return the emails a new status causes: to the person and, for a decision, to organisers."""
    kind = EMAIL_FOR_STATUS.get(status)
    if kind is None:
        return []
    if by is None:
        return [Kind.WITHDRAWN if status == Status.WITHDRAWN else kind] if tell else []
    return [Kind.ORGANISER_DECIDED, kind] if tell else [Kind.ORGANISER_DECIDED]


@in_one_transaction
def withdraw(registration: Registration, *, at: datetime | None = None) -> None:
    """Cancel at the person's request: free the place for the waiting list and delete the answers.

    The name and the history stay until the deletion date.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    if current.status == Status.WITHDRAWN:
        return
    is_known = not current.is_to_confirm
    if is_known or current.occurrence.starts_at <= at:
        require_changeable(current, at)
    change = change_status(current, Status.WITHDRAWN, by=None, note="By the person", at=at)
    Registration.objects.filter(pk=current.pk).update(
        answers=[], sensitive_answers=[], consent_text=""
    )
    if is_known:
        outbox.enqueue_emails(current, [(Kind.ORGANISER_WITHDRAWN, change.pk)], at=at)


@in_one_transaction
def change_details(
    registration: Registration,
    *,
    guests: int,
    answers: list[dict],
    sensitive_answers: list[dict] | None,
    discreet: bool,
    name: str | None = None,
    consent_text: str = "",
    by=None,
    note: str = "",
    tell: bool = True,
    at: datetime | None = None,
) -> None:
    """Change guests and answers, as the person or (``by``) a member of staff asks.

    None leaves the name or the sensitive answers unchanged. ``consent_text`` is what the person
    agreed to for the sensitive answers. ``tell`` is whether the person gets an email. Raises
    ``RegistrationActionError`` if there are too few places for more guests.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    require_changeable(current, at, by=by)
    more = guests - current.guests
    facts = facts_of_change(current, guests=guests, answers=answers)
    if current.holds_places and more > 0 and not places.take(current.occurrence_id, more):
        raise RegistrationActionError(_("There are not enough places left for that many guests"))
    current.guests = guests
    current.answers = answers
    current.discreet = discreet
    changed = ["guests", "answers", "discreet"]
    if name is not None:
        current.name, current.name_key = name, name_key(name)
        changed += ["name", "name_key"]
    if sensitive_answers is not None:
        if current.consent_text and not sensitive_answers:
            note = note or "The person deleted the sensitive answers and so withdrew consent"
        current.sensitive_answers, current.sensitive_erased_at = sensitive_answers, None
        current.consent_text = consent_text or current.consent_text if sensitive_answers else ""
        changed += ["sensitive_answers", "sensitive_erased_at", "consent_text"]
    current.save(update_fields=changed)
    note_change(
        current,
        note or "The person changed the details",
        at,
        by=by,
        kind=tell and Kind.CHANGED,
        facts=facts,
    )
    if current.holds_places and more < 0:
        places.release(current.occurrence_id, -more, at=at, by=by)
    elif current.status == Status.WAITING and more < 0:
        places.promote(current.occurrence_id, at=at, by=by)


@in_one_transaction
def move(
    registration: Registration,
    to: Occurrence,
    *,
    by=None,
    note: str = "",
    tell: bool = True,
    at: datetime | None = None,
) -> None:
    """Move to another date of the event: take a place there, then free the one here.

    Staff (``by``) may also move to a date that is closed for booking. Raises
    ``RegistrationActionError`` if that date is not open, or is full without a waiting list.
    """
    at = at or timezone.now()
    page = registration.page
    if page is None or not page.is_for(to) or not (by or page.is_open(to, at=at)):
        raise RegistrationActionError(_("Choose a date that is open for booking"))
    places.ensure_count(registration.occurrence, page)
    places.ensure_count(to, page)
    # Always in the same order, so that two people who swap dates do not deadlock.
    for key in sorted({registration.occurrence_id, to.pk}):
        places.lock(key)
    require_going_ahead(to)
    current = locked(registration)
    require_changeable(current, at, by=by)
    if current.occurrence_id == to.pk:
        return
    left_behind, was_holding, previous = current.occurrence_id, current.holds_places, current.status
    facts = {"was": facts_of_date(current.occurrence), "held_place": previous in COMING}
    current.status = status_after_move(current, page, to)
    current.waiting_since = at if current.status == Status.WAITING else None
    current.occurrence = to
    current.erase_at = page.erase_at(to)
    current.erase_sensitive_at = page.erase_sensitive_at(to)
    current.save(update_fields=MOVED_FIELDS)
    words = f"Moved to {to.day}" if by else f"The person moved to {to.day}"
    note_change(
        current,
        f"{words}. {note}" if note else words,
        at,
        by=by,
        kind=tell and Kind.MOVED,
        previous=previous,
        facts=facts,
    )
    if was_holding:
        places.release(left_behind, current.party, at=at, by=by)


def status_after_move(registration: Registration, page: RegistrationPage, to: Occurrence) -> str:
    """Take places on ``to``, and return the resulting status."""
    is_confirmed = registration.status == Status.CONFIRMED
    if registration.status == Status.RECEIVED or (page.approval and not is_confirmed):
        return Status.RECEIVED
    if places.take(to.pk, registration.party):
        return Status.CONFIRMED
    if page.waiting_list:
        return Status.WAITING
    raise no_room_online(to.pk)


def facts_of_change(registration: Registration, *, guests: int, answers: list[dict]) -> dict:
    """Return which fields change, by the labels of questions that are not sensitive."""
    before, after = (
        {answer["label"]: answer["value"] for answer in given}
        for given in (registration.answers, answers)
    )
    labels = [label for label in before | after if before.get(label) != after.get(label)]
    facts: dict = {"fields": labels}
    if guests != registration.guests:
        facts["guests_were"] = registration.guests
    return facts


def note_change(
    registration: Registration,
    note: str,
    at: datetime,
    *,
    by=None,
    kind: str | bool = False,
    previous: str = "",
    facts: dict | None = None,
) -> RegistrationChange:
    """Add to the history; queue the organiser's email and, if ``kind`` is given, the person's."""
    change = RegistrationChange.objects.create(
        registration=registration,
        at=at,
        by=by,
        previous_status=previous or registration.status,
        status=registration.status,
        note=note,
    )
    kinds = [Kind.ORGANISER_CHANGED, *([kind] if kind else [])]
    facts = {"by_us": by is not None, **(facts or {})}
    outbox.enqueue_emails(registration, [(each, change.pk) for each in kinds], at=at, facts=facts)
    return change


def require_changeable(registration: Registration, at: datetime, *, by=None) -> None:
    """Raise ``RegistrationActionError`` if it is too late to change: for staff, once erased."""
    if by and registration.erased_at is None and registration.status in (*ACTIVE, *HOLDING):
        return
    if not registration.can_be_changed or registration.occurrence.starts_at <= at:
        raise RegistrationActionError(_("This booking can no longer be changed"))


@in_one_transaction
def enqueue_links(email: str, *, at: datetime) -> None:
    """Queue one email with the links to all registrations of ``email``, if there are any.

    An unknown address takes as many statements, so that timing reveals nothing either.
    """
    first = Registration.objects.of_address(email, at=at).select_related("page").first()
    if first is None:
        nobody = RateCount.objects.filter(window=0)
        nobody.update(count=F("count"))
        nobody.update(count=F("count"))
        outbox.notify_workers()
        return
    change = RegistrationChange.objects.create(
        registration=first,
        at=at,
        previous_status=first.status,
        status=first.status,
        note="The person asked for the link",
    )
    outbox.enqueue_emails(first, [(Kind.LINK, change.pk)], at=at)
