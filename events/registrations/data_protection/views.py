"""The data protection screens for holds and certificates, and their overview."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from .. import holds, permissions
from ..form_responses import private
from ..models import Complaint, ErasureCertificate, ErasureHold, Registration, SubjectRequest
from ..review.base import refused
from .base import needs, show
from .forms import FindForm, HoldForm


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show what there is to do, to users with one of the rights."""
    if not permissions.may_any(request.user, *permissions.DATA_PROTECTION):
        return private(refused(request))
    now = timezone.now()
    context = {
        "form": FindForm(),
        "holds": ErasureHold.objects.in_force(at=now).count(),
        "overdue_and_held": Registration.objects.overdue_for_erasure(at=now).held(at=now).count(),
        **{
            f"{state}_{name}": number
            for name, model in (("complaints", Complaint), ("requests", SubjectRequest))
            for state, number in model.objects.waiting(at=now).items()
        },
    }
    return show(request, "index", "Data protection", context)


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """List the latest certificates, for users who answer requests or erase."""
    if not permissions.may_any(request.user, permissions.SUBJECT_ACCESS, permissions.ERASE):
        return private(refused(request))
    latest = ErasureCertificate.objects.select_related("by")[:100]
    return show(request, "certificates", "Certificates of erasure", {"certificates": latest})


@needs(permissions.HOLD)
@require_safe
def hold_list(request: HttpRequest) -> HttpResponse:
    """List the current holds on registrations that the user may hold, without names."""
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
