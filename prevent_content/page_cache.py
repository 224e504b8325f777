"""Whole pages, cached for visitors without a session, and never longer than they are right.

A cached page is right while the public version is the one that it was made from
(``public_version``), and until the clock alone changes something. Only pages whose class names its
``page_parameters`` are cached, and only as everyone gets them: without cookie, token or session.
"""

import gzip
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from functools import cache as remembered
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, has_vary_header, patch_vary_headers
from django.utils.translation import get_language_from_request
from wagtail.models import Page, get_page_models

from .conf import setting
from .public_version import cached_with_version, next_change

# The longest that someone waits for another's page before making it too.
BUILD_SECONDS = 10.0
LOOK_SECONDS = 0.01
# How long a page that is no longer right is remembered as one that can be cached.
REMEMBERED_SECONDS = 24 * 60 * 60
LONGEST_QUERY = 200
# Set again whenever a page goes out.
SET_AGAIN = frozenset({"Content-Length", "Cache-Control", "ETag"})
LOCALE_MIDDLEWARE = "django.middleware.locale.LocaleMiddleware"


class CachedPage(NamedTuple):
    """A page as it goes out, plain and compressed, and until when it is right."""

    version: Hashable
    until: float
    headers: dict[str, str]
    etag: str
    plain: bytes
    compressed: bytes

    def is_right(self, version: Hashable) -> bool:
        return self.version == version and time.time() < self.until

    def response(self, request: HttpRequest) -> HttpResponse:
        """Return the answer to ``request``: 304 if the visitor's own copy is right.

        A browser asks each time; a shared cache may use the page for a moment without asking.
        """
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        content, etag, headers = self.plain, self.etag, dict(self.headers)
        if "gzip" in accepted:
            content, etag = self.compressed, f"{self.etag}-gzip"
            headers["Content-Encoding"] = "gzip"
        left = (self.until - time.time()) / 2
        shared = max(0, int(min(setting("PAGE_CACHE_SHARED_SECONDS"), left)))
        headers["Content-Length"] = str(len(content))
        headers["ETag"] = f'"{etag}"'
        headers["Cache-Control"] = (
            f"public, max-age=0, s-maxage={shared}, stale-while-revalidate={shared}"
        )
        response = HttpResponse(content, headers=headers)
        if "HTTP_IF_NONE_MATCH" in request.META:
            return get_conditional_response(request, etag=f'"{etag}"', response=response)
        return response


# By what a cached page is made of: another release of the program caches under other names, and
# neither takes the other's pages for its own while both run.
SHAPE = blake2b(repr(CachedPage._fields).encode(), digest_size=4).hexdigest()
PREFIX = f"prevent_content.page.{SHAPE}."


