"""Correcting one's own name and email address over the API (UK GDPR, Article 16)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.responses import Response
from ninja.security import HttpBearer

from .. import corrections
from ..booking_views import DONE
from ..forms import AddressForm, NameForm
from ..guarded_forms import GuardedForm, issue_token
from ..models import AddressChange
from . import examples, schemas
from .bookings import BookingLink, BookingRequest, booking_response, closed, in_language_of
from .json_forms import as_posted, field_errors, invalid, read_object, too_many

router = Router(tags=["Own booking"], auth=BookingLink())


class NewAddressLink(HttpBearer):
    """The token at the end of the link that was sent to the new address."""

    openapi_description = "The token at the end of the link that was sent to the new address."

    def authenticate(self, request: HttpRequest, token: str) -> AddressChange | None:
        try:
            return AddressChange.from_link_token(token, at=timezone.now())
        except AddressChange.DoesNotExist:
            return None


class NewAddressRequest(HttpRequest):
    """A request with the token of the link to a new address."""

    auth: AddressChange


def bound(kind: type[GuardedForm], sent: dict) -> GuardedForm:
    """Return the HTML form, bound as it would be sent; the link replaces other tokens."""
    now = timezone.now()
    return kind(as_posted(sent, token=issue_token(kind.form_key, at=now, trusted=True)), at=now)


@router.put(
    "/booking/name/",
    response=schemas.BookingObject,
    url_name="booking_name",
    operation_id="correctName",
    summary="Correct one's own name",
    openapi_extra=examples.booking_operation(
        examples.BOOKING, 400, 413, 415, 422, body=(schemas.BookingName, examples.NAME)
    ),
)
def correct_name(request: BookingRequest) -> HttpResponse:
    """Store the name as it is sent, at once."""
    sent, registration = read_object(request), request.auth
    with in_language_of(registration):
        form = bound(NameForm, sent)
        if errors := field_errors(sent, form):
            return invalid(errors)
        corrections.correct_name(registration, form.cleaned_data["name"], at=form.at)
        return booking_response(registration, request)


@router.post(
    "/booking/email/",
    response={202: schemas.Message},
    url_name="booking_email",
    operation_id="askForNewAddress",
    summary="Ask for one's own email address to be changed",
    openapi_extra=examples.booking_operation(
        examples.ADDRESS_ASKED,
        *(400, 409, 413, 415, 422, 429),
        body=(schemas.LinkBody, examples.ADDRESS),
        status=202,
    ),
)
def ask_for_address(request: BookingRequest) -> HttpResponse:
    """Send a link to the new address. Nothing changes until it has been used."""
    sent, registration = read_object(request), request.auth
    with in_language_of(registration):
        if not corrections.can_change_address(registration):
            return closed()
        form = bound(AddressForm, sent)
        if errors := field_errors(sent, form):
            return invalid(errors)
        if form.exceeds_limits(request):
            return too_many()
        corrections.ask_for_address(registration, form.cleaned_data["email"], at=form.at)
        return Response({"message": str(DONE["address_asked"])}, status=202)


@router.post(
    "/booking/email/confirm/",
    auth=NewAddressLink(),
    response=schemas.NewAddressReceipt,
    url_name="confirm_booking_email",
    operation_id="confirmNewAddress",
    summary="Confirm one's own new email address",
    openapi_extra=examples.booking_operation(
        examples.ADDRESS_CHANGED, 409, 415, body=(schemas.Nothing, {})
    ),
)
def confirm_address(request: NewAddressRequest) -> HttpResponse:
    """Use the new address from now on. The old one is notified, and its links end.

    Only when the person presses a button: programs that scan mail follow links.
    """
    change = request.auth
    with in_language_of(change.registration):
        try:
            registration = corrections.change_address(change, at=timezone.now())
        except AddressChange.DoesNotExist:
            return closed()
        receipt = schemas.NewAddressReceipt(
            message=str(DONE["address"]), token=registration.link_token()
        )
        return Response(receipt.model_dump(mode="json"))
