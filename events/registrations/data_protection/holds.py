"""Holds in the CMS: the list of them, placing one, lifting one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from .. import holds, permissions
from ..models import ErasureHold, Registration
from .desk import needs, show
from .forms import HoldForm


@needs(permissions.HOLD)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the holds in force on registrations that the user may hold; no names."""
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
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold one registration back. 422 and the form when something is wrong with it."""
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
            messages.success(request, f"{registration.reference} is held.")
            return redirect("prevent_data_protection:holds")
    return show(request, "place_hold", "Hold back from erasure", context, status=422)


@needs(permissions.HOLD)
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """End a hold now."""
    hold = get_object_or_404(
        ErasureHold.objects.filter(registration__in=Registration.objects.holdable_by(request.user)),
        pk=pk,
    )
    if holds.lift(hold, by=request.user, at=timezone.now()):
        messages.success(
            request, "The hold is lifted. What is overdue is erased with the next run of the jobs."
        )
    return redirect("prevent_data_protection:holds")
