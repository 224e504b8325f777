"""Whole pages, kept for visitors without a session, and never longer than they are right.

A page is kept with the generation of what the public sees (``generation.py``) and until the clock
alone changes something; after either it is made anew, by one visitor for all who ask meanwhile.
Only pages of classes that say what they are kept by (``kept_for``) are kept, as everybody gets
them: without cookie, token or session.
"""

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache as remembered
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, has_vary_header, patch_vary_headers
from django.utils.translation import get_language_from_request
from wagtail.models import Page, get_page_models

from .api.conf import setting
from .generation import InCache, Place, place
from .routing import find_route

# Asks when, after ``at``, the clock alone next changes what the public sees. A receiver returns
# a moment or None; one that is too early costs a page made anew, one too late would be wrong.
turns_wanted = Signal()

# The longest that somebody waits for another's page before making it too.
BUILD_SECONDS = 10.0
LOOK_SECONDS = 0.01
LONGEST_QUERY = 200
# Said anew whenever a page goes out.
SAID_ANEW = frozenset({"Content-Length", "Cache-Control", "ETag"})
LOCALE_MIDDLEWARE = "django.middleware.locale.LocaleMiddleware"


class Kept(NamedTuple):
    """A page as it goes out, plain and compressed, and until when it is right."""

    generation: object
    until: float
    headers: dict[str, str]
    etag: str
    plain: bytes
    compressed: bytes

    def is_right(self, generation: object) -> bool:
        return self.generation == generation and time.time() < self.until

    def in_the_encoding_of(self, accepted: str) -> tuple[bytes, str, dict[str, str]]:
        """Return content, entity tag and headers for who accepts the encodings ``accepted``."""
        if "gzip" in accepted:
            headers = {**self.headers, "Content-Encoding": "gzip"}
            return self.compressed, f"{self.etag}-gzip", headers
        return self.plain, self.etag, self.headers

    def response(self, request: HttpRequest) -> HttpResponse:
        """Return the answer to ``request``: 304 if the visitor's own copy is right."""
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        content, etag, headers = self.in_the_encoding_of(accepted)
        response = HttpResponse(content, headers=headers)
        return described(request, response, etag, seconds=self.until - time.time())


# By what is kept of a page: another version of the program keeps its pages under other names, and
# neither takes the other's for its own while both run.
SHAPE = blake2b(repr(Kept._fields).encode(), digest_size=4).hexdigest()
PREFIX = f"prevent_content.page.{SHAPE}."


@dataclass(slots=True)
class Visit:
    """What is known of a request whose page is not kept yet."""

    key: str
    generation: object
    asked: frozenset[str]
    is_building: bool = False


