"""Where to report a vulnerability, RFC 9116; and a warning before the page expires."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

WARN_BEFORE = timedelta(days=30)
# RFC 9116, section 2.5.5: less than a year ahead.
LONGEST = timedelta(days=366)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Serve contact, expiry, language and canonical address; 404 where no contact is set."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expiry().isoformat()}T00:00:00Z",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{reverse('security_txt')}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def expiry() -> date:
    return datetime.strptime(settings.SECURITY_TXT_EXPIRES, "%Y-%m-%d").date()  # noqa: DTZ007


@register(Tags.security, deploy=True)
def contact_is_known_and_current(app_configs, **kwargs) -> list[Warning]:
    if not settings.SECURITY_CONTACT:
        return [
            Warning(
                "Nobody can learn whom to tell about a vulnerability.",
                hint="Set SECURITY_CONTACT, for example to mailto:security@council.example",
                id="cms.W001",
            )
        ]
    try:
        left = expiry() - timezone.localdate()
    except ValueError:
        left = timedelta()
    if WARN_BEFORE < left < LONGEST:
        return []
    return [
        Warning(
            f"security.txt says that it holds until {settings.SECURITY_TXT_EXPIRES}, which is "
            "past, near, too far off, or no date.",
            hint="See that the contact is right, then set SECURITY_TXT_EXPIRES to a date within "
            "a year, such as 2027-10-31.",
            id="cms.W002",
        )
    ]
