"""Complaints, page feedback and lost links over the API: the pages' forms, as JSON."""

from contextlib import AbstractContextManager

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from ninja.responses import Response
from wagtail.models import Site

from events.api.schemas import LocaleCode, PageId
from prevent_content.api.http import FieldProblem, ParameterError
from prevent_content.api.site import languages_of, site_of

from .. import cases
from ..booking_views import send_links
from ..complaints import ComplaintForm
from ..feedback import FeedbackForm, public_page, save
from ..forms import LinkForm
from ..guarded_forms import GuardedForm
from . import examples, schemas
from .json_forms import as_posted, field_errors, invalid, read_object, too_many
from .serializers import guarded_form_object

router = Router(tags=["Public forms"])


class FormQuery(Schema):
    locale: LocaleCode = None


def in_language(locale: str | None, site: Site) -> AbstractContextManager:
    """Activate ``locale``, or the site's own language; raise if the site does not have it."""
    codes = [language["code"] for language in languages_of(site)]
    if locale and locale not in codes:
        raise ParameterError(
            FieldProblem("locale", "invalid", f"This site has: {', '.join(codes)}")
        )
    return translation.override(locale or site.root_page.locale.language_code)


def described(form: GuardedForm) -> Response:
    known = schemas.GuardedForm.model_validate(guarded_form_object(form))
    return Response(known.model_dump(mode="json"))


def token_of(request: HttpRequest) -> str:
    return request.headers.get("Idempotency-Key", "")


@router.get(
    "/forms/complaint/",
    response=schemas.GuardedForm,
    url_name="complaint_form",
    operation_id="getComplaintForm",
    summary="The complaint form",
    openapi_extra=examples.form_operation(examples.COMPLAINT_FORM, "complain"),
)
def get_complaint_form(request: HttpRequest, query: Query[FormQuery]) -> HttpResponse:
    """What to ask of someone who complains about how their data was used."""
    with in_language(query.locale, site_of(request)):
        return described(ComplaintForm(at=timezone.now()))


@router.post(
    "/complaints/",
    response={201: schemas.ComplaintReceipt},
    url_name="complaints",
    operation_id="complain",
    summary="Complain",
    openapi_extra=examples.sending(
        schemas.ComplaintBody, examples.COMPLAINT, examples.COMPLAINT_RECEIPT, status=201
    ),
)
def complain(request: HttpRequest, query: Query[FormQuery]) -> HttpResponse:
    """Save a complaint, acknowledge it by email, and say by when it is answered."""
    sent = read_object(request)
    with in_language(query.locale, site_of(request)):
        form = ComplaintForm(as_posted(sent, token=token_of(request)), at=timezone.now())
        if errors := field_errors(sent, form):
            return invalid(errors)
        if form.exceeds_limits(request):
            return too_many()
        given = form.cleaned_data
        complaint = cases.receive(
            name=given["name"],
            email=given["email"],
            text=given["text"],
            key=given["submission_key"],
            at=form.at,
        )
        receipt = schemas.ComplaintReceipt(
            reference=complaint.reference,
            due_on=complaint.due_on,
            message=_("We have received your complaint"),
        )
        return Response(receipt.model_dump(mode="json"), status=201)


@router.get(
    "/forms/booking-link/",
    response=schemas.GuardedForm,
    url_name="link_form",
    operation_id="getBookingLinkForm",
    summary="The form for a lost link",
    openapi_extra=examples.form_operation(examples.LINK_FORM, "sendBookingLink"),
)
def get_link_form(request: HttpRequest, query: Query[FormQuery]) -> HttpResponse:
    """What to ask of someone who has lost the link to their booking."""
    with in_language(query.locale, site_of(request)):
        return described(LinkForm(at=timezone.now()))


@router.post(
    "/booking-links/",
    response={202: schemas.Message},
    url_name="booking_links",
    operation_id="sendBookingLink",
    summary="Send a lost link",
    openapi_extra=examples.sending(schemas.LinkBody, examples.LINK, examples.LINK_SENT, status=202),
)
def send_booking_link(request: HttpRequest, query: Query[FormQuery]) -> HttpResponse:
    """Email the links of an address to that address. The answer is the same for any address."""
    sent = read_object(request)
    with in_language(query.locale, site_of(request)):
        form = LinkForm(as_posted(sent, token=token_of(request)), at=timezone.now())
        if errors := field_errors(sent, form):
            return invalid(errors)
        if not send_links(request, form):
            return too_many()
        message = schemas.Message(message=link_sent())
        return Response(message.model_dump(mode="json"), status=202)


def link_sent() -> str:
    return _(
        "If there is an upcoming booking with that email address, we have emailed the link to it."
    )


@router.get(
    "/forms/feedback/{int:page_id}/",
    response=schemas.GuardedForm,
    url_name="feedback_form",
    operation_id="getFeedbackForm",
    summary="“Was this page useful?”",
    openapi_extra=examples.form_operation(examples.FEEDBACK_FORM, "giveFeedback"),
)
def get_feedback_form(request: HttpRequest, page_id: Path[PageId]) -> HttpResponse:
    """What to ask of a reader of the page, in its language."""
    page = public_page(page_id)
    with translation.override(page.locale.language_code):
        return described(FeedbackForm(page=page, at=timezone.now()))


@router.post(
    "/feedback/{int:page_id}/",
    response={201: schemas.Message},
    url_name="feedback",
    operation_id="giveFeedback",
    summary="Say whether a page was useful",
    openapi_extra=examples.sending(
        schemas.FeedbackBody, examples.FEEDBACK, examples.THANKS, status=201
    ),
)
def give_feedback(request: HttpRequest, page_id: Path[PageId]) -> HttpResponse:
    """Save what a reader says of a page. Nobody is asked who they are."""
    page = public_page(page_id)
    sent = read_object(request)
    with translation.override(page.locale.language_code):
        data = as_posted(sent, token=token_of(request))
        form = FeedbackForm(data, page=page, at=timezone.now())
        if errors := field_errors(sent, form):
            return invalid(errors)
        if form.exceeds_limits(request):
            return too_many()
        save(form, page)
        message = schemas.Message(message=_("Thank you"))
        return Response(message.model_dump(mode="json"), status=201)
