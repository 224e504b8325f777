"""The API addresses of registration forms and submissions."""

from contextlib import AbstractContextManager

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Path, Router
from ninja.responses import Response
from wagtail.models import Site

from events.api.schemas import LARGEST_KEY, PageId
from events.api.serializers import Publication
from events.english_dates import LONDON
from events.models.occurrences import site_paths
from prevent_content.api.http import problem
from prevent_content.links import restricted_pages, rich_text_html
from prevent_content.visitor_marks import own_to_each_visitor

from .. import submissions
from ..actions import RegistrationActionError
from ..forms import OccurrenceField, RegistrationForm
from ..guarded_forms import TokenError, read_token
from ..held_places import hold_until, lapse_all
from ..models import Receipt, Registration, RegistrationPage
from ..models.registration import TO_CONFIRM
from ..views import closed_reason
from . import examples, schemas
from .json_forms import as_posted, field_errors, invalid, read_object, too_many
from .serializers import consent_object, form_object

router = Router(tags=["Registering"])

MESSAGES = {
    "held": gettext_lazy("Confirm your email address"),
    "unconfirmed": gettext_lazy("Confirm your email address"),
    "confirmed": gettext_lazy("Your place is confirmed"),
    "waiting": gettext_lazy("You are on the waiting list"),
    "received": gettext_lazy("We have received your request"),
}
USE_LINK = gettext_lazy("Use the link in our email.")
NEXT = {
    "held": USE_LINK,
    "unconfirmed": USE_LINK,
    "received": gettext_lazy("We’ll read your request and email you."),
    "waiting": gettext_lazy(
        "All places are taken at the moment. If a place becomes free, we’ll email you. Places go "
        "to people in the order they joined the list."
    ),
}
WRITE = gettext_lazy("We’ll email you if anything about the date changes.")


def public_forms(site: Site):
    """Return the registration pages of ``site`` that are public."""
    below = Q()
    for path in site_paths(site):
        below |= Q(path__startswith=path)
    return RegistrationPage.objects.live().filter(below).exclude(restricted_pages())


def find_form(publication: Publication, page_id: int) -> RegistrationPage:
    """Return the form's page; raise ``Http404`` unless it and its event are public."""
    page = public_forms(publication.site).filter(pk=page_id).first()
    if page is None or page.event is None or not page.event.live:
        raise Http404
    return page


@router.get(
    "/registration-forms/{int:page_id}/",
    response=schemas.RegistrationFormObject,
    by_alias=True,
    url_name="registration_form",
    operation_id="getRegistrationForm",
    summary="A registration form",
    openapi_extra=examples.FORM_OPERATION,
)
def get_form(request: HttpRequest, page_id: Path[PageId]) -> HttpResponse:
    """What to ask, for which dates, and a token with which the answers can be sent once.

    No copy of it may be stored: each person needs a token of their own.
    """
    publication = Publication.of(request)
    page = find_form(publication, page_id)
    with in_language_of(page):
        said = form_object(page, request, publication, at=timezone.now())
    form = schemas.RegistrationFormObject.model_validate(said)
    shown = form.model_dump(mode="json", by_alias=True)
    if shown["token"]:
        shown["token"] = own_to_each_visitor(request, "form token", page.pk)
        shown["earliest_at"] = own_to_each_visitor(request, "earliest time to send")
    return Response(shown)


@router.post(
    "/registrations/",
    response={201: schemas.Acknowledgement},
    url_name="registrations",
    operation_id="register",
    summary="Register",
    openapi_extra=examples.REGISTER_OPERATION,
)
def register(request: HttpRequest) -> HttpResponse:
    """Store a registration with its place and its emails, and answer 201 once all of it is stored.

    The same request sent again gets the same answer and books no second place. Another request
    with the same email address is another booking.
    """
    sent = read_object(request)
    publication = Publication.of(request)
    page = find_form(publication, key_of_form(sent))
    token = request.headers.get("Idempotency-Key", "")
    lapse_all(at=timezone.now())
    with in_language_of(page):
        form = RegistrationForm(as_posted(sent, token=token), page=page, at=timezone.now())
        receipt = submissions.earlier_receipt(form.one_time_key)
        if receipt is not None:
            # The date was open when this form first came, and may have been filled by that very
            # booking.
            form.fields["occurrence"].unavailable = {}
        return refusal(sent, token, form) or take(request, form, receipt, site=publication.site)


