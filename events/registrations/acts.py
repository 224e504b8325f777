"""What is done to a registration. Each act is one transaction: all of it is kept, or none."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from events.models import Occurrence

from . import outbox, places
from .forms import RegistrationForm
from .models import OutboundEmail, Receipt, Registration, RegistrationChange, RegistrationPage
from .models.registration import ACTIVE, HOLDING

Kind = OutboundEmail.Kind
Status = Registration.Status
ATTEMPTS = 5


class ActError(ValueError):
    """The act cannot be done; the message says why, to a person."""


class Full(ActError):
    """No place is left, and there is no waiting list."""


def register(form: RegistrationForm, *, at: datetime | None = None) -> tuple[Receipt, bool]:
    """Keep what a valid ``form`` says, with its place, its history and the mail it causes.

    Returns the receipt and whether the form came for the first time; a form that was sent before
    (its one-time key is known) gives the receipt that it gave then. An address that is
    registered for the date already is not registered again: it is written to, and whoever sent
    the form gets a receipt like any other. Raises ``Full``.
    """
    at = at or timezone.now()
    occurrence: Occurrence = form.cleaned_data["occurrence"]
    key = form.cleaned_data["submission_key"]
    for _ in range(ATTEMPTS):
        earlier = Receipt.objects.select_related("registration").filter(submission_key=key).first()
        if earlier is not None:
            return earlier, False
        known = Registration.objects.filter(
            occurrence=occurrence, email__iexact=form.cleaned_data["email"], status__in=ACTIVE
        ).first()
        places.ensure_count(occurrence, form.page)
        try:
            with transaction.atomic():
                if known is None:
                    return keep_new(form, occurrence, key, at), True
                return keep_again(known, form, occurrence, key, at), True
        except IntegrityError:
            # The same form or the same address came in at once and was quicker: look again.
            continue
    raise ActError("We could not keep your registration just now. Send the form again")


def keep_new(form: RegistrationForm, occurrence: Occurrence, key: str, at: datetime) -> Receipt:
    """Write a new registration, in the caller's transaction: the place comes first."""
    page = form.page
    party = 1 + form.cleaned_data.get("guests", 0)
    status = status_for(page, page.approval or places.take(occurrence.pk, party))
    registration = Registration.objects.create(
        page=page,
        occurrence=occurrence,
        status=status,
        waiting_since=at if status == Status.WAITING else None,
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"],
        guests=party - 1,
        discreet=form.cleaned_data["discreet"],
        answers=form.answers(sensitive=False),
        sensitive_answers=form.answers(sensitive=True),
        consent_text=page.consent_text,
        received_at=at,
        erase_at=page.erase_at(occurrence),
        erase_sensitive_at=page.erase_sensitive_at(occurrence),
    )
    RegistrationChange.objects.create(registration=registration, at=at, status=status)
    outbox.owe_all(registration, [(Kind.ORGANISER_RECEIVED, 0), (status, 0)], at=at)
    return Receipt.objects.create(
        registration=registration,
        reference=registration.reference,
        submission_key=key,
        status=status,
        at=at,
    )


def keep_again(
    known: Registration, form: RegistrationForm, occurrence: Occurrence, key: str, at: datetime
) -> Receipt:
    """Tell a registered address that a form came with it once more; change nothing else.

    The receipt says what a new address would be told, after as many queries as ``keep_new``, so
    that whoever sent the form cannot tell the two apart.
    """
    page = form.page
    party = 1 + form.cleaned_data.get("guests", 0)
    status = status_for(page, page.approval or places.has_room(occurrence.pk, party))
    Registration.objects.filter(pk=known.pk).update(link_key=F("link_key"))
    change = RegistrationChange.objects.create(
        registration=known,
        at=at,
        previous_status=known.status,
        status=known.status,
        note="A form with the same email address was sent again",
    )
    outbox.owe_all(known, [(Kind.AGAIN, change.pk)], at=at)
    return Receipt.objects.create(registration=known, submission_key=key, status=status, at=at)


def status_for(page: RegistrationPage, has_place: bool) -> str:
    """Return the status that a form gives, and thereby the e-mail. Raises ``Full``."""
    if page.approval:
        return Status.RECEIVED
    if has_place:
        return Status.CONFIRMED
    if page.waiting_list:
        return Status.WAITING
    raise Full("This date is full. Choose another date")


def locked(registration: Registration) -> Registration:
    """Return the row as it is now, kept from others until the transaction ends.

    The count of the date's places is locked first, as everywhere: two acts on one date wait for
    each other instead of meeting halfway.
    """
    places.lock(registration.occurrence_id)
    return (
        Registration.objects.select_for_update(of=("self",))
        .select_related("occurrence", "page")
        .get(pk=registration.pk)
    )


