"""What browsers are told about every answer: where its parts may come from, and who may embed it.

Django 5.2 has no such header of its own yet, and two fixed policies need no library.
"""

from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)
# What front ends on other hosts load: data and pictures, never pages.
SHARED = ("/api/", "/calendar/", "/media/", "/documents/")
# Wagtail 8's screens on which dates, pages and rows are chosen start each widget by a script within
# the page. Personal data and signing in are on none of them.
EDITING = (
    "forms",
    "groups",
    "pages",
    "redirects",
    "reports",
    "settings",
    "sites",
    "snippets",
    "users",
    "workflows",
)
CSP = "Content-Security-Policy"


def origin(url: str) -> str:
    """Return scheme and host of ``url``; nothing if it names no host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def policy(**sources: str) -> str:
    """Return a policy that allows ``sources`` and nothing else."""
    named = {"default_src": "'none'", "base_uri": "'none'", "object_src": "'none'", **sources}
    return "; ".join(
        f"{name.replace('_', '-')} {' '.join(value.split())}" for name, value in named.items()
    )


def public_policy() -> str:
    return policy(
        script_src="'self'",
        style_src="'self'",
        img_src=f"'self' data: {settings.MEDIA_HOST}",
        font_src="'self'",
        connect_src="'self'",
        manifest_src="'self'",
        form_action="'self'",
        frame_ancestors="'none'",
    )


def api_docs_policy() -> str:
    """Return the policy of the page that shows the API: Swagger UI sets styles as it draws."""
    return public_policy().replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


def cms_policy(section: str = "") -> str:
    """Return the policy of the CMS's screens: no script but files of ours, styles as they come.

    Draftail, Telepath and the sidebar write style attributes; in the ``section`` of an editor there
    are scripts too. Previews are framed, ours or the front end's; a sign-in leads to the
    organisation's own host.
    """
    return policy(
        script_src="'self' 'unsafe-inline'" if section in EDITING else "'self'",
        style_src="'self' 'unsafe-inline'",
        img_src=f"'self' data: blob: {settings.MEDIA_HOST}",
        font_src="'self' data:",
        connect_src="'self'",
        frame_src=f"'self' {origin(settings.PREVENT_PREVIEW_URL)}",
        form_action=f"'self' {origin(settings.OIDC_SERVER_URL)}",
        frame_ancestors="'self'",
    )


class SecurityHeaders:
    """Stands first, so that it also sees the answers that other middleware makes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.public = public_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A preview is a public page within a screen of the CMS: it comes with the public policy.
        if response.headers.get(CSP, self.public) == self.public:
            response.headers[CSP] = self.policy_for(request.path)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        shared = request.path.startswith(SHARED)
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy", "cross-origin" if shared else "same-origin"
        )
        return response

    @cached_property
    def cms(self) -> str:
        return reverse("wagtailadmin_home")

    @cached_property
    def api_docs(self) -> str:
        return reverse("prevent_api:docs")

    def policy_for(self, path: str) -> str:
        if path.startswith(self.cms):
            return cms_policy(path.removeprefix(self.cms).partition("/")[0])
        return api_docs_policy() if path == self.api_docs else self.public
