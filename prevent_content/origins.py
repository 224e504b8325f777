"""Where a POST comes from, according to the browser. Replaces CSRF cookies.

As OWASP advises and Go's ``http.CrossOriginProtection`` does it: ``Sec-Fetch-Site`` (Fetch
Metadata) decides, then ``Origin``, then ``Referer``. Programs and very old browsers send none of
them, and no other site can make a visitor's browser leave all of them out.
"""

from enum import Enum
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import is_same_domain


class Source(Enum):
    """``OWN``: this site, or no header says. ``SIBLING``: possibly this site under another name."""

    OWN = "own"
    SIBLING = "sibling"
    FOREIGN = "foreign"


def source_of(request: HttpRequest, *, trusted: list[str] | None = None) -> Source:
    """Return where ``request`` was sent from.

    ``trusted`` are origins allowed to send in addition to Django's ``CSRF_TRUSTED_ORIGINS``.
    """
    origin = request.headers.get("Origin", "")
    if origin and is_trusted(origin, [*settings.CSRF_TRUSTED_ORIGINS, *(trusted or [])]):
        return Source.OWN
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        known = {"same-origin": Source.OWN, "none": Source.OWN, "same-site": Source.SIBLING}
        return known.get(site, Source.FOREIGN)
    if origin == "null":
        # A browser that hides the origin, for example after a redirect.
        return Source.SIBLING
    address = origin or request.headers.get("Referer", "")
    if not address or host_of(address) == request.get_host().lower():
        return Source.OWN
    return Source.FOREIGN


def host_of(address: str) -> str:
    """Return host and port of ``address`` in lower case; "" if it is not an address."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def is_trusted(origin: str, trusted: list[str]) -> bool:
    """Whether ``origin`` matches one of ``trusted``, such as ``https://*.example.org``."""
    try:
        sent = urlsplit(origin)
    except ValueError:
        return False
    for allowed in map(urlsplit, trusted):
        pattern = allowed.netloc.removeprefix("*") if allowed.netloc[:1] == "*" else allowed.netloc
        if sent.scheme == allowed.scheme and is_same_domain(sent.netloc, pattern):
            return True
    return False