class PageCacheMiddleware:
    """Stands before everything that makes or changes an answer: what is kept has all of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.has_languages = LOCALE_MIDDLEWARE in settings.MIDDLEWARE
        self.session_cookies = {settings.SESSION_COOKIE_NAME, "messages"}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = known_host(request) if self.is_for(request) else ""
        if not host:
            return self.get_response(request)
        if connection.in_atomic_block:
            # What the transaction has changed is of no generation yet.
            return self.shown(request)
        cache = caches[setting("PREVENT_PAGE_CACHE")]
        kept, visit = self.look_for(request, host, cache, place(cache))
        if kept is not None:
            return kept.response(request)
        if request.method != "GET":
            return self.get_response(request)
        request.visit = visit
        try:
            return self.build(request, cache, visit)
        finally:
            if visit.is_building:
                cache.delete(lock_of(visit.key))

    def look_for(
        self, request: HttpRequest, host: str, cache, where: Place
    ) -> tuple[Kept | None, Visit]:
        """Return what is kept for ``request``, if that is right, and what is known of the visit."""
        query = known_query(request.META.get("QUERY_STRING", ""))
        key = self.key_for(request, host, query)
        kept, generation = look(cache, key, where)
        is_right = kept is not None and kept.is_right(generation)
        return kept if is_right else None, Visit(key, generation, frozenset(query))

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        """Let one visitor make a page that is not kept, and answer the others with it."""
        visit = getattr(request, "visit", None)
        page = visit and find_route(request, args, kwargs)
        if not is_kept(page, visit):
            return None
        cache = caches[setting("PREVENT_PAGE_CACHE")]
        deadline = time.monotonic() + BUILD_SECONDS
        while time.monotonic() < deadline:
            visit.is_building = cache.add(lock_of(visit.key), 1, timeout=BUILD_SECONDS)
            # Also by the one whose turn it is: another may have made it just before.
            kept, visit.generation = look(cache, visit.key, place(cache))
            if kept and kept.is_right(visit.generation):
                if visit.is_building:
                    visit.is_building = False
                    cache.delete(lock_of(visit.key))
                return kept.response(request)
            if visit.is_building:
                return None
            time.sleep(LOOK_SECONDS)
        return None

    def is_for(self, request: HttpRequest) -> bool:
        """Whether ``request`` may be answered with what everybody gets."""
        return (
            request.method in ("GET", "HEAD")
            and self.session_cookies.isdisjoint(request.COOKIES)
            and "HTTP_AUTHORIZATION" not in request.META
            and len(request.META.get("QUERY_STRING", "")) <= LONGEST_QUERY
            and setting("PREVENT_PAGE_CACHE_SECONDS") > 0
        )

    def key_for(self, request: HttpRequest, host: str, query: dict[str, str]) -> str:
        language = get_language_from_request(request, check_path=True) if self.has_languages else ""
        parts = (request.scheme, host, request.path_info, sorted(query.items()))
        return PREFIX + blake2b(repr((parts, language)).encode(), digest_size=16).hexdigest()

    def build(self, request: HttpRequest, cache, visit: Visit) -> HttpResponse:
        """Make the page, and keep it as of the generation that was read before."""
        response = self.get_response(request)
        if not visit.is_building or not is_for_everybody(request, response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        until = until_when(cache, visit.generation)
        kept = Kept(
            visit.generation,
            until,
            {name: value for name, value in response.items() if name not in SAID_ANEW},
            etag_of(response),
            response.content,
            gzip.compress(response.content, 6, mtime=0),
        )
        cache.set(visit.key, tuple(kept), timeout=max(1, until - time.time()))
        return kept.response(request)

    def shown(self, request: HttpRequest) -> HttpResponse:
        """Make the page and keep it nowhere; say of it what is said of one that is kept."""
        response = self.get_response(request)
        query = known_query(request.META.get("QUERY_STRING", ""))
        visit = Visit("", None, frozenset(query))
        route = getattr(request, "_wagtail_route_for_request", None)
        if not is_kept(route and route[0], visit) or not is_for_everybody(request, response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        seconds = setting("PREVENT_PAGE_CACHE_SECONDS")
        return described(request, response, etag_of(response), seconds=seconds)


def described(
    request: HttpRequest, response: HttpResponse, etag: str, *, seconds: float
) -> HttpResponse:
    """Tell browsers and shared caches how long ``response``, right for ``seconds``, may be kept.

    A browser asks each time, which costs it a 304.
    """
    for name, value in said_of(response.content, etag, seconds=seconds).items():
        response.headers[name] = value
    if "HTTP_IF_NONE_MATCH" in request.META:
        return get_conditional_response(request, etag=f'"{etag}"', response=response)
    return response


def said_of(content: bytes, etag: str, *, seconds: float) -> dict[str, str]:
    """Return the headers ``SAID_ANEW`` of a page that is right for ``seconds``."""
    shared = max(0, int(min(setting("PREVENT_PAGE_CACHE_SHARED_SECONDS"), seconds / 2)))
    return {
        "Content-Length": str(len(content)),
        "ETag": f'"{etag}"',
        "Cache-Control": f"public, max-age=0, s-maxage={shared}, stale-while-revalidate={shared}",
    }


def look(cache, key: str, where: Place) -> tuple[Kept | None, object]:
    """Return what is kept under ``key``, and the generation that it has to be of."""
    if isinstance(where, InCache):
        found = cache.get_many([key, where.key])
        kept, generation = found.get(key), found.get(where.key) or where.read()
    else:
        kept, generation = cache.get(key), where.read()
    return Kept(*kept) if kept else None, generation


def lock_of(key: str) -> str:
    return f"{key}.building"


def until_when(cache, generation: object) -> float:
    """Return until when pages of ``generation`` that are made now are right."""
    now = timezone.now()
    known = cache.get(f"{PREFIX}turn")
    if not known or known[0] != generation or known[1] <= now:
        known = (generation, next_turn(now))
        cache.set(f"{PREFIX}turn", known, timeout=None)
    longest = now + timedelta(seconds=setting("PREVENT_PAGE_CACHE_SECONDS"))
    return min(known[1], longest).timestamp()


def next_turn(at: datetime) -> datetime:
    """Return when, after ``at``, the clock alone next changes what the public sees."""
    answers = [answer for _, answer in turns_wanted.send(sender=None, at=at) if answer]
    return min(answers, default=at + timedelta(days=1))


def known_host(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:
        return ""


def known_query(text: str) -> dict[str, str]:
    """Return the parameters that some page is kept by; the rest changes nothing."""
    if not text:
        return {}
    known = known_names()
    asked = dict(parse_qsl(text, keep_blank_values=True))
    return {name: value for name, value in asked.items() if value and name in known}


@remembered
def known_names() -> frozenset[str]:
    return frozenset().union(*(getattr(model, "kept_for", ()) for model in get_page_models()))


def is_kept(page: Page | None, visit: Visit | None) -> bool:
    """Whether ``page`` is kept by what was asked of it, so that no address makes copies of it."""
    names = getattr(page, "kept_for", None)
    return names is not None and names.issuperset(visit.asked)


def is_for_everybody(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether ``response`` is what anybody gets: no cookie, no token, nobody's session."""
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not has_vary_header(response, "Cookie")
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and not any(
            word in response.headers.get("Cache-Control", "")
            for word in ("private", "no-store", "no-cache")
        )
    )


def etag_of(response: HttpResponse) -> str:
    return blake2b(response.content, digest_size=12).hexdigest()
