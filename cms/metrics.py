"""Figures for Prometheus, for whoever has the token."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import Gauge

from events.registrations.mail import notices

UNDELIVERABLE = Gauge(
    "prevent_undeliverable_emails",
    "Emails that could not be delivered and that nobody has dealt with",
    multiprocess_mode="mostrecent",
)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer 401 without ``Authorization: Bearer`` and ``METRICS_TOKEN``."""
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        refusal = HttpResponse("The token is missing or wrong.\n", status=401)
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    UNDELIVERABLE.set(notices.unresolved().count())
    return ExportToDjangoView(request)
