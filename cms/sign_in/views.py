"""The door of the CMS: Wagtail's form, with allauth's second step behind it."""

from typing import Any

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from wagtail.admin.views.account import LoginView as WagtailLoginView

from events.registrations.limits import client_address

from .proof import record_authentication


class LoginView(WagtailLoginView):
    """Wagtail's sign-in, which leads whoever has a second factor to it before a session begins."""

    def form_valid(self, form: Any) -> HttpResponse:
        remember = form.cleaned_data.get("remember")
        self.request.session.set_expiry(settings.SESSION_COOKIE_AGE if remember else 0)
        user = form.get_user()
        record_authentication(self.request, user, "password", username=user.get_username())
        return perform_login(self.request, user, redirect_url=self.get_success_url())

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            **kwargs,
            organisation=settings.OIDC_NAME if settings.OIDC_ENABLED else "",
            provider=settings.OIDC_PROVIDER,
        )


def address_of(request: HttpRequest) -> str:
    """Return the address that failures are counted for, for django-axes and allauth alike."""
    return client_address(request)


def refused(request: HttpRequest, sentence: str, status: int = 403) -> HttpResponse:
    """Answer with the ``sentence`` that says what to do."""
    return render(request, "sign_in/refused.html", {"sentence": sentence}, status=status)


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict | None
) -> HttpResponse:
    """Answer who has tried too often, whether or not there is such an account."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    return refused(
        request,
        f"That was too many attempts with this name from here. Try again in {minutes} minutes.",
        status=429,
    )
