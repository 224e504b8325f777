"""The settings of APIs and page cache, with the values that count where a site says nothing."""

from django.conf import settings

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
