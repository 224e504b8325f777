"""The settings of APIs and page cache: their defaults, and the check of what a site sets."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

DEFAULTS: dict[str, object] = {
    # Origins whose pages may use the APIs from a browser, like "https://front.council.example".
    "PREVENT_API_ORIGINS": [],
    # How long a copy of a public answer may be used without asking, in seconds.
    "PREVENT_API_MAX_AGE": 60,
    # The largest body that an API takes, in bytes.
    "PREVENT_API_MAX_BODY": 64 * 1024,
    # Where a front end of its own shows drafts, like "https://front.council.example/preview".
    "PREVENT_PREVIEW_URL": "",
    # How long a preview can be fetched, in seconds.
    "PREVENT_PREVIEW_SECONDS": 3600,
    # Which of CACHES keeps whole pages, and for how many seconds at the longest; 0: none is kept.
    "PREVENT_PAGE_CACHE": "default",
    "PREVENT_PAGE_CACHE_SECONDS": 300,
    # How many seconds a shared cache, such as a proxy, may use a page without asking, and again
    # that many while it asks.
    "PREVENT_PAGE_CACHE_SHARED_SECONDS": 15,
}


def setting(name: str):
    """Return the site's setting ``name``, or its default."""
    return getattr(settings, name, DEFAULTS[name])


@register()
def origins_are_origins(app_configs, **kwargs) -> list[Error]:
    return [
        Error(
            f"PREVENT_API_ORIGINS names “{origin}”, which is not an origin.",
            hint='Enter scheme and host alone, like "https://front.council.example".',
            id="prevent_content.E001",
        )
        for origin in setting("PREVENT_API_ORIGINS")
        if not is_origin(origin)
    ]


def is_origin(text: str) -> bool:
    """Whether ``text`` is written as browsers write an Origin (RFC 6454, section 6.2)."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and text == f"{parts.scheme}://{parts.netloc.lower()}"
