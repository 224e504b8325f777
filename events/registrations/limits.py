"""Limits on forms from one address, from one network and for one email address.

Counted in the database, so that all processes and hosts count together; searches, which change
nothing, in the cache. Nothing stored identifies anyone: sources are hashed with the site's key and
the day.
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from events.models import Occurrence
from events.search import LONGEST_QUERY
from prevent_content.conf import setting

from .models.operations import RateCount

WINDOW_SECONDS = 600
NETWORK_PREFIX = {4: 24, 6: 48}
# The kinds of forms that email any address someone types in.
FORMS_THAT_EMAIL = ("link", "complaint", "new address")
ADDRESS_PREFIX = {4: 32, 6: 64}


def client_address(request: HttpRequest) -> str:
    """Return the visitor's address: the one from which the nearest untrusted proxy connected.

    ``X-Forwarded-For`` is read from its end, and only as far as the proxies of ``TRUSTED_PROXIES``
    wrote it; a visitor's own entries are ignored.
    """
    proxies = setting("TRUSTED_PROXIES")
    trusted = [ip_network(proxy.strip(), strict=False) for proxy in proxies]
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


def parse(text: str) -> IPv4Address | IPv6Address:
    """Return the address in ``text``; an IPv4 address shown by an IPv6 socket becomes IPv4."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def is_within(text: str, networks: list) -> bool:
    return is_address(text) and any(parse(text) in network for network in networks)


def network_of(address: str, prefixes: dict[int, int]) -> str:
    """Return the network of ``address``, or the text itself if it is not an IP address."""
    if not is_address(address):
        return address
    parsed = parse(address)
    return str(ip_network((parsed.packed, prefixes[parsed.version]), strict=False))


def is_too_many(request: HttpRequest, *, at: datetime, form: str, times: int = 1) -> bool:
    """Count a form from the source of ``request``; return whether that was one too many.

    Each kind of ``form`` is counted separately, so page feedback does not use up bookings. Limits
    are ``times`` the settings.
    """
    address = client_address(request)
    limits = {
        hashed(f"address:{form}", network_of(address, ADDRESS_PREFIX), at): setting(
            "REGISTRATION_LIMIT_ADDRESS"
        ),
        hashed(f"network:{form}", network_of(address, NETWORK_PREFIX), at): setting(
            "REGISTRATION_LIMIT_NETWORK"
        ),
    }
    counted = count(list(limits), at=at)
    return any(number > times * limits[source] for source, number in counted)


def is_too_many_for(email: str, *, at: datetime, form: str) -> bool:
    """Count a ``form`` that emails ``email``; return whether that was one too many.

    Each kind of form has its own number of emails in ten minutes and in a day.
    """
    source = hashed(f"email:{form}", email.lower(), at)
    ((_, number),) = count([source], at=at)
    ((_, today),) = count([source], at=at, window=end_of_day(at))
    return number > setting("REGISTRATION_LIMIT_EMAIL") or today > setting("EMAILS_PER_DAY")


def network_for(request: HttpRequest, occurrence: Occurrence, *, at: datetime) -> str:
    """Return a hash of the network of ``request``, for one date and one day only."""
    network = network_of(client_address(request), NETWORK_PREFIX)
    return hashed(f"places:{occurrence.uuid}", network, at)


def count_places(network: str, places: int, *, at: datetime) -> int:
    """Count ``places`` for a network from ``network_for``; return today's total."""
    ((_, number),) = count([network], at=at, window=end_of_day(at), times=places)
    return number


def end_of_day(at: datetime) -> int:
    """Return the last window of the day, on which the hashes of ``hashed`` depend."""
    return int(at.replace(hour=23, minute=59, second=59).timestamp()) // WINDOW_SECONDS


def count(
    sources: list[str], *, at: datetime, window: int | None = None, times: int = 1
) -> list[tuple[str, int]]:
    """Count ``times`` more of each of ``sources`` in ``window``; return the new totals.

    The window is that of ``at`` by default.

    One statement, so that no count is lost to concurrency. It locks the rows in the order of
    ``sources``, narrower ones first, so that there are no deadlocks.
    """
    table, source, column, number = map(
        connection.ops.quote_name, [RateCount._meta.db_table, "source", "window", "count"]
    )
    present = int(at.timestamp()) // WINDOW_SECONDS if window is None else window
    values = ", ".join(["(%s, %s, %s)"] * len(sources))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({source}, {column}, {number}) VALUES {values} "  # noqa: S608 # nosec B608 - names
            f"ON CONFLICT ({source}, {column}) DO UPDATE "
            f"SET {number} = {table}.{number} + EXCLUDED.{number} "
            f"RETURNING {source}, {number}",
            [part for text in sources for part in (text, present, times)],
        )
        return cursor.fetchall()


def hashed(kind: str, value: str, at: datetime) -> str:
    """Return a keyed hash of ``value`` that changes every day."""
    message = f"{kind}:{at:%Y-%m-%d}:{value}"
    return hmac.new(settings.SECRET_KEY.encode(), message.encode(), sha256).hexdigest()


def forget_old(*, at: datetime) -> int:
    """Delete the counts of past windows; return how many."""
    window = int(at.timestamp()) // WINDOW_SECONDS
    return RateCount.objects.filter(window__lt=window).delete()[0]


def forget_person(email: str, *, at: datetime) -> None:
    """Delete the counts of forms sent with ``email`` today and yesterday."""
    days = (at, at - timedelta(days=1))
    sources = [
        hashed(f"email:{form}", email.lower(), day) for day in days for form in FORMS_THAT_EMAIL
    ]
    RateCount.objects.filter(source__in=sources).delete()


def limit_searches(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Limit each address to ``SEARCH_LIMIT_ADDRESS`` searches a minute with ``view``.

    Beyond it the form comes back with its words and 429. With an in-memory cache each process
    counts separately, and without a cache nothing is counted.
    """

    @wraps(view)
    def limited(request: HttpRequest) -> HttpResponse:
        text = request.GET.get("query", "").strip()
        most = setting("SEARCH_LIMIT_ADDRESS")
        if not text or count_search(request, at=timezone.now()) <= most:
            return view(request)
        problem = _("You have searched too many times. Wait a minute, then search again")
        context = {"query": text[:LONGEST_QUERY], "results": None, "problem": problem}
        response = TemplateResponse(request, "prevent_events/search.html", context, status=429)
        response["Retry-After"] = "60"
        add_never_cache_headers(response)
        return response

    return limited


def count_search(request: HttpRequest, *, at: datetime) -> int:
    """Count a search from the source of ``request``; return the total this minute."""
    network = network_of(client_address(request), ADDRESS_PREFIX)
    key = f"{hashed('search', network, at)}:{int(at.timestamp()) // 60}"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key)
    except ValueError:
        return 0
