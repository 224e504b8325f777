"""The plugin's one setting, ``PREVENT``: its keys, defaults and checks.

PREVENT = {"ORGANISER_EMAIL_DOMAINS": ["council.example"]}
"""

from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

DEFAULTS: dict[str, Any] = {
    # Keys that encrypt sensitive answers, newest first. By default, those in the environment
    # variable FIELD_ENCRYPTION_KEYS, separated by commas.
    "FIELD_ENCRYPTION_KEYS": None,
    # The public address of the default site; by default, the one in Wagtail's site record.
    "SITE_URL": "",
    # The only domains that registrations may be sent to; an empty list allows every domain.
    "ORGANISER_EMAIL_DOMAINS": [],
    # Who is emailed, once a day at most, when email is late.
    "TECHNICAL_EMAIL": "",
    # Proxies whose X-Forwarded-For is trusted, as addresses or networks.
    "TRUSTED_PROXIES": [],
    # A form returned in fewer seconds must be sent again.
    "REGISTRATION_QUICKEST_SECONDS": 2.0,
    # Forms in ten minutes from one address, from one network and for one email address.
    "REGISTRATION_LIMIT_ADDRESS": 30,
    "REGISTRATION_LIMIT_NETWORK": 200,
    "REGISTRATION_LIMIT_EMAIL": 10,
    # Bookings one email address may have for one date.
    "REGISTRATION_LIMIT_PER_DATE": 6,
    # Places that one network may book for one date in a day without confirming an email address.
    "REGISTRATION_PLACES_AT_ONCE": 6,
    # Emails that each kind of form, such as a lost link, may send to one address in a day.
    "EMAILS_PER_DAY": 10,
    # Searches a minute from one address.
    "SEARCH_LIMIT_ADDRESS": 120,
    # Days for which answers to "Was this page useful?" are stored.
    "FEEDBACK_DAYS": 365,
    # Whether staff can flag a safeguarding concern about a registration.
    "FLAGGING": True,
    # How often workers look for email that is due, how long one email may take, and how many all
    # workers may try a minute (0: no limit).
    "OUTBOX_SWEEP_SECONDS": 1.0,
    "OUTBOX_MESSAGE_SECONDS": 30.0,
    "OUTBOX_PER_MINUTE": 0,
    # Which of TASKS wakes mail workers at once; optional.
    "OUTBOX_TASKS_BACKEND": "",
    # Who receives changes, as {"url": …, "secret": …}, and the private networks they may be in.
    "WEBHOOKS": [],
    "WEBHOOK_NETWORKS": [],
    # Origins whose pages may use the APIs from a browser, like "https://front.council.example".
    "API_ORIGINS": [],
    # How long a copy of a public answer may be used without revalidation, in seconds.
    "API_MAX_AGE": 60,
    # The largest body that an API accepts, in bytes.
    "API_MAX_BODY": 64 * 1024,
    # Where a separate front end shows drafts, like "https://front.council.example/preview".
    "PREVIEW_URL": "",
    # How long a preview can be fetched, in seconds.
    "PREVIEW_SECONDS": 3600,
    # Whether our pages load the plugin's own styles and script, scoped to one class.
    "OWN_ASSETS": True,
    # Which of CACHES holds whole pages, and for how many seconds at most; 0 switches it off.
    "PAGE_CACHE": "default",
    "PAGE_CACHE_SECONDS": 300,
    # How many seconds a shared cache, such as a proxy, may use a page without revalidation, and
    # again that many while it revalidates.
    "PAGE_CACHE_SHARED_SECONDS": 15,
}


def setting(name: str) -> Any:
    """Return the site's value of the key ``name`` of ``PREVENT``, or its default."""
    return getattr(settings, "PREVENT", {}).get(name, DEFAULTS[name])


@register()
def keys_are_known(app_configs, **kwargs) -> list[Error]:
    return [
        Error(
            f"PREVENT has the key “{name}”, which means nothing.",
            hint=f"Did you mean “{similar[0]}”?" if similar else "Remove it: docs/plugin.md.",
            id="prevent_content.E002",
        )
        for name in getattr(settings, "PREVENT", {})
        if name not in DEFAULTS
        for similar in [get_close_matches(str(name).upper(), DEFAULTS, 1)]
    ]


@register()
def origins_are_origins(app_configs, **kwargs) -> list[Error]:
    return [
        Error(
            f"API_ORIGINS in PREVENT has “{origin}”, which is not an origin.",
            hint='Enter scheme and host alone, like "https://front.council.example".',
            id="prevent_content.E001",
        )
        for origin in setting("API_ORIGINS")
        if not is_origin(origin)
    ]


def is_origin(text: str) -> bool:
    """Whether ``text`` is written as browsers write an Origin (RFC 6454, section 6.2)."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and text == f"{parts.scheme}://{parts.netloc.lower()}"
