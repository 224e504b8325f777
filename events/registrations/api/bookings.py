"""A person's own booking over the API: view, change, move, cancel and erase it.

Anyone with the token of the emailed link may do this. It is sent in the Authorization header, so
that no log and no browser history holds it.
"""

from contextlib import AbstractContextManager

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja import Router
from ninja.responses import Response
from ninja.security import HttpBearer

from events.api.serializers import Publication, event_link, local
from events.english_dates import LONDON
from events.models import Occurrence
from prevent_content.api.http import problem

from .. import actions, erasure_requests, held_places
from ..booking_views import can_change, can_withdraw
from ..emails.booking import language_of
from ..emails.links import joining_link
from ..forms import DetailsForm, MoveForm, OccurrenceField
from ..models import Registration
from ..questions import QUESTION_PREFIX, answer_texts
from . import examples, schemas
from .json_forms import as_posted, field_errors, invalid, read_object, texts_of
from .serializers import date_choice, form_fields


class BookingLink(HttpBearer):
    """The token at the end of the link in a person's email."""

    openapi_description = "The token at the end of the link in a person's email."

    def authenticate(self, request: HttpRequest, token: str) -> Registration | None:
        try:
            return Registration.from_link_token(token)
        except Registration.DoesNotExist:
            return None


class BookingRequest(HttpRequest):
    """A request with a link's token, as django-ninja passes it on."""

    auth: Registration


router = Router(tags=["Own booking"], auth=BookingLink())


def in_language_of(registration: Registration) -> AbstractContextManager:
    return translation.override(language_of(registration))


def booking_response(registration: Registration, request: HttpRequest) -> Response:
    # Read again: an action may have changed it.
    current = Registration.from_link_token(registration.link_token())
    known = schemas.BookingObject.model_validate(booking_object(current, request))
    return Response(known.model_dump(mode="json"))


def booking_object(registration: Registration, request: HttpRequest) -> dict:
    """Return everything the person's own page shows."""
    now = timezone.now()
    occurrence = registration.occurrence
    is_open = can_change(registration)
    can_edit = is_open and registration.page is not None
    event = occurrence.event
    publication = Publication.of(request)
    return {
        "reference": registration.reference,
        "status": registration.status,
        "status_label": registration.get_status_display(),
        "held_until": local(registration.held_until) if registration.is_held(at=now) else None,
        "locale": language_of(registration),
        "event": event_link(event, request, publication) if event and event.live else None,
        "occurrence": date_object(occurrence),
        "joining_url": joining_link(registration),
        "name": registration.name,
        "email": registration.email,
        "guests": registration.guests,
        "discreet": registration.discreet,
        "answers": [
            {
                "name": answer["name"],
                "label": answer["label"],
                "value": answer["value"],
                "texts": answer_texts(answer["value"], answer.get("type", "")),
            }
            for answer in [*registration.answers, *registration.sensitive_answers]
        ],
        "can_change": can_edit,
        "can_confirm": held_places.can_confirm(registration, at=now),
        "can_cancel": can_withdraw(registration),
        "fields": (form_fields(DetailsForm(registration=registration, at=now)) if can_edit else []),
        "dates": dates_to_move_to(registration) if can_edit else [],
        "erase_at": local(registration.erase_at),
        "erase_sensitive_at": local(registration.erase_sensitive_at),
    }


def date_object(occurrence: Occurrence) -> dict:
    place = occurrence.place
    return {
        "id": occurrence.uuid,
        "label": occurrence.when,
        "starts_at": local(occurrence.starts_at),
        "ends_at": local(occurrence.ends_at),
        "time_zone": LONDON.key,
        "status": occurrence.status,
        "reason": occurrence.reason,
        "attendance_mode": occurrence.attendance_mode,
        "venue": place.public_object() if place else None,
    }


def dates_to_move_to(registration: Registration) -> list[dict]:
    field: OccurrenceField = MoveForm(registration=registration, at=timezone.now()).fields[
        "occurrence"
    ]
    return [date_choice(registration.page, field, key) for key, _label in field.choices]


def closed() -> HttpResponse:
    return problem(409, kind="closed", detail=f"{_('This booking can no longer be changed')}.")


@router.get(
    "/booking/",
    response=schemas.BookingObject,
    url_name="booking",
    operation_id="getBooking",
    summary="One's own booking",
    openapi_extra=examples.booking_operation(examples.BOOKING),
)
def get_booking(request: BookingRequest) -> HttpResponse:
    """What is stored about the person, and what they can do."""
    with in_language_of(request.auth):
        return booking_response(request.auth, request)


