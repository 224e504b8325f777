"""Where the public finds a site and its pages."""

from django.conf import settings
from django.http import HttpRequest
from wagtail.models import Page, Site


def site_address(site: Site) -> str:
    """Return where the public finds ``site``, like ``https://www.council.example``.

    The default site is at the setting ``SITE_URL``, if there is one: it knows the port and the
    scheme that a proxy shows.
    """
    known = getattr(settings, "SITE_URL", "") if site.is_default_site else ""
    return (known or site.root_url).rstrip("/")


def page_address(page: Page, request: HttpRequest | None = None) -> str:
    """Return the absolute address of ``page``; "" if it belongs to no site.

    Asks the database for its site, unless that is the one of ``request``.
    """
    parts = page.get_url_parts(request)
    if parts is None or parts[2] is None:
        return ""
    site = Site.find_for_request(request) if request else None
    if site is None or site.pk != parts[0]:
        site = Site.objects.get(pk=parts[0])
    return site_address(site) + parts[2]
