"""Complaints and requests: lists with due dates, entry by staff, and the answers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages

from .. import cases, permissions
from ..encryption import UndecryptableAnswers
from ..models import AccessRecord, Complaint, SubjectRequest
from .base import needs, show
from .forms import ComplaintEntryForm, OutcomeForm, RequestEntryForm

# The columns of lists: nothing encrypted is read.
LISTED = ("reference", "channel", "received_at", "due_on", "closed_at", "erase_at")


@needs(permissions.COMPLAINTS)
@require_safe
def complaint_list(request: HttpRequest) -> HttpResponse:
    return list_cases(request, Complaint, "Complaints")


@needs(permissions.SUBJECT_ACCESS)
@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    return list_cases(request, SubjectRequest, "Requests")


def list_cases(
    request: HttpRequest, model: type[Complaint] | type[SubjectRequest], title: str
) -> HttpResponse:
    """List the cases, open ones first, without their text."""
    now = timezone.now()
    fields = (*LISTED, "kind") if model is SubjectRequest else LISTED
    rows = model.objects.not_erased().only(*fields).order_by("closed_at", "due_on", "pk")
    open_first = sorted(rows, key=lambda row: row.closed_at is not None)
    listed = [(row, row.is_overdue(at=now)) for row in open_first]
    return show(request, "cases", title, {"cases": listed, **names_of(model)})


def names_of(model: type[Complaint] | type[SubjectRequest]) -> dict:
    """Return the templates' words for cases of ``model``, and the addresses of their screens."""
    name = "complaint" if model is Complaint else "request"
    return {
        "name": name,
        "names": f"{name}s",
        "list_url": f"prevent_data_protection:{name}s",
        "case_url": f"prevent_data_protection:{name}",
        "enter_url": f"prevent_data_protection:enter_{name}",
    }


@needs(permissions.COMPLAINTS)
@require_http_methods(["GET", "HEAD", "POST"])
def enter_complaint(request: HttpRequest) -> HttpResponse:
    return enter_case(request, Complaint)


@needs(permissions.SUBJECT_ACCESS)
@require_http_methods(["GET", "HEAD", "POST"])
def enter_request(request: HttpRequest) -> HttpResponse:
    return enter_case(request, SubjectRequest)


def enter_case(request: HttpRequest, model: type[Complaint] | type[SubjectRequest]) -> HttpResponse:
    """Enter what came by letter, email, telephone or in person; 422 for a mistake."""
    now = timezone.now()
    kind = ComplaintEntryForm if model is Complaint else RequestEntryForm
    form = kind(request.POST if request.method == "POST" else None, at=now)
    if form.is_bound and form.is_valid():
        case = cases.enter(model, by=request.user, at=now, **form.cleaned_data)
        due = f"{case.due_on:%-d %B %Y}"
        messages.success(request, f"{case.reference} was saved. Answer it by {due}.")
        return redirect(names_of(model)["case_url"], case.pk)
    name = names_of(model)["name"]
    context = {"form": form, **names_of(model)}
    status = 422 if form.is_bound else 200
    return show(request, "enter_case", f"Enter a {name}", context, status=status)


@needs(permissions.COMPLAINTS)
@require_http_methods(["GET", "HEAD", "POST"])
def read_complaint(request: HttpRequest, pk: int) -> HttpResponse:
    return read_case(request, Complaint, pk)


@needs(permissions.SUBJECT_ACCESS)
@require_http_methods(["GET", "HEAD", "POST"])
def read_request(request: HttpRequest, pk: int) -> HttpResponse:
    return read_case(request, SubjectRequest, pk)


def read_case(
    request: HttpRequest, model: type[Complaint] | type[SubjectRequest], pk: int
) -> HttpResponse:
    """Show a case after recording who reads it; save the answer."""
    listed = get_object_or_404(model.objects.not_erased().only(*LISTED), pk=pk)
    AccessRecord.record(request.user, AccessRecord.Action.COMPLAINT)
    names = names_of(model)
    title = f"{names['name'].capitalize()} {listed.reference}"
    try:
        case = model.objects.get(pk=listed.pk)
    except UndecryptableAnswers as error:
        context = {"case": listed, "fault": str(error), **names}
        return show(request, "case", title, context, status=503)
    form = OutcomeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if cases.close(case, outcome=form.cleaned_data["outcome"], at=timezone.now()):
            messages.success(request, f"The answer to {case.reference} was saved.")
        else:
            messages.warning(request, "Someone else has already saved an answer.")
        return redirect(names["case_url"], case.pk)
    context = {
        "case": case,
        "form": None if case.closed_at else form,
        "is_overdue": case.is_overdue(at=timezone.now()),
        **names,
    }
    return show(request, "case", title, context, status=422 if form.is_bound else 200)
