"""The site's own middleware: request identifiers, security headers, size limits, health checks."""

import re
import secrets
from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from events.registrations.health import healthz, readyz
from prevent_content.conf import setting

from .log import request_id

REQUEST_ID = "X-Request-ID"
# What a proxy may pass on. It ends up in log lines, so nothing else is accepted.
GIVEN = re.compile(r"[0-9a-f]{16,64}")

CHECKS = {"/healthz": healthz, "/readyz": readyz}

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
# What front ends on other hosts load: data and pictures, but no pages.
SHARED = ("/api/", "/calendar/", "/media/", "/documents/")
# On Wagtail 8's screens with date, page and row choosers, each widget starts with an inline script.
# None of these screens shows personal data or is part of signing in.
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


def name_of(environ: dict) -> str:
    """Return the proxy's identifier for a request, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if GIVEN.fullmatch(given) else secrets.token_hex(16)


class RequestIdMiddleware:
    """Use the proxy's identifier for a request, or make one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = name_of(request.META)
        request_id.set(name)
        response = self.get_response(request)
        response[REQUEST_ID] = name
        return response


def origin(url: str) -> str:
    """Return the scheme and host of ``url``; "" if it has no host."""
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
    """Return the policy of the API documentation page: Swagger UI sets styles as it draws."""
    return public_policy().replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


def cms_policy(section: str = "") -> str:
    """Return the policy of CMS screens: no scripts but our own files, and inline styles.

    Draftail, Telepath and the sidebar write style attributes; the editors' ``section`` also has
    inline scripts. Previews are framed, ours or the front end's, and signing in may lead to the
    organisation's own host.
    """
    return policy(
        script_src="'self' 'unsafe-inline'" if section in EDITING else "'self'",
        style_src="'self' 'unsafe-inline'",
        img_src=f"'self' data: blob: {settings.MEDIA_HOST}",
        font_src="'self' data:",
        connect_src="'self'",
        frame_src=f"'self' {origin(setting('PREVIEW_URL'))}",
        form_action=f"'self' {origin(settings.OIDC_SERVER_URL)}",
        frame_ancestors="'self'",
    )


class SecurityHeadersMiddleware:
    """Tells browsers where the parts of a page may come from, and who may embed it.

    Django 5.2 has no such header yet, and two fixed policies need no library.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.public = public_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A preview is a public page within a CMS screen and has the public policy.
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


class BodyLimitMiddleware:
    """Refuse bodies that are larger than anything the address needs, before reading any of it.

    Only members of staff upload files: the CMS accepts as much as its largest upload and a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH")
        if not length:
            return self.get_response(request)
        is_cms = request.path.startswith(reverse("wagtailadmin_home"))
        most = settings.CMS_BODY_BYTES if is_cms else settings.PUBLIC_BODY_BYTES
        if not length.isascii() or not length.isdigit():
            return sentence("The length of the request is not a number.", 400)
        if int(length) > most:
            return sentence(f"That is too much at once: at most {most} bytes are taken here.", 413)
        return self.get_response(request)


def sentence(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


class HealthCheckMiddleware:
    """Answer monitors before anything checks the host name.

    They send the machine's address as Host, which is not in ``ALLOWED_HOSTS``. Neither answer
    depends on it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        check = CHECKS.get(request.path_info)
        return check(request) if check else self.get_response(request)
