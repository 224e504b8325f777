"""The plugin's one setting, ``PREVENT``: its keys, their defaults, and checks of its values.

PREVENT = {"ORGANISER_EMAIL_DOMAINS": ["council.example"]}
"""

from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

DEFAULTS: dict[str, Any] = {
    # Keys that encrypt sensitive answers, the newest first. Without it, those of the environment
    # variable FIELD_ENCRYPTION_KEYS, separated by commas.
    "FIELD_ENCRYPTION_KEYS": None,
    # The public address of the default site; without it, the one in Wagtail's site record.
    "SITE_URL": "",
    # The only domains that registrations are sent to; an empty list allows every domain.
    "ORGANISER_EMAIL_DOMAINS": [],
    # Who is emailed, once a day at most, when mail is late.
    "TECHNICAL_EMAIL": "",
    # Proxies whose X-Forwarded-For is believed, as addresses or networks.
    "TRUSTED_PROXIES": [],
    # A form that comes back in fewer seconds is asked for again.
    "REGISTRATION_QUICKEST_SECONDS": 2.0,
    # Forms in ten minutes from one address, one network and for one email address.
    "REGISTRATION_LIMIT_ADDRESS": 30,
    "REGISTRATION_LIMIT_NETWORK": 200,
    "REGISTRATION_LIMIT_EMAIL": 10,
    # Bookings that one email address may have for one date.
    "REGISTRATION_LIMIT_PER_DATE": 6,
    # Places that one network may book for one date in a day without confirming an email address.
    "REGISTRATION_PLACES_AT_ONCE": 6,
    # Emails that each kind of form, such as a lost link, may send to one address in a day.
    "EMAILS_PER_DAY": 10,
    # Searches a minute from one address.
    "SEARCH_LIMIT_ADDRESS": 120,
    # For how many days answers to "Was this page useful?" are stored.
    "FEEDBACK_DAYS": 365,
    # Whether staff can flag a safeguarding concern about a registration.
    "FLAGGING": True,
    # How often workers look for mail that is due, how long one email may take, and how many may be
    # tried a minute by all workers together, 0 without limit.
    "OUTBOX_SWEEP_SECONDS": 1.0,
    "OUTBOX_MESSAGE_SECONDS": 30.0,
    "OUTBOX_PER_MINUTE": 0,
    # Which of TASKS wakes mail workers at once; none needs to.
    "OUTBOX_TASKS_BACKEND": "",
    # Who is told of changes, as {"url": …, "secret": …}, and the private networks they may be in.
    "WEBHOOKS": [],
    "WEBHOOK_NETWORKS": [],
    # Origins whose pages may use the APIs from a browser, like "https://front.council.example".
    "API_ORIGINS": [],
    # How long a copy of a public answer may be used without asking, in seconds.
    "API_MAX_AGE": 60,
    # The largest body that an API takes, in bytes.
    "API_MAX_BODY": 64 * 1024,
    # Where a front end of its own shows drafts, like "https://front.council.example/preview".
    "PREVIEW_URL": "",
    # How long a preview can be fetched, in seconds.
    "PREVIEW_SECONDS": 3600,
    # Whether our pages load the plugin's own styles and script, all of them below one class.
    "OWN_ASSETS": True,
    # Which of CACHES holds whole pages, and for how many seconds at most; 0 switches it off.
    "PAGE_CACHE": "default",
    "PAGE_CACHE_SECONDS": 300,
    # How many seconds a shared cache, such as a proxy, may use a page without asking, and again
    # that many while it asks.
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
