"""Pages for machines: Prometheus metrics, and where to report a vulnerability (RFC 9116)."""

from datetime import date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import Gauge

from events.registrations.mail import alarms
from prevent_content.conf import setting

UNDELIVERABLE = Gauge(
    "prevent_undeliverable_emails",
    "Emails that could not be delivered and that nobody has dealt with",
    multiprocess_mode="mostrecent",
)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer 401 without ``Authorization: Bearer`` and ``METRICS_TOKEN``."""
    token = request.headers.get("Authorization", "")
    if not constant_time_compare(token, f"Bearer {settings.METRICS_TOKEN}"):
        refusal = HttpResponse("The token is missing or wrong.\n", status=401)
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    UNDELIVERABLE.set(alarms.unresolved().count())
    return ExportToDjangoView(request)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Serve contact, expiry, language and canonical address; 404 where no contact is set."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expiry().isoformat()}T00:00:00Z",
        "Preferred-Languages: en",
        f"Canonical: {setting('SITE_URL')}{reverse('security_txt')}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def expiry() -> date:
    return datetime.strptime(settings.SECURITY_TXT_EXPIRES, "%Y-%m-%d").date()  # noqa: DTZ007
