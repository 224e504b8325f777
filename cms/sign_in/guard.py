"""No session counts until it has shown a second factor, and exports and erasures ask again.

This holds however someone signed in. If ``SECOND_FACTOR_REQUIRED`` is off, a password is enough.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from . import proof

# Signing out, and the text and icons that Wagtail serves to everyone.
OPEN = {
    "wagtailadmin_logout",
    "account_logout",
    "wagtailadmin_javascript_catalog",
    "wagtailadmin_sprite",
}
SETTING_UP = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}
SHOWING = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
# Exports and erasures, which ask who someone is again, even within a session. Where something is
# typed first, the page with the form asks, so sending the form may take longer.
REGISTRATION = "prevent_registrations_registration_modeladmin_"
ASKING = {
    f"{REGISTRATION}export",
    "prevent_registrations_accessrecord_modeladmin_export",
    "prevent_data_protection:index",
}
SENDING = {
    f"{REGISTRATION}export": f"{REGISTRATION}index",
    "prevent_data_protection:find": "prevent_data_protection:index",
    "prevent_data_protection:copy": "prevent_data_protection:index",
    "prevent_data_protection:erase": "prevent_data_protection:index",
}
LONGER = 4
MOST_TICKS = 100


class SignInGuard:
    """Runs after Django's and allauth's own middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECOND_FACTOR_REQUIRED:
            request.signed_in = request.user
            request.user = SimpleLazyObject(lambda: proven(request, request.signed_in))
        response = self.get_response(request)
        if request.path.startswith(f"{reverse('wagtailadmin_home')}sign-in/"):
            # Keep secrets, recovery codes and the pages leading to them out of every cache.
            add_never_cache_headers(response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        is_cms = request.path.startswith(reverse("wagtailadmin_home"))
        if not settings.SECOND_FACTOR_REQUIRED or not is_cms:
            return None
        name = request.resolver_match.view_name
        if request.signed_in.is_authenticated:
            step = next_step(request, request.signed_in, name)
            if step is not None:
                return step
        return ask_again(request, name)


def proven(request: HttpRequest, user: Any) -> Any:
    """Return ``user`` if the session has shown all that it must, else the anonymous user."""
    if not user.is_authenticated or proof.is_over(request, user):
        return AnonymousUser()
    if not proof.has_shown_second_factor(request, user):
        return AnonymousUser()
    if not proof.is_trusted_elsewhere(request, user) and not proof.has_second_factor(user):
        return AnonymousUser()
    return user


def next_step(request: HttpRequest, user: Any, name: str) -> HttpResponse | None:
    """Return where a session must go to show more; nothing if it has shown enough.

    On those pages ``request.user`` is whoever has given a password.
    """
    if request.user.is_authenticated or name in OPEN:
        return None
    if proof.is_over(request, user):
        logout(request)
        request.signed_in = request.user = AnonymousUser()
        return None
    steps, first = (
        (SHOWING, "mfa_reauthenticate")
        if proof.has_second_factor(user)
        else (SETTING_UP, "mfa_index")
    )
    if name in steps:
        request.user = user
        request.must_set_up_second_factor = steps is SETTING_UP
        return None
    return HttpResponseRedirect(address(first, request.get_full_path()))


def ask_again(request: HttpRequest, name: str) -> HttpResponse | None:
    """Return the page that asks who someone is, if the action needs it."""
    sends = request.method == "POST" and name in SENDING
    if not request.user.is_authenticated or not (sends or name in ASKING):
        return None
    within = settings.PROOF_LASTS * (LONGER if sends else 1)
    if proof.is_fresh(request, request.user, within=within) or not can_be_asked(request.user):
        return None
    back = page_before(request, reverse(SENDING[name])) if sends else request.get_full_path()
    return HttpResponseRedirect(address("account_reauthenticate", back))


def page_before(request: HttpRequest, path: str) -> str:
    """Return ``path`` with the filters and ticks the person had set there."""
    before = urlsplit(request.headers.get("Referer", ""))
    query = before.query if before.path == path else request.POST.get("filter", "")
    ticks = [("registration", key) for key in request.POST.getlist("registration")[:MOST_TICKS]]
    if request.POST.get("everything"):
        ticks.append(("everything", "on"))
    query = "&".join(filter(None, [query, urlencode(ticks)]))
    return f"{path}?{query}" if query else path


def can_be_asked(user: Any) -> bool:
    """Return whether the user has a password or a second factor to ask for."""
    return user.has_usable_password() or proof.has_second_factor(user)


def address(name: str, then: str) -> str:
    return f"{reverse(name)}?{urlencode({'next': then})}"
