"""Complaints in the CMS: the list of them, and one to be read and answered."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages

from .. import permissions
from ..complaints import acts
from ..encryption import UndecryptableAnswers
from ..models import AccessRecord, Complaint
from .desk import needs, show
from .forms import OutcomeForm

LISTED = ("reference", "received_at", "due_on", "closed_at", "erase_at")


@needs(permissions.COMPLAINTS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List complaints, the open ones first; without what they say."""
    now = timezone.now()
    rows = Complaint.objects.kept().only(*LISTED).order_by("closed_at", "due_on", "pk")
    open_first = sorted(rows, key=lambda row: row.closed_at is not None)
    listed = [(row, row.is_overdue(at=now)) for row in open_first]
    return show(request, "complaints", "Complaints", {"complaints": listed})


@needs(permissions.COMPLAINTS)
@require_http_methods(["GET", "HEAD", "POST"])
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a complaint, after writing down who reads it; keep what was answered."""
    listed = get_object_or_404(Complaint.objects.kept().only(*LISTED), pk=pk)
    AccessRecord.objects.create(user=request.user, act=AccessRecord.Act.COMPLAINT)
    try:
        complaint = Complaint.objects.get(pk=listed.pk)
    except UndecryptableAnswers as error:
        context = {"complaint": listed, "fault": str(error)}
        return show(request, "complaint", f"Complaint {listed.reference}", context, status=503)
    form = OutcomeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if acts.close(complaint, outcome=form.cleaned_data["outcome"], at=timezone.now()):
            messages.success(request, f"The answer to {complaint.reference} is kept.")
        else:
            messages.warning(request, "Somebody has written down an answer already.")
        return redirect("prevent_data_protection:complaint", complaint.pk)
    context = {
        "complaint": complaint,
        "form": None if complaint.closed_at else form,
        "is_overdue": complaint.is_overdue(at=timezone.now()),
    }
    status = 422 if form.is_bound else 200
    return show(request, "complaint", f"Complaint {complaint.reference}", context, status=status)
