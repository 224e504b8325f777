"""Where the public finds a site."""

from django.conf import settings
from wagtail.models import Site


def site_address(site: Site) -> str:
    """Return where the public finds ``site``, like ``https://www.council.example``.

    The default site is at the setting ``SITE_URL``, if there is one: it knows the port and the
    scheme that a proxy shows.
    """
    known = getattr(settings, "SITE_URL", "") if site.is_default_site else ""
    return (known or site.root_url).rstrip("/")
