"""A person's own registration, behind the signed link of their email.

A GET never changes anything, because mail scanners follow links. Each action has a page that asks,
and a POST from that page does it.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from . import actions, date_messages, erasure_requests, held_places
from .corrections import can_change_address
from .database import in_one_transaction
from .emails.links import event_address, joining_link
from .form_responses import (
    answers_so_far,
    data_for,
    private,
    public_form,
    refusal,
    refused,
    show,
    show_form,
    too_many,
)
from .forms import DetailsForm, LinkForm, MoveForm
from .models import Registration

ASK_OR_ACT = require_http_methods(["GET", "HEAD", "POST"])
# What people read after confirming their email address, by the outcome.
CONFIRMED = {
    Registration.Status.CONFIRMED: _("Your place is confirmed"),
    Registration.Status.WAITING: _("You are on the waiting list"),
    Registration.Status.RECEIVED: _("We have received your request"),
}
DONE = {
    "changed": _("Your booking has been changed"),
    "name": _("Your name has been changed"),
    "address_asked": _("We have sent a link to your new email address"),
    "address": _("Your email address has been changed"),
    "moved": _("You have moved to another date"),
    "withdrawn": _("You have cancelled your place"),
}


def with_registration(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Find the registration of the link, or say that the link no longer works."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str) -> HttpResponse:
        try:
            registration = Registration.from_link_token(token)
        except Registration.DoesNotExist:
            return show(request, "own_unknown", {}, status=404)
        return view(request, token, registration)

    return public_form(wrapper)


def can_change(registration: Registration) -> bool:
    return registration.can_be_changed and registration.occurrence.starts_at > timezone.now()


def can_withdraw(registration: Registration) -> bool:
    is_to_come = registration.occurrence.starts_at > timezone.now()
    return can_change(registration) or (registration.is_to_confirm and is_to_come)


def confirmation_context(token: str, registration: Registration) -> dict:
    """Return the context of pages about a booking whose email address is unconfirmed."""
    now, page = timezone.now(), registration.page
    return {
        "token": token,
        "registration": registration,
        "is_held": registration.is_held(at=now),
        "held_until": registration.held_until,
        "can_confirm": held_places.can_confirm(registration, at=now),
        "by_approval": bool(page and page.approval),
        "waiting_list": bool(page and page.waiting_list),
    }


@require_safe
@with_registration
def own(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Show what is stored about the person, and what they can do."""
    asked = request.GET.get("done", "")
    now_is = Registration.Status(registration.status)
    done = CONFIRMED.get(now_is) if asked == "confirmed" else DONE.get(asked)
    return show(
        request,
        "own",
        {
            **confirmation_context(token, registration),
            "occurrence": registration.occurrence,
            "answers": [*registration.answers, *registration.sensitive_answers],
            "joining_link": joining_link(registration),
            "messages": date_messages.sent_to(registration),
            "can_change": can_change(registration) and registration.page is not None,
            "can_withdraw": can_withdraw(registration),
            "can_change_address": can_change_address(registration),
            "done": done or "",
        },
    )


