"""What is done to a registration. Each act is one transaction: all of it is kept, or none."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from events.models import Occurrence

from . import outbox
from .forms import RegistrationForm
from .models import OutboundEmail, Registration, RegistrationChange


def register(form: RegistrationForm, *, at: datetime | None = None) -> tuple[Registration, bool]:
    """Keep what a valid ``form`` says, with its history and the mail it causes.

    Returns the registration and whether it is new: a form that was sent before (its one-time
    key is known) gives the registration that it gave then.
    """
    at = at or timezone.now()
    key = form.cleaned_data["submission_key"]
    if (earlier := Registration.objects.filter(submission_key=key).first()) is not None:
        return earlier, False
    try:
        with transaction.atomic():
            return create_registration(form, key, at), True
    except IntegrityError:
        # The same form, sent twice at once: the other one won.
        return Registration.objects.get(submission_key=key), False


def create_registration(form: RegistrationForm, key: str, at: datetime) -> Registration:
    occurrence: Occurrence = form.cleaned_data["occurrence"]
    registration = Registration.objects.create(
        page=form.page,
        occurrence=occurrence,
        submission_key=key,
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"],
        answers=form.answers(sensitive=False),
        sensitive_answers=form.answers(sensitive=True),
        consent_text=form.page.consent_text,
        received_at=at,
        erase_at=form.page.erase_at(occurrence),
    )
    RegistrationChange.objects.create(
        registration=registration, at=at, status=registration.status
    )
    kinds = OutboundEmail.Kind
    outbox.owe(registration, kinds.ORGANISER_RECEIVED, to=form.page.recipient, at=at)
    outbox.owe(registration, kinds.RECEIVED, to=registration.email, at=at)
    return registration


def says_the_same(form: RegistrationForm, registration: Registration) -> bool:
    """Whether a valid ``form`` repeats what ``registration`` already holds."""
    return (
        registration.occurrence_id == form.cleaned_data["occurrence"].pk
        and registration.name == form.cleaned_data["name"]
        and registration.email == form.cleaned_data["email"]
        and registration.answers == form.answers(sensitive=False)
        and registration.sensitive_answers == form.answers(sensitive=True)
    )


@transaction.atomic
def change_status(
    registration: Registration, status: str, *, by, note: str = "", at: datetime | None = None
) -> RegistrationChange:
    """Give ``registration`` another status and write that to its history, with a note."""
    current = Registration.objects.select_for_update().get(pk=registration.pk)
    change = RegistrationChange.objects.create(
        registration=current,
        at=at or timezone.now(),
        by=by,
        previous_status=current.status,
        status=status,
        note=note,
    )
    Registration.objects.filter(pk=current.pk).update(status=status)
    registration.status = status
    return change
