"""The settings of the APIs, each with the value that counts where a site says nothing."""

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
}


def setting(name: str):
    """Return the site's setting ``name``, or its default."""
    return getattr(settings, name, DEFAULTS[name])
