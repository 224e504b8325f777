"""How many forms may come from one address, one network and one e-mail address.

Counted in the database, so that all processes and hosts count together. Nothing that tells who
somebody is gets stored: sources are hashed with the site's key and the day.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest

from .models.rate_count import RateCount

WINDOW_SECONDS = 600
NETWORK_PREFIX = {4: 24, 6: 48}
ADDRESS_PREFIX = {4: 32, 6: 64}
LIMIT_EMAIL = 10


def client_address(request: HttpRequest) -> str:
    """Return the visitor's address: what the nearest proxy that we do not trust connected from.

    ``X-Forwarded-For`` is read from its end, and only as far as the proxies of
    ``TRUSTED_PROXIES`` wrote it; whatever a visitor puts into it counts for nothing.
    """
    trusted = [ip_network(proxy.strip(), strict=False) for proxy in settings.TRUSTED_PROXIES]
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while is_within(address, trusted) and forwarded and (last := forwarded.pop().strip()):
        if not is_address(last):
            break
        address = last
    return address


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(text: str, networks: list) -> bool:
    return is_address(text) and any(ip_address(text) in network for network in networks)


def network_of(address: str, prefixes: dict[int, int]) -> str:
    """Return the network that ``address`` is in; the text itself if it is no IP address."""
    if not is_address(address):
        return address
    parsed = ip_address(address)
    return str(ip_network(f"{address}/{prefixes[parsed.version]}", strict=False))


def is_too_many(request: HttpRequest, *, email: str = "", at: datetime) -> bool:
    """Count a form from where ``request`` comes, and tell whether that was one too many."""
    address = client_address(request)
    limits = {
        hashed("address", network_of(address, ADDRESS_PREFIX), at): (
            settings.REGISTRATION_LIMIT_ADDRESS
        ),
        hashed("network", network_of(address, NETWORK_PREFIX), at): (
            settings.REGISTRATION_LIMIT_NETWORK
        ),
    }
    if email:
        limits[hashed("email", email.lower(), at)] = LIMIT_EMAIL
    window = int(at.timestamp()) // WINDOW_SECONDS
    rows = RateCount.objects.filter(window=window, source__in=limits)
    if rows.update(count=F("count") + 1) < len(limits):
        known = set(rows.values_list("source", flat=True))
        RateCount.objects.bulk_create(
            [RateCount(source=source, window=window) for source in limits.keys() - known],
            ignore_conflicts=True,
        )
    return any(count > limits[source] for source, count in rows.values_list("source", "count"))


def hashed(kind: str, value: str, at: datetime) -> str:
    """Return a keyed hash of ``value`` that is another one tomorrow."""
    message = f"{kind}:{at:%Y-%m-%d}:{value}"
    return hmac.new(settings.SECRET_KEY.encode(), message.encode(), sha256).hexdigest()


def forget_old(*, at: datetime) -> int:
    """Delete the counts of windows that are over; return how many."""
    window = int(at.timestamp()) // WINDOW_SECONDS
    return RateCount.objects.filter(window__lt=window).delete()[0]


def forget_person(email: str, *, at: datetime) -> None:
    """Delete the counts of forms that came with ``email``, today and yesterday."""
    days = (at, at - timedelta(days=1))
    sources = [hashed("email", email.lower(), day) for day in days]
    RateCount.objects.filter(source__in=sources).delete()
