"""The data protection screens: requests, holds, complaints and certificates.

Each asks for its rights first, and its answer is stored nowhere.
"""

import json
from collections.abc import Callable
from functools import wraps

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from .. import erasure_requests, holds, permissions, subject_access
from ..complaints import actions
from ..encryption import UndecryptableAnswers
from ..form_responses import private
from ..models import AccessRecord, Complaint, ErasureCertificate, ErasureHold, Registration
from ..permissions import may, may_any
from ..review.base import refused
from .forms import EraseForm, HoldForm, OutcomeForm, PersonForm

FORMATS = {"json": "application/json", "html": "text/html; charset=utf-8"}
COMPLAINT_FIELDS = ("reference", "received_at", "due_on", "closed_at", "erase_at")
View = Callable[..., HttpResponse]


def needs(*rights: str) -> Callable[[View], View]:
    """Answer 403, with a sentence, to whoever lacks one of ``rights``, before anything else."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not may(request.user, *rights):
                return private(refused(request))
            return private(view(request, *args, **kwargs))

        return sensitive_post_parameters()(wrapper)

    return decorate


def show(
    request: HttpRequest, name: str, title: str, context: dict, *, status: int = 200
) -> HttpResponse:
    """Return the screen ``name`` with breadcrumbs, to be stored nowhere."""
    crumbs = [
        *WagtailAdminTemplateMixin.breadcrumbs_items,
        {"url": reverse("prevent_data_protection:index"), "label": "Data protection"},
    ]
    if name != "index":
        crumbs.append({"url": "", "label": title})
    response = TemplateResponse(
        request,
        f"prevent_registrations/data_protection/{name}.html",
        {
            "header_title": title,
            "header_icon": "lock",
            "breadcrumbs_items": crumbs,
            "may_find": may(request.user, permissions.SUBJECT_ACCESS),
            "may_erase": may(request.user, permissions.ERASE),
            "may_hold": may(request.user, permissions.HOLD),
            "may_handle_complaints": may(request.user, permissions.COMPLAINTS),
            "may_see_certificates": may_any(
                request.user, permissions.SUBJECT_ACCESS, permissions.ERASE
            ),
            **context,
        },
        status=status,
    )
    return private(response)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show what there is to do, for whoever has one of the rights."""
    if not permissions.may_any(request.user, *permissions.DATA_PROTECTION):
        return private(refused(request))
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
    """List what is held about an email address, without what it says; 422 for no address."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return show(request, "index", "Data protection", {"form": form}, status=422)
    email = form.cleaned_data["email"]
    found = list(subject_access.registrations_of(email))
    now = timezone.now()
    keys = [row.pk for row in found]
    AccessRecord.record(
        request.user, AccessRecord.Action.ACCESSED, count=len(found), seen=keys, at=now
    )
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
    """Give a copy of all that is held about an email address, as a file to hand over."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return show(request, "index", "Data protection", {"form": form}, status=422)
    now = timezone.now()
    report = subject_access.collect(form.cleaned_data["email"], at=now)
    AccessRecord.record(
        request.user, AccessRecord.Action.ACCESSED, count=len(report["registrations"]), at=now
    )
    if kind == "json":
        content = json.dumps(report, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    else:
        content = subject_access.readable_page(report)
    response = HttpResponse(content, content_type=FORMATS[kind])
    # The file's name says nothing, because it stays in lists of recent downloads.
    response["Content-Disposition"] = f'attachment; filename="personal-data.{kind}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return response


@needs(permissions.SUBJECT_ACCESS, permissions.ERASE)
@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Erase an email address at all events, once it was typed twice and ticked; 422 otherwise."""
    form = EraseForm(request.POST)
    if not form.is_valid():
        return show(request, "erase", "Erase", {"erase_form": form, "mistakes": form}, status=422)
    done = erasure_requests.erase_all(
        form.cleaned_data["email"],
        reason=ErasureCertificate.Reason.REQUEST,
        by=request.user,
        at=timezone.now(),
    )
    return show(request, "erased", "Erased", {"done": done})


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """List the latest certificates, for whoever answers requests or erases."""
    if not permissions.may_any(request.user, permissions.SUBJECT_ACCESS, permissions.ERASE):
        return private(refused(request))
    latest = ErasureCertificate.objects.select_related("by")[:100]
    return show(request, "certificates", "Certificates of erasure", {"certificates": latest})


@needs(permissions.HOLD)
@require_safe
def hold_list(request: HttpRequest) -> HttpResponse:
    """List the holds in force on registrations that the user may hold, without names."""
    now = timezone.now()
    rows = (
        ErasureHold.objects.in_force(at=now)
        .filter(registration__in=Registration.objects.holdable_by(request.user))
        .select_related("registration__occurrence", "placed_by")
        .defer("registration__sensitive_answers")
    )
    return show(request, "holds", "Holds", {"holds": rows, "now": now})


@needs(permissions.HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def place_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold one registration back from erasure; 422 for a mistake in the form."""
    registration = get_object_or_404(
        Registration.objects.holdable_by(request.user)
        .select_related("occurrence")
        .defer("sensitive_answers"),
        pk=pk,
    )
    is_post = request.method == "POST"
    form = HoldForm(request.POST if is_post else None)
    context = {"registration": registration, "form": form}
    if not is_post:
        return show(request, "place_hold", "Hold back from erasure", context)
    if form.is_valid():
        try:
            holds.place(
                registration,
                reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"],
                by=request.user,
                at=timezone.now(),
            )
        except holds.HoldError as error:
            form.add_error("until", str(error))
        else:
            messages.success(request, f"{registration.reference} is on hold.")
            return redirect("prevent_data_protection:holds")
    return show(request, "place_hold", "Hold back from erasure", context, status=422)


@needs(permissions.HOLD)
@require_POST
def lift_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """End a hold now."""
    hold = get_object_or_404(
        ErasureHold.objects.filter(registration__in=Registration.objects.holdable_by(request.user)),
        pk=pk,
    )
    if holds.lift(hold, by=request.user, at=timezone.now()):
        messages.success(
            request,
            "The hold was lifted. A registration that is due is erased when the jobs next run.",
        )
    return redirect("prevent_data_protection:holds")


@needs(permissions.COMPLAINTS)
@require_safe
def complaint_list(request: HttpRequest) -> HttpResponse:
    """List complaints, the open ones first, without what they say."""
    now = timezone.now()
    rows = (
        Complaint.objects.not_erased().only(*COMPLAINT_FIELDS).order_by("closed_at", "due_on", "pk")
    )
    open_first = sorted(rows, key=lambda row: row.closed_at is not None)
    listed = [(row, row.is_overdue(at=now)) for row in open_first]
    return show(request, "complaints", "Complaints", {"complaints": listed})


@needs(permissions.COMPLAINTS)
@require_http_methods(["GET", "HEAD", "POST"])
def read_complaint(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a complaint, once it is recorded who reads it; save what was answered."""
    listed = get_object_or_404(Complaint.objects.not_erased().only(*COMPLAINT_FIELDS), pk=pk)
    AccessRecord.record(request.user, AccessRecord.Action.COMPLAINT)
    try:
        complaint = Complaint.objects.get(pk=listed.pk)
    except UndecryptableAnswers as error:
        context = {"complaint": listed, "fault": str(error)}
        return show(request, "complaint", f"Complaint {listed.reference}", context, status=503)
    form = OutcomeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if actions.close(complaint, outcome=form.cleaned_data["outcome"], at=timezone.now()):
            messages.success(request, f"The answer to {complaint.reference} was saved.")
        else:
            messages.warning(request, "Someone else has already saved an answer.")
        return redirect("prevent_data_protection:complaint", complaint.pk)
    context = {
        "complaint": complaint,
        "form": None if complaint.closed_at else form,
        "is_overdue": complaint.is_overdue(at=timezone.now()),
    }
    status = 422 if form.is_bound else 200
    return show(request, "complaint", f"Complaint {complaint.reference}", context, status=status)
