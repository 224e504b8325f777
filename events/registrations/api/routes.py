"""The addresses of registration forms, and of what is sent to them."""

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from ninja import Header, Path, Router
from ninja.responses import Response
from wagtail.models import Site
from wagtail.rich_text import expand_db_html

from events.api.schemas import PageId
from events.api.serializers import Publication
from events.english_dates import LONDON
from events.models.occurrences import site_paths
from prevent_content.api.http import problem
from prevent_content.links import restricted_pages

from .. import limits, submissions
from ..actions import RegistrationActionError
from ..forms import OccurrenceField, RegistrationForm
from ..guarded_forms import TokenError, read_token
from ..models import Receipt, RegistrationPage
from ..questions import QUESTION_PREFIX
from ..views import TOO_MANY, closed_reason
from . import examples, schemas
from .serializers import consent_object, form_object, sent_name

router = Router(tags=["Registering"])

MESSAGES = {
    "confirmed": "Your place is confirmed",
    "waiting": "You are on the waiting list",
    "received": "We have received your registration",
}
NEXT = {
    "received": "<p>Somebody reads your request and writes to you.</p>",
    "waiting": "<p>If a place becomes free, you get it in your turn and we write to you.</p>",
}
WRITE = "<p>We write to you if anything about the date changes.</p>"


def public_forms(site: Site):
    """Return the registration pages that ``site`` shows to everybody."""
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

    It is never kept in a cache: each person needs a form of their own.
    """
    publication = Publication.of(request)
    page = find_form(publication, page_id)
    said = form_object(page, request, publication, at=timezone.now())
    form = schemas.RegistrationFormObject.model_validate(said)
    return Response(form.model_dump(mode="json", by_alias=True))


@router.post(
    "/registrations/",
    response={201: schemas.Acknowledgement},
    url_name="registrations",
    operation_id="register",
    summary="Register",
    openapi_extra=examples.REGISTER_OPERATION,
)
def register(
    request: HttpRequest,
    body: schemas.RegistrationBody,
    idempotency_key: str = Header(
        ..., alias="Idempotency-Key", max_length=300, description="The `token` of the form"
    ),
) -> HttpResponse:
    """Store a registration with its place and its emails, and answer 201 once all of it is stored.

    The same request sent again gets the same answer and books no second place. Another request
    with the same email address is another booking.
    """
    now = timezone.now()
    page = find_form(Publication.of(request), body.form)
    form = RegistrationForm(as_posted(page, body, idempotency_key), page=page, at=now)
    receipt = submissions.earlier_receipt(form.one_time_key)
    if receipt is not None:
        # The date was open when this came first; that it filled up since is its own doing.
        form.fields["occurrence"].unavailable = {}
    return refusal(body, idempotency_key, form) or take(request, form, receipt)


def as_posted(page: RegistrationPage, body: schemas.RegistrationBody, key: str) -> QueryDict:
    """Return ``body`` as the HTML form would send it, so that one form checks both."""
    data = QueryDict(mutable=True)
    data.update(
        {
            "occurrence": body.occurrence,
            "name": body.name,
            "email": body.email,
            "guests": str(body.guests),
            "consent": "on",
            "submission_key": key,
        }
    )
    if body.discreet:
        data["discreet"] = "on"
    for name, value in body.answers.items():
        data.setlist(QUESTION_PREFIX + name, texts_of(value))
    return data


def texts_of(answer: schemas.Answer) -> list[str]:
    if isinstance(answer, bool):
        return ["on"] if answer else []
    return answer if isinstance(answer, list) else [str(answer)]


def refusal(
    body: schemas.RegistrationBody, token: str, form: RegistrationForm
) -> HttpResponse | None:
    """Return why what was sent cannot be taken, or None if it can."""
    dates: OccurrenceField = form.fields["occurrence"]
    if not dates.open_uuids:
        return problem(410, kind="closed", detail=closed_reason(form.page, dates))
    try:
        read_token(token, form.page.pk, at=form.at)
    except TokenError as error:
        detail = f"{error.message}. Fetch the form again for a new token."
        return problem(403, kind="token", detail=detail)
    consent = consent_object(form.page)
    if body.consent_version != consent["version"]:
        return problem(
            409,
            kind="consent-changed",
            detail=f"The words to agree to have changed. They are now: {consent['text']}",
        )
    errors = misplaced(body, form)
    if not form.is_valid():
        for name, sentences in form.errors.items():
            field = "" if name in ("__all__", "submission_key") else sent_name(name)
            errors.setdefault(field, " ".join(f"{text.rstrip('.')}." for text in sentences))
    if errors:
        return problem(
            422, kind="validation", detail="Some answers cannot be taken.", errors=errors
        )
    return None


def misplaced(body: schemas.RegistrationBody, form: RegistrationForm) -> dict[str, str]:
    """Return a sentence for each answer that its question cannot have by its type."""
    errors = {}
    if body.guests and "guests" not in form.fields:
        errors["guests"] = "This event takes no guests."
    kinds = {question.clean_name: question.field_type for question in form.questions}
    for name, value in body.answers.items():
        kind = kinds.get(name)
        if kind is None:
            errors[f"answers.{name}"] = "This form has no such question."
        elif isinstance(value, list) is not (kind == "checkboxes"):
            errors[f"answers.{name}"] = (
                "Send a list of answers." if kind == "checkboxes" else "Send one answer."
            )
        elif isinstance(value, bool) is not (kind == "checkbox"):
            errors[f"answers.{name}"] = (
                "Send true or false." if kind == "checkbox" else "Send the answer as text."
            )
    return errors


def take(request: HttpRequest, form: RegistrationForm, receipt: Receipt | None) -> HttpResponse:
    """Keep a valid form as the HTML form is kept, and acknowledge it.

    ``receipt`` is what was given for it when it came before.
    """
    if receipt is None and form.exceeds_limits(request):
        wait = {"Retry-After": str(limits.WINDOW_SECONDS)}
        return problem(429, kind="too-many", detail=f"{TOO_MANY}.", headers=wait)
    try:
        submission = form.submission()
        receipt = receipt or submissions.register(submission, at=form.at)[0]
    except RegistrationActionError as error:
        if error.is_limited:
            return problem(429, kind="too-many", detail=f"{error}.")
        kind = "full" if error.is_full else "conflict"
        return problem(409, kind=kind, detail=f"{error}.")
    if receipt.fingerprint != submission.fingerprint:
        return problem(
            422,
            kind="key-reused",
            detail="This token was sent with other answers before. Fetch the form again.",
        )
    said = acknowledgement(form, receipt)
    return Response(said.model_dump(mode="json"), status=201)


def acknowledgement(form: RegistrationForm, receipt: Receipt) -> schemas.Acknowledgement:
    """Return what the sender is told: the same for a new and for a known address."""
    page, occurrence = form.page, form.cleaned_data["occurrence"]
    return schemas.Acknowledgement(
        reference=receipt.reference,
        status=receipt.status,
        message=MESSAGES[receipt.status],
        what_next=expand_db_html(page.confirmation_text) or NEXT.get(receipt.status, WRITE),
        occurrence=occurrence.uuid,
        when=occurrence.when,
        consent=consent_object(page),
        erase_at=page.erase_at(occurrence).astimezone(LONDON),
    )
