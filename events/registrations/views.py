"""The public journey: the form, and the page that says it was kept."""

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from . import acts
from .forms import RegistrationForm
from .models import Registration, RegistrationPage

RECEIVED_SALT = "prevent_registrations.received"
RECEIVED_MAX_AGE = 24 * 60 * 60


def private(response: HttpResponse) -> HttpResponse:
    """Keep ``response`` out of every cache: it is about one person."""
    add_never_cache_headers(response)
    return response


def register(request: HttpRequest, page: RegistrationPage) -> HttpResponse:
    """Show the form, or keep what was sent and redirect to the page that says so.

    Answers 422 with the form and its answers when something is wrong with them, 409 when a form
    that was kept comes back with other answers, and 410 when a form comes after the closing.
    """
    now = timezone.now()
    occurrences = page.open_occurrences(at=now)
    context = page.get_context(request)
    if not occurrences.exists():
        status = 410 if request.method == "POST" else 200
        return private(
            TemplateResponse(
                request, "prevent_registrations/registration_closed.html", context, status=status
            )
        )
    status = 200
    if request.method == "POST":
        form = RegistrationForm(request.POST, page=page, occurrences=occurrences)
        if form.is_valid():
            registration, is_new = acts.register(form, at=now)
            if is_new or acts.says_the_same(form, registration):
                return private(redirect(received_url(registration)))
            form.add_error(
                None,
                f"You have already sent this form; your reference is {registration.reference}. "
                "To register somebody else, send the form again",
            )
            status = 409
        else:
            status = 422
        form.renew_submission_key()
    else:
        form = RegistrationForm(
            page=page, occurrences=occurrences, initial=initial_choice(request, occurrences)
        )
    context["form"] = form
    return private(TemplateResponse(request, page.get_template(request), context, status=status))


def initial_choice(request: HttpRequest, occurrences) -> dict:
    """Return the date that ``?date=YYYY-MM-DD`` asks for, or the only one there is."""
    wanted = request.GET.get("date", "")
    choices = list(occurrences)
    for occurrence in choices:
        if occurrence.starts_on.isoformat() == wanted:
            return {"occurrence": occurrence.uuid}
    return {"occurrence": choices[0].uuid} if len(choices) == 1 else {}


def received_url(registration: Registration) -> str:
    """Return the address of the confirmation: signed, for a day, and without a name in it."""
    token = signing.dumps(registration.pk, salt=RECEIVED_SALT)
    return reverse("prevent_registrations:received", args=[token])


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """Say that the registration was kept, and what happens next. Names nobody."""
    try:
        pk = signing.loads(token, salt=RECEIVED_SALT, max_age=RECEIVED_MAX_AGE)
        registration = (
            Registration.objects.kept()
            .select_related("page", "occurrence__event__venue", "occurrence__venue")
            .get(pk=pk)
        )
    except (signing.BadSignature, Registration.DoesNotExist) as error:
        raise Http404("This confirmation is no longer shown") from error
    context = {"registration": registration, "page": registration.page}
    return private(
        TemplateResponse(request, "prevent_registrations/registration_received.html", context)
    )
