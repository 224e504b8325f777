"""What is done to a registration. Each act is one transaction: all of it is kept, or none."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Occurrence

from . import outbox, places
from .forms import RegistrationForm
from .models import OutboundEmail, Receipt, Registration, RegistrationChange, RegistrationPage
from .models.page import GOING_AHEAD
from .models.registration import ACTIVE, HOLDING, RegistrationQuerySet
from .transactions import in_one_transaction

Kind = OutboundEmail.Kind
Status = Registration.Status
ATTEMPTS = 5
# However often a form comes with a known address, its owner is written to this often a day.
AGAIN_A_DAY = 3
MOVED_FIELDS = ["occurrence", "erase_at", "erase_sensitive_at", "status", "waiting_since"]


class RegistrationActionError(ValueError):
    """The action cannot be done. The message says why, to a person.

    ``is_full`` tells that no place is left and there is no waiting list.
    """

    def __init__(self, message: str, *, is_full: bool = False):
        super().__init__(message)
        self.is_full = is_full


def earlier_receipt(key: str) -> Receipt | None:
    """Return the receipt that was given for the form with the one-time ``key`` before."""
    return Receipt.objects.filter(submission_key=key).first() if key else None


def register(form: RegistrationForm, *, at: datetime | None = None) -> tuple[Receipt, bool]:
    """Keep what a valid ``form`` says, with its place, its history and the mail it causes.

    Returns the receipt and whether the form came for the first time; a form that was sent before
    (its one-time key is known) gives the receipt that it gave then. An address that is
    registered for the date already is not registered again: it is written to, and whoever sent
    the form gets a receipt like any other. Raises ``RegistrationActionError``.
    """
    at = at or timezone.now()
    for _attempt in range(ATTEMPTS):
        if (earlier := earlier_receipt(form.cleaned_data["submission_key"])) is not None:
            return earlier, False
        known = registered_already(form, at=at)
        if not places.is_counted(form.cleaned_data["occurrence"]):
            places.ensure_count(form.cleaned_data["occurrence"], form.page)
        try:
            if known is None:
                return keep_new(form, at), True
            return keep_again(known, form, at), True
        except IntegrityError:
            # The same form or the same address came in at once and was quicker: look again.
            continue
    raise RegistrationActionError(
        _("We could not keep your registration just now. Send the form again")
    )


def registered_already(form: RegistrationForm, *, at: datetime) -> Registration | None:
    """Return the registration that the form's address has for its date, told how often it was."""
    occurrence, email = form.cleaned_data["occurrence"], form.cleaned_data["email"]
    found = active_for(occurrence.pk, email, at - timedelta(days=1)).first()
    if found is not None and found.page_id == form.page.pk:
        found.page = form.page
    return found


def active_for(occurrence: int, email: str, since: datetime) -> RegistrationQuerySet:
    """Return whoever has the address on the date, and how often it was told so since."""
    told = OutboundEmail.objects.filter(
        registration=OuterRef("pk"), kind=Kind.AGAIN, created_at__gt=since
    )
    times = told.order_by().values("registration").annotate(times=Count("pk")).values("times")
    # As its constraint has it, and thus its index.
    known = Registration.objects.alias(address=Lower("email")).filter(
        ~Q(email=""), occurrence=occurrence, address=Lower(Value(email)), status__in=ACTIVE
    )
    return known.annotate(times_told=Coalesce(Subquery(times), 0))


@in_one_transaction
def keep_new(form: RegistrationForm, at: datetime) -> Receipt:
    """Write a new registration: the place comes first."""
    page, occurrence = form.page, form.cleaned_data["occurrence"]
    party = 1 + form.cleaned_data.get("guests", 0)
    status = status_for(form, take=places.take_or_see_full)
    require_going_ahead(occurrence)
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
    outbox.enqueue_emails(registration, [(Kind.ORGANISER_RECEIVED, 0), (status, 0)], at=at)
    return Receipt.objects.create(
        registration=registration,
        reference=registration.reference,
        submission_key=form.cleaned_data["submission_key"],
        fingerprint=form.fingerprint,
        status=status,
        at=at,
    )


@in_one_transaction
def keep_again(known: Registration, form: RegistrationForm, at: datetime) -> Receipt:
    """Tell a registered address that a form came with it once more; change nothing else.

    The receipt says what a new address would be told, after as many queries as ``keep_new``, so
    that whoever sent the form cannot tell the two apart.
    """
    occurrence = form.cleaned_data["occurrence"]
    status = status_for(form, take=places.look_for)
    require_going_ahead(occurrence)
    Registration.objects.filter(pk=known.pk).update(link_key=F("link_key"))
    change = RegistrationChange.objects.create(
        registration=known,
        at=at,
        previous_status=known.status,
        status=known.status,
        note="A form with the same email address was sent again",
    )
    # Where a new registration would have gone: to look is all that is wanted.
    form.page.mail_route(occurrence.date)
    if known.times_told < AGAIN_A_DAY:
        outbox.enqueue_emails(known, [(Kind.AGAIN, change.pk)], at=at)
    return Receipt.objects.create(
        registration=known,
        submission_key=form.cleaned_data["submission_key"],
        fingerprint=form.fingerprint,
        status=status,
        at=at,
    )


def status_for(form: RegistrationForm, *, take: Callable[[int, int], bool]) -> str:
    """Return the status that a form gives, and thereby the email.

    ``take`` is asked for the places, unless each registration is confirmed by hand. Raises
    ``RegistrationActionError`` when the date is full and has no waiting list.
    """
    if form.page.approval:
        return Status.RECEIVED
    party = 1 + form.cleaned_data.get("guests", 0)
    if take(form.cleaned_data["occurrence"].pk, party):
        return Status.CONFIRMED
    if form.page.waiting_list:
        return Status.WAITING
    raise RegistrationActionError("This date is full. Choose another date", is_full=True)


def require_going_ahead(occurrence: Occurrence) -> None:
    """Keep the date from being cancelled until the transaction ends, or see that it has been.

    Whoever cancels it then finds, and tells, everybody who was told that it goes ahead. Raises
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

    The count of the date's places is locked first, as everywhere: two acts on one date wait for
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
    """Withdraw at the person's wish: the place goes to who waits, the answers go for good.

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
    """Change guests and answers at the person's wish.

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
    """Move to another date of the event at the person's wish: a place there, then one free here.

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
    try:
        with transaction.atomic():
            current.save(update_fields=MOVED_FIELDS)
    except IntegrityError as error:
        raise RegistrationActionError(
            _("This email address is registered for that date already")
        ) from error
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
