"""The pages where people correct their name and change their email address."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from . import corrections
from .booking_views import ASK_OR_ACT, closed, done, with_registration
from .form_responses import (
    answers_so_far,
    data_for,
    public_form,
    refusal,
    show,
    show_form,
    too_many,
)
from .forms import AddressForm, NameForm
from .models import AddressChange, Registration


@ASK_OR_ACT
@with_registration
def name(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Correct the name at once; 422 and the form if something is wrong."""
    answers = answers_so_far(request)
    initial = {"name": registration.name}
    form = NameForm(data_for(request, answers), initial=initial, at=timezone.now())
    context = {"token": token, "registration": registration, "form": form}
    if request.method != "POST":
        return show_form(request, form, "own_name", context, answers)
    if response := refusal(request, form, "own_name", context):
        return response
    corrections.correct_name(registration, form.cleaned_data["name"], at=form.at)
    return done(token, "name")


@ASK_OR_ACT
@with_registration
def email(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Send a link to the new address; 429 if that was requested too often."""
    if not corrections.can_change_address(registration):
        return closed(request, token, registration)
    answers = answers_so_far(request)
    form = AddressForm(data_for(request, answers), at=timezone.now())
    context = {"token": token, "registration": registration, "form": form}
    if request.method != "POST":
        return show_form(request, form, "own_email", context, answers)
    if response := refusal(request, form, "own_email", context):
        return response
    if form.exceeds_limits(request):
        return too_many(request, form, "own_email", context)
    corrections.ask_for_address(registration, form.cleaned_data["email"], at=form.at)
    return done(token, "address_asked")


@ASK_OR_ACT
@public_form
def new_email(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to use the new address, and use it. A GET changes nothing."""
    now = timezone.now()
    try:
        change = AddressChange.from_link_token(token, at=now)
        if request.method != "POST":
            return show(request, "own_new_email", {"change": change})
        registration = corrections.change_address(change, at=now)
    except AddressChange.DoesNotExist:
        return show(request, "own_unknown", {}, status=404)
    return done(registration.link_token(), "address")
