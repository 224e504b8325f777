"""The public journey: the form, its answers to check, and the page that says it was kept."""

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from . import acts, limits
from .answers import answers_to_check
from .forms import RegistrationForm
from .models import Receipt, RegistrationPage

RECEIVED_SALT = "prevent_registrations.received"
RECEIVED_MAX_AGE = 24 * 60 * 60
TOO_MANY = "Too many forms have come from your network. Wait ten minutes and send the form again"


def private(response: HttpResponse) -> HttpResponse:
    """Keep ``response`` out of every cache, and its address from other sites: it is personal."""
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "same-origin"
    return response


def register(request: HttpRequest, page: RegistrationPage) -> HttpResponse:
    """Show the form, let its answers be checked, or keep them and redirect to what says so.

    With a wrong answer the form comes back whole: 422 when something is wrong with the answers,
    409 when a form that was kept comes again with others or the date has filled up meanwhile,
    410 when registration is closed, 429 when too many come from one place.
    """
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = RegistrationForm(data, page=page, at=now)
    context = page.get_context(request) | {"form": form}
    if not form.fields["occurrence"].open_uuids:
        context["reason"] = closed_reason(page, form)
        return show(request, "registration_closed", context, status=410 if data else 200)
    if data is None:
        form.initial = initial_choice(request, form)
        return show(request, "registration_page", context)
    wanted = request.POST.get("step", "")
    if not form.is_valid():
        return show(request, "registration_page", context, status=422)
    if wanted == "change":
        return show(request, "registration_page", context)
    if wanted == "check" and page.check_answers:
        context["rows"] = answers_to_check(form)
        return show(request, "registration_check", context)
    if limits.is_too_many(request, email=form.cleaned_data["email"], at=now):
        form.add_error(None, TOO_MANY)
        return show(request, "registration_page", context, status=429)
    try:
        receipt, is_first = acts.register(form, at=now)
    except acts.ActError as error:
        form.add_error("occurrence", str(error))
        return show(request, "registration_page", context, status=409)
    if not is_first and not form.repeats(receipt.registration):
        form.renew_submission_key()
        form.add_error(
            None,
            f"You have already sent this form; your reference is {receipt.reference}. "
            "To change what you sent, use the link in your email. "
            "To register somebody else, send the form again",
        )
        return show(request, "registration_page", context, status=409)
    token = signing.dumps(receipt.reference, salt=RECEIVED_SALT)
    return private(redirect("prevent_registrations:received", token))


def show(request: HttpRequest, name: str, context: dict, *, status: int = 200) -> HttpResponse:
    template = f"prevent_registrations/{name}.html"
    return private(TemplateResponse(request, template, context, status=status))


def closed_reason(page: RegistrationPage, form: RegistrationForm) -> str:
    """Return why none of the form's dates can be chosen, in the editor's words or ours."""
    field = form.fields["occurrence"]
    reasons = set(field.unavailable.values())
    if "Registration is not open yet" in reasons:
        opening = min(
            page.opening(row)
            for key, row in field.by_uuid.items()
            if field.unavailable[key] == "Registration is not open yet"
        )
        local = timezone.localtime(opening)
        return page.before_text or f"Registration opens on {local:%-d %B %Y}."
    if reasons == {"This date is full"}:
        return "All dates of this event are full."
    return page.after_text or "No date of this event is open for registration."


def initial_choice(request: HttpRequest, form: RegistrationForm) -> dict:
    """Return the date that ``?date=YYYY-MM-DD`` asks for, or the only one there is."""
    field = form.fields["occurrence"]
    wanted = request.GET.get("date", "")
    for key in field.open_uuids:
        if field.by_uuid[key].starts_on.isoformat() == wanted:
            return {"occurrence": key}
    return {"occurrence": field.open_uuids[0]} if len(field.open_uuids) == 1 else {}


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """Say that the form was kept, and what happens next. Names nobody.

    What it says is the same for an address that was registered already.
    """
    try:
        reference = signing.loads(token, salt=RECEIVED_SALT, max_age=RECEIVED_MAX_AGE)
        receipt = Receipt.objects.select_related(
            "registration__page",
            "registration__occurrence__event__venue",
            "registration__occurrence__venue",
        ).get(reference=reference, registration__erased_at=None)
    except (signing.BadSignature, Receipt.DoesNotExist) as error:
        raise Http404("This confirmation is no longer shown") from error
    registration = receipt.registration
    context = {"receipt": receipt, "registration": registration, "page": registration.page}
    return show(request, "registration_received", context)