@router.patch(
    "/booking/",
    response=schemas.BookingObject,
    url_name="booking",
    operation_id="changeBooking",
    summary="Change one's own booking",
    openapi_extra=examples.booking_operation(
        examples.BOOKING, 400, 409, 413, 415, 422, body=(schemas.BookingChange, examples.CHANGE)
    ),
)
def change_booking(request: BookingRequest) -> HttpResponse:
    """Change guests, answers and what is in emails. What is left out stays as it is."""
    sent, registration = read_object(request), request.auth
    with in_language_of(registration):
        if not can_change(registration) or registration.page is None:
            return closed()
        now = timezone.now()
        present = DetailsForm(registration=registration, at=now)
        form = DetailsForm(changed(present, sent), registration=registration, at=now)
        if errors := field_errors(sent, form):
            return invalid(errors)
        try:
            actions.change_details(
                registration,
                guests=form.cleaned_data.get("guests", 0),
                answers=form.answers(sensitive=False),
                sensitive_answers=form.answers(sensitive=True),
                discreet=form.cleaned_data["discreet"],
            )
        except actions.RegistrationActionError as error:
            return problem(409, kind="conflict", detail=f"{error}.")
        return booking_response(registration, request)


def changed(form: DetailsForm, sent: dict) -> QueryDict:
    """Return what the HTML form would send: the values of ``form``, overridden by ``sent``."""
    data = QueryDict(mutable=True)
    answers = sent.get("answers")
    named = {QUESTION_PREFIX + name for name in (answers if isinstance(answers, dict) else {})}
    for name in form.fields:
        value = form.get_initial_for_field(form.fields[name], name)
        if name not in {*sent, *named} and value not in (None, ""):
            data.setlist(name, texts_of(value))
    posted = as_posted(sent)
    for name in set(posted) - {"submission_key"}:
        data.setlist(name, posted.getlist(name))
    return data


@router.delete(
    "/booking/",
    response=schemas.ErasureReceipt,
    url_name="booking",
    operation_id="eraseBooking",
    summary="Erase one's own booking",
    openapi_extra=examples.booking_operation(examples.ERASED),
)
def erase_booking(request: BookingRequest) -> HttpResponse:
    """Erase everything about the person now, and give up the place."""
    with in_language_of(request.auth):
        is_erased = erasure_requests.erase_at_wish(request.auth, at=timezone.now())
        message = (
            _("Your booking has been deleted")
            if is_erased
            else _("We have to keep your booking for now")
        )
        receipt = schemas.ErasureReceipt(erased=is_erased, message=message)
        return Response(receipt.model_dump(mode="json"))


@router.post(
    "/booking/move/",
    response=schemas.BookingObject,
    url_name="move_booking",
    operation_id="moveBooking",
    summary="Move one's own booking to another date",
    openapi_extra=examples.booking_operation(
        examples.BOOKING, 400, 409, 413, 415, 422, body=(schemas.BookingMove, examples.MOVE)
    ),
)
def move_booking(request: BookingRequest) -> HttpResponse:
    """Move to another date of the event: a place there first, then the one here is given up."""
    sent, registration = read_object(request), request.auth
    with in_language_of(registration):
        if not can_change(registration) or registration.page is None:
            return closed()
        data = as_posted(sent)
        form = MoveForm(data, registration=registration, at=timezone.now())
        if errors := field_errors(sent, form):
            return invalid(errors)
        try:
            actions.move(registration, form.cleaned_data["occurrence"])
        except actions.RegistrationActionError as error:
            return problem(409, kind="conflict", detail=f"{error}.")
        return booking_response(registration, request)


@router.post(
    "/booking/confirm/",
    response=schemas.BookingObject,
    url_name="confirm_booking",
    operation_id="confirmBooking",
    summary="Confirm one's own email address",
    openapi_extra=examples.booking_operation(
        examples.BOOKING, 409, 415, body=(schemas.Nothing, {})
    ),
)
def confirm_booking(request: BookingRequest) -> HttpResponse:
    """Confirm a booking whose place is held, or get a place or join the waiting list.

    Only when the person presses a button: programs that scan mail follow links.
    """
    registration, now = request.auth, timezone.now()
    with in_language_of(registration):
        if registration.is_to_confirm:
            if not held_places.can_confirm(registration, at=now):
                return closed()
            try:
                held_places.confirm(registration, at=now)
            except actions.RegistrationActionError as error:
                return problem(409, kind="full" if error.is_full else "closed", detail=f"{error}.")
        return booking_response(registration, request)


@router.post(
    "/booking/cancel/",
    response=schemas.BookingObject,
    url_name="cancel_booking",
    operation_id="cancelBooking",
    summary="Cancel one's own place",
    openapi_extra=examples.booking_operation(
        examples.BOOKING | {"status": "withdrawn"}, 409, 415, body=(schemas.Nothing, {})
    ),
)
def cancel_booking(request: BookingRequest) -> HttpResponse:
    """Cancel the place. It goes to whoever is next on the waiting list."""
    registration = request.auth
    with in_language_of(registration):
        if registration.status != Registration.Status.WITHDRAWN:
            if not can_withdraw(registration):
                return closed()
            try:
                actions.withdraw(registration)
            except actions.RegistrationActionError:
                return closed()
        return booking_response(registration, request)
