"""Making a complaint on the site: the form, and the page that confirms it."""

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from . import cases
from .erasure_requests import protection_settings
from .form_responses import (
    answers_so_far,
    data_for,
    private,
    public_form,
    refusal,
    show,
    show_form,
    too_many,
)
from .guarded_forms import TOO_LONG, ContactForm
from .models import Complaint

RECEIVED_SALT = "prevent_registrations.complaint"
RECEIVED_MAX_AGE = 24 * 60 * 60
TEMPLATE = "complaints/form"
# In a form's token, in place of a registration page's key; no page has it.
FORM_KEY = 0


class ComplaintForm(ContactForm):
    """Who complains, where to send the answer, and what it is about. Nothing else is asked."""

    form_key = FORM_KEY
    kind = "complaint"
    sends_email = True

    text = forms.CharField(
        label=_("What is your complaint?"),
        max_length=5000,
        help_text=_(
            "Tell us what happened and what you would like us to do. If it is about a booking, "
            "include the reference if you have it"
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Enter your complaint"), **TOO_LONG},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _(
            "We’ll send the reference and our answer to this address"
        )


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
def complain(request: HttpRequest) -> HttpResponse:
    """Show the form, or save the complaint and redirect to the confirmation.

    The form comes back with its answers: 422 if there is a mistake, 429 if too many come from one
    place.
    """
    now = timezone.now()
    answers = answers_so_far(request)
    form = ComplaintForm(data_for(request, answers), at=now)
    context = {"form": form, "complaint_days": protection_settings().complaint_days}
    if request.method != "POST":
        return show_form(request, form, TEMPLATE, context, answers)
    if response := refusal(request, form, TEMPLATE, context):
        return response
    given = form.cleaned_data
    if form.exceeds_limits(request):
        return too_many(request, form, TEMPLATE, context)
    complaint = cases.receive(
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
    """Confirm the complaint, with its reference and the day by which it is answered."""
    try:
        reference = signing.loads(token, salt=RECEIVED_SALT, max_age=RECEIVED_MAX_AGE)
        complaint = (
            Complaint.objects.not_erased().only("reference", "due_on").get(reference=reference)
        )
    except (signing.BadSignature, Complaint.DoesNotExist):
        return show(request, "complaints/unknown", {}, status=404)
    return show(request, "complaints/received", {"complaint": complaint})