@ASK_OR_ACT
@with_registration
def confirm(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Ask whether to confirm the booking, and do it; 409 if it is too late or the date is full."""
    now = timezone.now()
    if not registration.is_to_confirm:
        return done(token, "confirmed")
    if not held_places.can_confirm(registration, at=now):
        return closed(request, token, registration)
    context = confirmation_context(token, registration)
    if request.method != "POST":
        return show(request, "own_confirm", context)
    try:
        held_places.confirm(registration, at=now)
    except actions.RegistrationActionError as error:
        if not error.is_full:
            return closed(request, token, registration)
        context |= {"problem": str(error), "event_url": event_address(registration)}
        return show(request, "own_confirm", context, status=409)
    return done(token, "confirmed")


@ASK_OR_ACT
@with_registration
def change(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Change guests and answers; 422 and the form if something is wrong, 409 if too late."""
    if not can_change(registration) or registration.page is None:
        return closed(request, token, registration)
    answers = answers_so_far(request)
    form = DetailsForm(data_for(request, answers), registration=registration, at=timezone.now())
    context = {"token": token, "registration": registration, "form": form}
    if request.method != "POST":
        return show_form(request, form, "own_change", context, answers)
    if response := refusal(request, form, "own_change", context):
        return response
    try:
        actions.change_details(
            registration,
            guests=form.cleaned_data.get("guests", 0),
            answers=form.answers(sensitive=False),
            sensitive_answers=form.answers(sensitive=True),
            discreet=form.cleaned_data["discreet"],
            consent_text=form.page.consent_text,
        )
    except actions.RegistrationActionError as error:
        form.add_error("guests" if "guests" in form.fields else None, str(error))
        return refused(request, form, "own_change", context, status=409)
    return done(token, "changed")


@ASK_OR_ACT
@with_registration
def move(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Move to another date of the event."""
    if not can_change(registration) or registration.page is None:
        return closed(request, token, registration)
    answers = answers_so_far(request)
    form = MoveForm(data_for(request, answers), registration=registration, at=timezone.now())
    context = {"token": token, "registration": registration, "form": form}
    if request.method != "POST":
        return show_form(request, form, "own_move", context, answers)
    if response := refusal(request, form, "own_move", context):
        return response
    try:
        actions.move(registration, form.cleaned_data["occurrence"])
    except actions.RegistrationActionError as error:
        form.add_error("occurrence", str(error))
        return refused(request, form, "own_move", context, status=409)
    return done(token, "moved")


@ASK_OR_ACT
@with_registration
def withdraw(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Ask whether to cancel the place, and do it."""
    if registration.status == Registration.Status.WITHDRAWN:
        return done(token, "withdrawn")
    if not can_withdraw(registration):
        return closed(request, token, registration)
    if request.method != "POST":
        return show(request, "own_withdraw", {"token": token, "registration": registration})
    try:
        actions.withdraw(registration)
    except actions.RegistrationActionError:
        return closed(request, token, registration)
    return done(token, "withdrawn")


@ASK_OR_ACT
@with_registration
def erase(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Ask whether to erase everything about the person now, and do it."""
    if request.method != "POST":
        return show(request, "own_erase", {"token": token, "registration": registration})
    is_erased = erasure_requests.erase_at_wish(registration, at=timezone.now())
    return private(redirect(f"prevent_registrations:{'erased' if is_erased else 'held'}"))


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return show(request, "own_erased", {})


@require_safe
def held(request: HttpRequest) -> HttpResponse:
    return show(request, "own_held", {})


@ASK_OR_ACT
@public_form
def lost_link(request: HttpRequest) -> HttpResponse:
    """Send an address's links to that address, and reveal to nobody whether there are any."""
    answers = answers_so_far(request)
    form = LinkForm(data_for(request, answers), at=timezone.now())
    context = {"form": form}
    if request.method != "POST":
        return show_form(request, form, "lost_link", context, answers)
    if response := refusal(request, form, "lost_link", context):
        return response
    if not send_links(request, form):
        return too_many(request, form, "lost_link", context)
    return private(redirect("prevent_registrations:link_sent"))


@in_one_transaction
def send_links(request: HttpRequest, form: LinkForm) -> bool:
    """Count the request and queue the links; return False if there were too many.

    One transaction, so that it ends with a write whether or not the address is known.
    """
    if form.exceeds_limits(request):
        return False
    actions.enqueue_links(form.cleaned_data["email"], at=form.at)
    return True


@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    return show(request, "link_sent", {})


def closed(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Say that it is too late to change anything."""
    context = {"token": token, "registration": registration}
    return show(request, "own_closed", context, status=409)


def done(token: str, what: str) -> HttpResponse:
    response = redirect("prevent_registrations:own", token)
    response["Location"] += f"?done={what}"
    return private(response)
