"""The CMS sign-in page: Wagtail's form, followed by allauth's second step."""

from typing import Any

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from wagtail.admin.views.account import LoginView as WagtailLoginView
from wagtail.admin.views.account import LogoutView as WagtailLogoutView

from events.registrations.limits import client_address

from .proof import record_proof


class LoginView(WagtailLoginView):
    """Wagtail's sign-in, asking for a second factor before a session begins."""

    def form_valid(self, form: Any) -> HttpResponse:
        remember = form.cleaned_data.get("remember")
        self.request.session.set_expiry(settings.SESSION_COOKIE_AGE if remember else 0)
        user = form.get_user()
        record_proof(self.request, user, "password")
        return perform_login(self.request, user, redirect_url=self.get_success_url())

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            **kwargs,
            organisation=settings.OIDC_NAME if settings.OIDC_ENABLED else "",
            provider=settings.OIDC_PROVIDER,
        )


class LogoutView(WagtailLogoutView):
    """Wagtail's sign-out, by POST alone: after a link it would report one that never happened."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method != "POST":
            return redirect("wagtailadmin_home")
        return super().dispatch(request, *args, **kwargs)


def front_end_login(request: HttpRequest) -> HttpResponse:
    """Redirect Wagtail's sign-in for visitors to the CMS sign-in, the only one there is."""
    query = request.GET.urlencode()
    return redirect(f"{reverse('wagtailadmin_login')}{'?' if query else ''}{query}")


def address_of(request: HttpRequest) -> str:
    """Return the address that django-axes and allauth count failures for."""
    return client_address(request)


def refused(request: HttpRequest, sentence: str, status: int = 403) -> HttpResponse:
    """Answer with ``sentence``, which says what to do."""
    return render(request, "sign_in/refused.html", {"sentence": sentence}, status=status)


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict | None
) -> HttpResponse:
    """Refuse after too many attempts, whether or not the account exists."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    return refused(
        request,
        f"There were too many attempts to sign in with this name. Try again in {minutes} minutes.",
        status=429,
    )