@transaction.atomic
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

    ``tell`` decides whether the person is written to, where there is something to write. Raises
    ``ActError`` if the date has no place left for somebody who is to be confirmed.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    previous = current.status
    was_holding = current.holds_places
    current.status = status
    current.waiting_since = at if status == Status.WAITING else None
    if current.holds_places and not was_holding:
        if not places.take(current.occurrence_id, current.party):
            raise ActError("No place is left on this date. Raise its number of places first")
    current.save(update_fields=["status", "waiting_since"])
    change = RegistrationChange.objects.create(
        registration=current, at=at, by=by, previous_status=previous, status=status, note=note
    )
    if tell and previous != status and (kind := TOLD.get(status)):
        outbox.owe_all(current, [(kind, change.pk)], at=at)
    if was_holding and status not in HOLDING:
        places.release(current.occurrence_id, current.party, at=at, by=by)
    registration.status = status
    return change


TOLD = {
    Status.CONFIRMED: Kind.CONFIRMED,
    Status.WAITING: Kind.WAITING,
    Status.DECLINED: Kind.DECLINED,
    Status.WITHDRAWN: Kind.WITHDRAWN,
}


@transaction.atomic
def withdraw(registration: Registration, *, at: datetime | None = None) -> None:
    """Withdraw at the person's wish: the place goes to who waits, the history stays."""
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    if current.status == Status.WITHDRAWN:
        return
    require_changeable(current, at)
    change = change_status(current, Status.WITHDRAWN, by=None, note="By the person", at=at)
    outbox.owe_all(current, [(Kind.ORGANISER_WITHDRAWN, change.pk)], at=at)


@transaction.atomic
def change_details(
    registration: Registration,
    *,
    guests: int,
    answers: list[dict],
    sensitive_answers: list[dict],
    discreet: bool,
    at: datetime | None = None,
) -> None:
    """Change guests and answers at the person's wish.

    Raises ``ActError`` if more guests are asked for than places are left.
    """
    at = at or timezone.now()
    places.ensure_count(registration.occurrence, registration.page)
    current = locked(registration)
    require_changeable(current, at)
    more = guests - current.guests
    if current.holds_places and more > 0 and not places.take(current.occurrence_id, more):
        raise ActError("There are not enough places left for so many guests")
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


@transaction.atomic
def move(registration: Registration, to: Occurrence, *, at: datetime | None = None) -> None:
    """Move to another date of the event at the person's wish: a place there, then one free here.

    Raises ``ActError`` if that date is not open, or full without a waiting list.
    """
    at = at or timezone.now()
    page = registration.page
    if page is None or to.event_id != page.event.pk or not page.is_open(to, at=at):
        raise ActError("Choose one of the dates that are open for registration")
    places.ensure_count(registration.occurrence, page)
    places.ensure_count(to, page)
    # Always in the same order, so that two people who swap dates do not wait for each other.
    for key in sorted({registration.occurrence_id, to.pk}):
        places.lock(key)
    current = locked(registration)
    require_changeable(current, at)
    if current.occurrence_id == to.pk:
        return
    if Registration.objects.filter(
        occurrence=to, email__iexact=current.email, status__in=ACTIVE
    ).exists():
        raise ActError("This email address is registered for that date already")
    left_behind, was_holding, previous = current.occurrence_id, current.holds_places, current.status
    if current.status != Status.RECEIVED:
        if places.take(to.pk, current.party):
            current.status, current.waiting_since = Status.CONFIRMED, None
        elif page.waiting_list:
            current.status, current.waiting_since = Status.WAITING, at
        else:
            raise ActError("That date is full. Choose another date")
    current.occurrence = to
    current.erase_at = page.erase_at(to)
    current.erase_sensitive_at = page.erase_sensitive_at(to)
    current.save(
        update_fields=["occurrence", "erase_at", "erase_sensitive_at", "status", "waiting_since"]
    )
    note_by_person(
        current, f"The person moved to {to.day}", at, told=Kind.CHANGED, previous=previous
    )
    if was_holding:
        places.release(left_behind, current.party, at=at)


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
    outbox.owe_all(
        registration, [(Kind.ORGANISER_CHANGED, change.pk), (told, change.pk)], at=at
    )


def require_changeable(registration: Registration, at: datetime) -> None:
    if not registration.can_be_changed or registration.occurrence.starts_at <= at:
        raise ActError("This registration can no longer be changed")