def key_of_form(sent: dict) -> int:
    """Return the key of the form that ``sent`` is for; 0, an impossible key, if it names none."""
    key = sent.get("form")
    is_key = isinstance(key, int) and not isinstance(key, bool) and 0 < key <= LARGEST_KEY
    return key if is_key else 0


def in_language_of(page: RegistrationPage) -> AbstractContextManager:
    """Activate the language of ``page``, whatever the address's own."""
    return translation.override(page.locale.language_code)


def refusal(sent: dict, token: str, form: RegistrationForm) -> HttpResponse | None:
    """Return why the submission cannot be accepted, or None if it can."""
    dates: OccurrenceField = form.fields["occurrence"]
    if not dates.open_uuids:
        return problem(410, kind="closed", detail=closed_reason(form.page, dates))
    try:
        read_token(token, form.page.pk, at=form.at)
    except TokenError as error:
        return problem(403, kind="token", detail=f"{error.message}. {_('Fetch the form again.')}")
    consent = consent_object(form)
    if consent and sent.get("consent") and sent.get("consent_version") != consent["version"]:
        return problem(
            409,
            kind="consent-changed",
            detail=_("The wording you agree to has changed. It now says: %(text)s")
            % {"text": consent["text"]},
        )
    besides = {"form", "consent_version"} if consent else {"form", "consent_version", "consent"}
    errors = field_errors(sent, form, besides=besides)
    return invalid(errors) if errors else None


def take(
    request: HttpRequest, form: RegistrationForm, receipt: Receipt | None, *, site: Site
) -> HttpResponse:
    """Store a valid form exactly as the HTML form is stored, and acknowledge it.

    ``receipt`` is the one already given if the form came before.
    """
    if receipt is None and form.exceeds_limits(request):
        return too_many()
    try:
        submission = form.submission(request)
        receipt = receipt or submissions.register(submission, at=form.at)[0]
    except RegistrationActionError as error:
        if error.is_limited:
            return too_many(f"{error}.")
        kind = "full" if error.is_full else "conflict"
        return problem(409, kind=kind, detail=f"{error}.")
    if receipt.fingerprint != submission.fingerprint:
        return problem(
            422,
            kind="key-reused",
            detail=_(
                "This form has already been sent with different answers. Fetch the form again."
            ),
        )
    said = acknowledgement(form, receipt, site)
    return Response(said.model_dump(mode="json"), status=201)


def acknowledgement(
    form: RegistrationForm, receipt: Receipt, site: Site
) -> schemas.Acknowledgement:
    """Return the sender's acknowledgement: the same for a new and for a known address."""
    page, occurrence = form.page, form.cleaned_data["occurrence"]
    text = "" if receipt.status in TO_CONFIRM else page.confirmation_text
    is_held = receipt.status == Registration.Status.HELD
    return schemas.Acknowledgement(
        reference=receipt.reference,
        status=receipt.status,
        message=str(MESSAGES[receipt.status]),
        held_until=hold_until(occurrence, at=receipt.at).astimezone(LONDON) if is_held else None,
        what_next=rich_text_html(text, site) or f"<p>{NEXT.get(receipt.status, WRITE)}</p>",
        occurrence=occurrence.uuid,
        when=occurrence.when,
        consent=consent_object(form) if form.answers(sensitive=True) else None,
        erase_at=page.erase_at(occurrence).astimezone(LONDON),
    )
