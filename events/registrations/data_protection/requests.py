"""Requests for somebody's data: what is held, a copy of it, and its erasure over all events."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from .. import permissions, subject_access
from ..models import AccessRecord, Complaint, ErasureCertificate, ErasureHold, Registration
from .desk import needs, refused, show
from .forms import EraseForm, PersonForm

FORMATS = {"json": "application/json", "html": "text/html; charset=utf-8"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show what there is to do, for whoever has one of the desk's rights."""
    if not permissions.may_any(request.user, *permissions.DATA_PROTECTION):
        return refused(request)
    now = timezone.now()
    open_complaints = list(Complaint.objects.filter(closed_at=None).only("due_on", "closed_at"))
    context = {
        "form": PersonForm(),
        "holds": ErasureHold.objects.in_force(at=now).count(),
        "overdue_and_held": Registration.objects.overdue_for_erasure(at=now).held(at=now).count(),
        "open_complaints": len(open_complaints),
        "overdue_complaints": sum(row.is_overdue(at=now) for row in open_complaints),
    }
    return show(request, "index", "Data protection", context)


@needs(permissions.SUBJECT_ACCESS)
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """List what is held about an address, without what it says. 422 for no address."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return show(request, "index", "Data protection", {"form": form}, status=422)
    email = form.cleaned_data["email"]
    found = list(subject_access.registrations_of(email))
    now = timezone.now()
    AccessRecord.objects.create(
        user=request.user, act=AccessRecord.Act.ACCESSED, count=len(found), at=now
    )
    keys = [row.pk for row in found]
    held = set(Registration.objects.held(at=now).filter(pk__in=keys).values_list("pk", flat=True))
    context = {
        "email": email,
        "registrations": [(row, row.pk in held) for row in found],
        "complaints": subject_access.complaints_of(email),
        "accounts": subject_access.accounts_of(email).count(),
        "erase_form": EraseForm(initial={"email": email}),
    }
    return show(request, "found", "What is held", context)


@needs(permissions.SUBJECT_ACCESS)
@require_POST
def copy(request: HttpRequest, kind: str) -> HttpResponse:
    """Give a copy of all that is held about an address, as a file to be handed over."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return show(request, "index", "Data protection", {"form": form}, status=422)
    now = timezone.now()
    report = subject_access.collect(form.cleaned_data["email"], at=now)
    AccessRecord.objects.create(
        user=request.user,
        act=AccessRecord.Act.ACCESSED,
        count=len(report["registrations"]),
        at=now,
    )
    if kind == "json":
        content = json.dumps(report, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    else:
        content = subject_access.readable_page(report)
    response = HttpResponse(content, content_type=FORMATS[kind])
    # The file's name says nothing: it stays in lists of recent downloads.
    response["Content-Disposition"] = f'attachment; filename="personal-data.{kind}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return response


@needs(permissions.SUBJECT_ACCESS, permissions.ERASE)
@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Erase an address over all events, once it was typed again and ticked. 422 otherwise."""
    form = EraseForm(request.POST)
    if not form.is_valid():
        return show(request, "erase", "Erase", {"erase_form": form}, status=422)
    done = subject_access.erase_all(
        form.cleaned_data["email"],
        rule=ErasureCertificate.Rule.REQUEST,
        by=request.user,
        at=timezone.now(),
    )
    return show(request, "erased", "Erased", {"done": done})


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """List the latest certificates, for whoever answers requests or erases."""
    if not permissions.may_any(request.user, permissions.SUBJECT_ACCESS, permissions.ERASE):
        return refused(request)
    latest = ErasureCertificate.objects.select_related("by")[:100]
    return show(request, "certificates", "Certificates of erasure", {"certificates": latest})
