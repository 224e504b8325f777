"""What people and staff do to a registration. Each action is one transaction."""

from datetime import datetime

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Occurrence

from . import outbox, places
from .database import in_one_transaction
from .models import OutboundEmail, RateCount, Registration, RegistrationChange, RegistrationPage
from .models.page import GOING_AHEAD
from .models.registration import HOLDING

Kind = OutboundEmail.Kind
Status = Registration.Status
MOVED_FIELDS = ["occurrence", "erase_at", "erase_sensitive_at", "status", "waiting_since"]


class RegistrationActionError(ValueError):
    """The action cannot be done. The message says why, to a person.

    ``is_full`` tells that no place is left and there is no waiting list, ``is_limited`` that the
    address has as many bookings for the date as it may have.
    """

    def __init__(self, message: str, *, is_full: bool = False, is_limited: bool = False):
        super().__init__(message)
        self.is_full = is_full
        self.is_limited = is_limited


def require_going_ahead(occurrence: Occurrence) -> None:
    """Keep the date from being cancelled until the transaction ends, or see that it has been.

    Whoever cancels it then finds everyone who was told that it goes ahead. Raises
    ``RegistrationActionError`` if it does not.
    """
    row = Occurrence.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=occurrence.pk, status__in=GOING_AHEAD
    )
    if not row.only("pk"):
        raise RegistrationActionError(
            _("This date is no longer open for registration. Choose another date")
        )


def locked(registration: Registration) -> Registration:
    """Return the row as it is now, kept from others until the transaction ends.

    The count of the date's places is locked first, as everywhere: two actions on one date wait for
    each other instead of meeting halfway.
    """
    places.lock(registration.occurrence_id)
    return (
        Registration.objects.select_for_update(of=("self",))
        .select_related("occurrence", "page")
        .defer("sensitive_answers")
        .get(pk=registration.pk)
    )


@in_one_transaction
def change_status(
    registration: Registration,
    status: str,
    *,
    by,
    note: str = "",
    tell: bool = True,
    at: datetime | None = None,
) -> RegistrationChange:
    """Give ``registration`` another status, with its places, its history and its mail.

    ``tell`` decides whether the person gets an email, where there is one for the status. Raises
    ``RegistrationActionError`` if the date has no place left for a person to be confirmed, or has
    one for a person who is to wait.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    previous = current.status
    was_holding = current.holds_places
    current.status = status
    if status != Status.WAITING:
        current.waiting_since = None
    elif previous != Status.WAITING:
        current.waiting_since = at
    needs_places = current.holds_places and not was_holding
    if needs_places and not places.take(current.occurrence_id, current.party):
        raise RegistrationActionError(
            "No place is left on this date. Raise its number of places first"
        )
    current.save(update_fields=["status", "waiting_since"])
    change = RegistrationChange.objects.create(
        registration=current, at=at, by=by, previous_status=previous, status=status, note=note
    )
    if tell and previous != status and (kind := EMAIL_FOR_STATUS.get(status)):
        outbox.enqueue_emails(current, [(kind, change.pk)], at=at)
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
    Status.WITHDRAWN: Kind.WITHDRAWN,
}


@in_one_transaction
def withdraw(registration: Registration, *, at: datetime | None = None) -> None:
    """Withdraw at the person's request: the place goes to whoever waits, the answers for good.

    Who it was, and the history, stay until the day of deletion.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    if current.status == Status.WITHDRAWN:
        return
    require_changeable(current, at)
    change = change_status(current, Status.WITHDRAWN, by=None, note="By the person", at=at)
    Registration.objects.filter(pk=current.pk).update(answers=[], sensitive_answers=[])
    outbox.enqueue_emails(current, [(Kind.ORGANISER_WITHDRAWN, change.pk)], at=at)


@in_one_transaction
def change_details(
    registration: Registration,
    *,
    guests: int,
    answers: list[dict],
    sensitive_answers: list[dict],
    discreet: bool,
    at: datetime | None = None,
) -> None:
    """Change guests and answers at the person's request.

    Raises ``RegistrationActionError`` if more guests are asked for than places are left.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    require_changeable(current, at)
    more = guests - current.guests
    if current.holds_places and more > 0 and not places.take(current.occurrence_id, more):
        raise RegistrationActionError(_("There are not enough places left for so many guests"))
    current.guests = guests
    current.answers = answers
    current.sensitive_answers = sensitive_answers
    current.discreet = discreet
    current.sensitive_erased_at = None
    current.save(
        update_fields=[
            "guests",
            "answers",
            "sensitive_answers",
            "sensitive_erased_at",
            "discreet",
        ]
    )
    note_by_person(current, "The person changed the details", at, told=Kind.CHANGED)
    if current.holds_places and more < 0:
        places.release(current.occurrence_id, -more, at=at)
    elif current.status == Status.WAITING and more < 0:
        places.promote(current.occurrence_id, at=at)


@in_one_transaction
def move(registration: Registration, to: Occurrence, *, at: datetime | None = None) -> None:
    """Move to another date of the event at the person's request: a place there, then one free here.

    Raises ``RegistrationActionError`` if that date is not open, or full without a waiting list.
    """
    at = at or timezone.now()
    page = registration.page
    if page is None or to.event_id != page.event.pk or not page.is_open(to, at=at):
        raise RegistrationActionError(_("Choose one of the dates that are open for registration"))
    places.ensure_count(registration.occurrence, page)
    places.ensure_count(to, page)
    # Always in the same order, so that two people who swap dates do not wait for each other.
    for key in sorted({registration.occurrence_id, to.pk}):
        places.lock(key)
    require_going_ahead(to)
    current = locked(registration)
    require_changeable(current, at)
    if current.occurrence_id == to.pk:
        return
    left_behind, was_holding, previous = current.occurrence_id, current.holds_places, current.status
    current.status = status_after_move(current, page, to)
    current.waiting_since = at if current.status == Status.WAITING else None
    current.occurrence = to
    current.erase_at = page.erase_at(to)
    current.erase_sensitive_at = page.erase_sensitive_at(to)
    current.save(update_fields=MOVED_FIELDS)
    note_by_person(
        current, f"The person moved to {to.day}", at, told=Kind.CHANGED, previous=previous
    )
    if was_holding:
        places.release(left_behind, current.party, at=at)


def status_after_move(registration: Registration, page: RegistrationPage, to: Occurrence) -> str:
    """Take places on ``to``, and return the status that gives."""
    is_confirmed = registration.status == Status.CONFIRMED
    if registration.status == Status.RECEIVED or (page.approval and not is_confirmed):
        return Status.RECEIVED
    if places.take(to.pk, registration.party):
        return Status.CONFIRMED
    if page.waiting_list:
        return Status.WAITING
    raise RegistrationActionError(_("That date is full. Choose another date"))


def note_by_person(
    registration: Registration, note: str, at: datetime, *, told: str, previous: str = ""
) -> None:
    change = RegistrationChange.objects.create(
        registration=registration,
        at=at,
        previous_status=previous or registration.status,
        status=registration.status,
        note=note,
    )
    outbox.enqueue_emails(
        registration, [(Kind.ORGANISER_CHANGED, change.pk), (told, change.pk)], at=at
    )


def require_changeable(registration: Registration, at: datetime) -> None:
    if not registration.can_be_changed or registration.occurrence.starts_at <= at:
        raise RegistrationActionError(_("This registration can no longer be changed"))


@in_one_transaction
def enqueue_links(email: str, *, at: datetime) -> None:
    """Enqueue one email with the links to all registrations of ``email``, if there are any.

    An unknown address takes as many statements, so that time tells nothing either.
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
