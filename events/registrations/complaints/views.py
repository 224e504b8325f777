"""The public journey of a complaint: the form, and the page that says it was kept."""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from ..erasure_requests import protection_settings
from ..models import Complaint
from ..views import private, show, too_many
from . import acts
from .forms import ComplaintForm

RECEIVED_SALT = "prevent_registrations.complaint"
RECEIVED_MAX_AGE = 24 * 60 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def complain(request: HttpRequest) -> HttpResponse:
    """Show the form, or keep the complaint and redirect to what says so.

    The form comes back whole with 422 when something is wrong with it, 429 when too many come
    from one place.
    """
    now = timezone.now()
    is_post = request.method == "POST"
    form = ComplaintForm(request.POST if is_post else None, at=now)
    context = {"form": form, "complaint_days": protection_settings().complaint_days}
    if not is_post:
        return show(request, "complaints/form", context)
    if not form.is_valid():
        return show(request, "complaints/form", context, status=422)
    given = form.cleaned_data
    if form.exceeds_limits(request):
        return too_many(request, "complaints/form", context)
    complaint = acts.receive(
        name=given["name"],
        email=given["email"],
        text=given["text"],
        key=given["submission_key"],
        at=now,
    )
    token = signing.dumps(complaint.reference, salt=RECEIVED_SALT)
    return private(redirect("prevent_registrations:complaint_received", token))


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """Say that the complaint was kept, with its reference and when it is answered."""
    try:
        reference = signing.loads(token, salt=RECEIVED_SALT, max_age=RECEIVED_MAX_AGE)
        complaint = Complaint.objects.kept().only("reference", "due_on").get(reference=reference)
    except (signing.BadSignature, Complaint.DoesNotExist):
        return show(request, "complaints/unknown", {}, status=404)
    return show(request, "complaints/received", {"complaint": complaint})