class PageCacheMiddleware:
    """Stands before all middleware that changes an answer: what is cached has all of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.has_languages = LOCALE_MIDDLEWARE in settings.MIDDLEWARE
        self.session_cookies = {settings.SESSION_COOKIE_NAME, "messages"}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.is_for(request):
            return self.get_response(request)
        pages = caches[setting("PAGE_CACHE")]
        if connection.in_atomic_block:
            # What the transaction has changed is of no version yet.
            page = self.build(request, version=None, until=self.latest())
            return page.response(request) if isinstance(page, CachedPage) else page
        key = self.key_for(request)
        found, version = look(pages, key)
        if found is not None and found.is_right(version):
            return found.response(request)
        if request.method == "HEAD":
            return self.get_response(request)
        if found is None:
            return self.make(request, pages, key, version)
        return self.make_in_turn(request, pages, key)

    def is_for(self, request: HttpRequest) -> bool:
        """Return whether ``request`` may be answered with what everyone gets."""
        return (
            request.method in ("GET", "HEAD")
            and self.session_cookies.isdisjoint(request.COOKIES)
            and "HTTP_AUTHORIZATION" not in request.META
            and len(request.META.get("QUERY_STRING", "")) <= LONGEST_QUERY
            and setting("PAGE_CACHE_SECONDS") > 0
            and has_known_host(request)
        )

    def key_for(self, request: HttpRequest) -> str:
        language = get_language_from_request(request, check_path=True) if self.has_languages else ""
        query = sorted(known_query(request.META.get("QUERY_STRING", "")).items())
        parts = (request.scheme, request.get_host(), request.path_info, query, language)
        return PREFIX + blake2b(repr(parts).encode(), digest_size=16).hexdigest()

    def make_in_turn(self, request: HttpRequest, pages, key: str) -> HttpResponse:
        """Make a page that was cached before; whoever asks meanwhile waits for it."""
        lock = f"{key}.building"
        deadline = time.monotonic() + BUILD_SECONDS
        while time.monotonic() < deadline:
            is_ours = pages.add(lock, 1, timeout=BUILD_SECONDS)
            try:
                # Also when it is ours: another may have made the page just before.
                found, version = look(pages, key)
                if found is not None and found.is_right(version):
                    return found.response(request)
                if is_ours:
                    return self.make(request, pages, key, version)
            finally:
                if is_ours:
                    pages.delete(lock)
            time.sleep(LOOK_SECONDS)
        return self.get_response(request)

    def make(self, request: HttpRequest, pages, key: str, version: Hashable) -> HttpResponse:
        """Make the page, and cache it as of the ``version`` that was read before."""
        made = self.build(request, version=version, until=self.latest())
        if not isinstance(made, CachedPage):
            return made
        page = made._replace(until=min(made.until, next_turn(pages, version)))
        pages.set(key, tuple(page), timeout=REMEMBERED_SECONDS)
        return page.response(request)

    def build(
        self, request: HttpRequest, *, version: Hashable, until: float
    ) -> CachedPage | HttpResponse:
        """Return the page that the view makes; its response if it is not one to be cached."""
        response = self.get_response(request)
        if not is_cacheable(request, response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        return CachedPage(
            version,
            until,
            {name: value for name, value in response.items() if name not in SET_AGAIN},
            blake2b(response.content, digest_size=12).hexdigest(),
            response.content,
            gzip.compress(response.content, 6, mtime=0),
        )

    def latest(self) -> float:
        return (timezone.now() + timedelta(seconds=setting("PAGE_CACHE_SECONDS"))).timestamp()


def look(pages, key: str) -> tuple[CachedPage | None, Hashable]:
    """Return what is cached under ``key``, and the version that it has to be of."""
    found, version = cached_with_version(pages, key)
    return CachedPage(*found) if found else None, version


def next_turn(pages, version: Hashable) -> float:
    """Return when the clock alone next changes something; asked once for each version."""
    now = timezone.now()
    known = pages.get(f"{PREFIX}turn")
    if not known or known[0] != version or known[1] <= now:
        known = (version, next_change(now))
        pages.set(f"{PREFIX}turn", known, timeout=None)
    return known[1].timestamp()


def has_known_host(request: HttpRequest) -> bool:
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def known_query(text: str) -> dict[str, str]:
    """Return the parameters that lead to another page somewhere; the rest changes nothing."""
    if not text:
        return {}
    known = known_names()
    given = dict(parse_qsl(text, keep_blank_values=True))
    return {name: value for name, value in given.items() if value and name in known}


@remembered
def known_names() -> frozenset[str]:
    models = get_page_models()
    return frozenset().union(*(getattr(model, "page_parameters", ()) for model in models))


def note_served_page(page: Page, request: HttpRequest, args, kwargs) -> None:
    """Tell the middleware which page Wagtail is about to serve; a hook, ``before_serve_page``."""
    request.served_page = page


def is_cacheable(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether ``response`` is what anyone gets: no cookie, no token, nobody's session.

    And whether its page knows all that the address asks for, so that no address makes copies.
    """
    parameters = getattr(getattr(request, "served_page", None), "page_parameters", None)
    return (
        parameters is not None
        and parameters.issuperset(known_query(request.META.get("QUERY_STRING", "")))
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not has_vary_header(response, "Cookie")
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and not any(
            word in response.headers.get("Cache-Control", "")
            for word in ("private", "no-store", "no-cache")
        )
    )
