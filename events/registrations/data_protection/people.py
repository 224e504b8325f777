"""A person's data: find it, read it through, give a copy, erase it."""

import json
from collections.abc import Iterable

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.models import Site

from .. import erasure_requests, permissions, subject_access
from ..models import AccessRecord, Complaint, ErasureCertificate, Registration, SubjectRequest
from ..models.registration import RegistrationQuerySet
from .base import needs, show
from .forms import ChosenForm, EraseChosenForm, EraseForm, FindForm

FORMATS = {"json": "application/json", "html": "text/html; charset=utf-8"}
MOST_FOUND = 200


@needs(permissions.SUBJECT_ACCESS)
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """List what is held about a person, without its contents; 422 for an empty search."""
    form = FindForm(request.POST)
    if not form.is_valid():
        return show(request, "index", "Data protection", {"form": form}, status=422)
    text = form.cleaned_data["q"]
    return show_found(request, text, subject_access.find(text)[:MOST_FOUND])


def show_found(
    request: HttpRequest,
    text: str,
    found: Iterable[Registration],
    *,
    status: int = 200,
    **context,
) -> HttpResponse:
    """Show the registrations ``found`` after recording who sees them."""
    now, rows = timezone.now(), list(found)
    keys = [row.pk for row in rows]
    AccessRecord.record(
        request.user, AccessRecord.Action.ACCESSED, count=len(rows), seen=keys, at=now
    )
    held = set(Registration.objects.held(at=now).filter(pk__in=keys).values_list("pk", flat=True))
    email = text if "@" in text else ""
    emails = {row.email.lower() for row in rows if row.email} | ({email.lower()} - {""})
    shown = {
        "text": text,
        "email": email,
        "registrations": [(row, row.pk in held) for row in rows],
        "is_one_person": bool(email),
        "most": MOST_FOUND if len(rows) == MOST_FOUND else None,
        "complaints": len(subject_access.cases_of(Complaint, emails)),
        "requests": len(subject_access.cases_of(SubjectRequest, emails)),
        "accounts": sum(subject_access.accounts_of(each).count() for each in emails),
        "erase_form": EraseForm(initial={"email": email}) if email else EraseChosenForm(),
    }
    return show(request, "found", "What is held", shown | context, status=status)


def chosen_of(form: ChosenForm) -> RegistrationQuerySet:
    """Return the ticked registrations, or all of the address if the form named none."""
    keys, email = form.cleaned_data["registrations"], form.cleaned_data["email"]
    if keys or not email:
        return subject_access.findable().filter(pk__in=keys)
    return subject_access.registrations_of(email)


@needs(permissions.SUBJECT_ACCESS)
@require_POST
def copy(request: HttpRequest, kind: str) -> HttpResponse:
    """Show what must be reviewed in a copy; give the copy once it has been.

    Ticked parts are left out of the file. If a text has changed since the review, the page comes
    back, so that nothing is handed over unread.
    """
    form = ChosenForm(request.POST)
    if not form.is_valid():
        context: dict = {"form": FindForm(), "mistakes": form}
        return show(request, "index", "Data protection", context, status=422)
    now, chosen = timezone.now(), chosen_of(form)
    keys = list(chosen.values_list("pk", flat=True))
    report = subject_access.collect(form.cleaned_data["email"], at=now, registrations=chosen)
    AccessRecord.record(
        request.user, AccessRecord.Action.ACCESSED, count=len(keys), seen=keys, at=now
    )
    marks = subject_access.marks(report)
    given = request.POST.getlist("withhold")
    looked_at = set(request.POST.getlist("looked_at"))
    is_read = "reviewed" in request.POST and looked_at == {mark.key for mark in marks}
    if not is_read or subject_access.withhold(report, set(given)):
        context = {
            "chosen": form.cleaned_data,
            "marks": marks,
            "has_changed": "reviewed" in request.POST,
        }
        return show(request, "review_copy", "Read before you hand it over", context)
    site = Site.find_for_request(request)
    if kind == "json":
        content = json.dumps(report, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    else:
        content = subject_access.readable_page(report, site=site)
    response = HttpResponse(content, content_type=FORMATS[kind])
    # A neutral file name, because it stays in lists of recent downloads.
    response["Content-Disposition"] = f'attachment; filename="personal-data.{kind}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return response


@needs(permissions.SUBJECT_ACCESS, permissions.ERASE)
@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Erase what was chosen: an address typed twice, or ticked registrations; 422 otherwise."""
    form = EraseForm(request.POST) if "email" in request.POST else EraseChosenForm(request.POST)
    if not form.is_valid():
        context = {"erase_form": form, "mistakes": form}
        if isinstance(form, EraseChosenForm):
            keys = form.cleaned_data.get("registrations", [])
            context["chosen_keys"] = keys
        return show(request, "erase", "Erase", context, status=422)
    if isinstance(form, EraseForm):
        chosen = subject_access.registrations_of(form.cleaned_data["email"])
    else:
        chosen = subject_access.findable().filter(pk__in=form.cleaned_data["registrations"])
    done = erasure_requests.erase_all(
        chosen,
        reason=ErasureCertificate.Reason.REQUEST,
        by=request.user,
        at=timezone.now(),
    )
    return show(request, "erased", "Erased", {"done": done})
