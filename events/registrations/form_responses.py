"""How every public form answers: guarded without a cookie, and by redirect, so that Back works.

A browser that reports a navigation (``Sec-Fetch-Mode``) is redirected when a form is refused: the
answers are stored encrypted, and the page showing them can be reloaded. Programs, and browsers too
old to report it, get the same page at once. Its status is the same either way: see
docs/decisions/forms-without-cookies.md.
"""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from prevent_content.origins import Source, source_of

from . import limits
from .models import AnswersSoFar, FormAnswers

MOST_FIELDS = 200
CHARSETS = {"", "utf-8", "utf8", "us-ascii"}
# The query parameter for answers given so far.
ANSWERS = "answers"
TOO_MANY = _(
    "We have had too many forms from your network. Wait 10 minutes and send the form again"
)
FROM_SIBLING = _(
    "This form was sent from another address of this website, so we have not received it. "
    "Check your answers and send it again"
)
NO_LONGER_STORED = _(
    "We no longer have your answers. If you did not send the form, fill it in again."
)


def private(response: HttpResponse) -> HttpResponse:
    """Keep ``response`` out of every cache, and its address from other sites: it is personal."""
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "same-origin"
    return response


def show(request: HttpRequest, name: str, context: dict, *, status: int = 200) -> HttpResponse:
    template = f"prevent_registrations/{name}.html"
    return private(TemplateResponse(request, template, context, status=status))


def public_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let ``view`` accept forms from this site only, without a cookie.

    403 for a form from another website, 415 for text that is not UTF-8, 400 for more fields than
    any form has.
    """

    @csrf_exempt
    @sensitive_post_parameters()
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "POST" and (problem := problem_with(request)):
            sentence, status = problem
            return show(request, "form_refused", {"sentence": sentence}, status=status)
        return view(request, *args, **kwargs)

    return guarded


def problem_with(request: HttpRequest) -> tuple[str, int] | None:
    """Return why a POST cannot be read as a form, with its status; None if it can."""
    if source_of(request) == Source.FOREIGN:
        return gettext("This form was sent from another website, so we have not received it."), 403
    if request.content_params.get("charset", "").lower() not in CHARSETS:
        return gettext("We can only read forms sent as UTF-8."), 415
    if sum(len(values) for _name, values in request.POST.lists()) > MOST_FIELDS:
        return gettext("This form has too many answers."), 400
    return None


def refusal(
    request: HttpRequest, form: forms.Form, name: str, context: dict
) -> HttpResponse | None:
    """Return ``form`` with its errors: 422, or 403 if sent from a sibling's address.

    None if nothing is wrong.
    """
    if not form.is_valid():
        return refused(request, form, name, context, status=422)
    if source_of(request) == Source.SIBLING:
        form.add_error(None, FROM_SIBLING)
        return refused(request, form, name, context, status=403)
    return None


def too_many(request: HttpRequest, form: forms.Form, name: str, context: dict) -> HttpResponse:
    """Show ``form`` again with its answers, and say when to send it."""
    form.add_error(None, TOO_MANY)
    return refused(request, form, name, context, status=429)


def refused(
    request: HttpRequest, form: forms.Form, name: str, context: dict, *, status: int
) -> HttpResponse:
    """Show ``form`` with its answers and errors, for a browser by redirect to its own address."""
    if request.headers.get("Sec-Fetch-Mode") == "navigate" and has_room(request, form):
        errors = {field: [str(text) for text in texts] for field, texts in form.errors.items()}
        if address := address_of_answers(request, form, errors=errors, status=status):
            return private(redirect(address))
    response = show(request, name, context, status=status)
    if status == 429:
        response["Retry-After"] = str(limits.WINDOW_SECONDS)
    return response


def has_room(request: HttpRequest, form: forms.Form) -> bool:
    """Count answers to be stored; return whether the network may store that many."""
    kind = f"answers:{getattr(form, 'kind', 'registration')}"
    return not limits.is_too_many(request, at=timezone.now(), form=kind, times=3)


def address_of_answers(
    request: HttpRequest,
    form: forms.Form,
    *,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
    name: str = ANSWERS,
) -> str:
    """Store the answers of ``form``; return the address that shows them, or ""."""
    fields = map(form.add_prefix, form.fields)
    sent = [(field, value) for field in fields for value in form.data.getlist(field)]
    answers = AnswersSoFar(sent=sent, errors=errors or {}, status=status)
    token = FormAnswers.store(answers, at=timezone.now())
    return f"{request.path}?{urlencode({name: token})}" if token else ""


def answers_so_far(request: HttpRequest, name: str = ANSWERS) -> AnswersSoFar | None:
    """Return the stored answers that the address refers to, empty if there are none."""
    token = request.GET.get(name, "")
    if request.method == "POST" or not token:
        return None
    return FormAnswers.read(token, at=timezone.now()) or AnswersSoFar(status=404)


def data_for(request: HttpRequest, answers: AnswersSoFar | None) -> QueryDict | None:
    """Return the data to bind a form to: what is being sent, or what was sent before."""
    if request.method == "POST":
        return request.POST
    return query_dict(answers.sent) if answers is not None and answers.sent else None


def query_dict(pairs: list[tuple[str, str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, value)
    return data


def show_form(
    request: HttpRequest,
    form: forms.Form,
    name: str,
    context: dict,
    answers: AnswersSoFar | None,
) -> HttpResponse:
    """Show ``form`` for the first time, or with earlier ``answers`` and errors."""
    status = 200
    if form.is_bound and answers is not None:
        form.errors.clear()
        for field, texts in answers.errors.items():
            for text in texts:
                form.add_error(field if field in form.fields else None, text)
        status = answers.status
    elif answers is not None:
        context["notice"] = NO_LONGER_STORED
    return show(request, name, context, status=status)
