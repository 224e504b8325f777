"""Cache public answers for visitors without a session, and never longer than they are right.

A cached answer is right while the public version is the one that it was made from
(``public_version``), and until the clock alone changes something. Two kinds are cached, and only as
everyone gets them, without cookie or session:

- pages whose class names its ``page_parameters``; other parameters change nothing about them;
- what a view ``cached_by_whole_query`` calls public: an API, calendar files, feeds. Such a view
  refuses parameters that it does not know.

A form that is cached has a mark where each visitor's one-time token goes (``visitor_marks``).
"""

import gzip
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from functools import cache as remembered
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, get_urlconf, resolve
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, has_vary_header, patch_vary_headers
from django.utils.http import parse_http_date_safe
from django.utils.translation import get_language_from_request
from wagtail.models import Page, get_page_models

from .conf import setting
from .public_version import cached_with_version, next_change
from .visitor_marks import Marks, filled

# The longest that a request waits for another to make the page.
BUILD_SECONDS = 10.0
LOOK_SECONDS = 0.01
# How long an outdated page is remembered as cacheable.
REMEMBERED_SECONDS = 24 * 60 * 60
LONGEST_QUERY = 200
# Longer answers are streamed.
LARGEST_ANSWER = 4 * 1024 * 1024
# Set again for each response.
SET_AGAIN = frozenset({"Content-Length", "Cache-Control", "ETag"})
# Ignored while making an answer, so that it is always complete.
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
LOCALE_MIDDLEWARE = "django.middleware.locale.LocaleMiddleware"


class CachedPage(NamedTuple):
    """An answer ready to send, plain and compressed, and until when it is right.

    An answer with ``marks`` is filled for each visitor, and its headers stay as they are: no other
    cache may store it.
    """

    version: Hashable
    until: float
    headers: dict[str, str]
    etag: str
    plain: bytes
    compressed: bytes
    marks: Marks

    def is_right(self, version: Hashable) -> bool:
        return self.version == version and time.time() < self.until

    def response(self, request: HttpRequest) -> HttpResponse:
        """Return the response to ``request``: 304 if the visitor's own copy is right.

        A browser asks each time; a shared cache may use the page briefly without asking.
        """
        if self.marks:
            content = filled(self.plain, self.marks)
            length = {"Content-Length": str(len(content))}
            return HttpResponse(content, headers=self.headers | length)
        content, etag, headers = self.plain, self.etag, dict(self.headers)
        if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
            content, etag = self.compressed, f"{self.etag}-gzip"
            headers["Content-Encoding"] = "gzip"
        left = (self.until - time.time()) / 2
        shared = max(0, int(min(setting("PAGE_CACHE_SHARED_SECONDS"), left)))
        headers["Content-Length"] = str(len(content))
        headers["ETag"] = f'"{etag}"'
        headers.setdefault(
            "Cache-Control",
            f"public, max-age=0, s-maxage={shared}, stale-while-revalidate={shared}",
        )
        return unless_known(request, HttpResponse(content, headers=headers))


# From the fields of a cached page: a release with other fields caches under other names, so two
# releases can run side by side.
SHAPE = blake2b(repr(CachedPage._fields).encode(), digest_size=4).hexdigest()
PREFIX = f"prevent_content.page.{SHAPE}."


class PageCacheMiddleware:
    """Runs before all middleware that changes a response, so what is cached includes all of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.has_languages = LOCALE_MIDDLEWARE in settings.MIDDLEWARE
        self.session_cookies = {settings.SESSION_COOKIE_NAME, "messages"}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.is_for(request):
            return self.get_response(request)
        pages = caches[setting("PAGE_CACHE")]
        by_whole_query = self.is_by_whole_query(request)
        if connection.in_atomic_block:
            # Uncommitted changes belong to no version yet.
            if by_whole_query:
                return self.get_response(request)
            page = self.build(request, version=None, until=self.latest())
            return page.response(request) if isinstance(page, CachedPage) else page
        key = self.key_for(request, by_whole_query=by_whole_query)
        found, version = look(pages, key)
        if found is not None and by_whole_query and not is_accepted(request, found):
            return self.get_response(request)
        if found is not None and found.is_right(version):
            return found.response(request)
        if request.method == "HEAD":
            return self.get_response(request)
        if found is None:
            return self.make(request, pages, key, version)
        return self.make_in_turn(request, pages, key)

    def is_for(self, request: HttpRequest) -> bool:
        """Return whether ``request`` may get the shared page."""
        return (
            request.method in ("GET", "HEAD")
            and self.session_cookies.isdisjoint(request.COOKIES)
            and "HTTP_AUTHORIZATION" not in request.META
            and len(request.META.get("QUERY_STRING", "")) <= LONGEST_QUERY
            and setting("PAGE_CACHE_SECONDS") > 0
            and has_known_host(request)
            and personal_names().isdisjoint(request.GET)
        )

    def is_by_whole_query(self, request: HttpRequest) -> bool:
        return is_by_whole_query(request.path_info, self.language_of(request), get_urlconf())

    def language_of(self, request: HttpRequest) -> str:
        return get_language_from_request(request, check_path=True) if self.has_languages else ""

    def key_for(self, request: HttpRequest, *, by_whole_query: bool) -> str:
        text = request.META.get("QUERY_STRING", "")
        query: object = sorted(known_query(text).items())
        origin = ""
        if by_whole_query:
            query, origin = text, request.headers.get("Origin", "")
            origin = origin if origin in setting("API_ORIGINS") else ""
        language = self.language_of(request)
        parts = (request.scheme, request.get_host(), request.path_info, query, language, origin)
        return PREFIX + blake2b(repr(parts).encode(), digest_size=16).hexdigest()

    def make_in_turn(self, request: HttpRequest, pages, key: str) -> HttpResponse:
        """Make a page that was cached before; other requests for it wait meanwhile."""
        lock = f"{key}.building"
        deadline = time.monotonic() + BUILD_SECONDS
        while time.monotonic() < deadline:
            is_ours = pages.add(lock, 1, timeout=BUILD_SECONDS)
            try:
                # Even with our own lock: another process may just have made the page.
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
        """Make the page, and cache it under the ``version`` read beforehand."""
        request.visitor_marks = {}
        made = self.build(request, version=version, until=self.latest())
        if not isinstance(made, CachedPage):
            return made
        page = made._replace(until=min(made.until, next_turn(pages, version)))
        # Addresses cached by their whole query are many, so they are not remembered for longer.
        is_page = hasattr(request, "served_page")
        seconds = REMEMBERED_SECONDS if is_page else setting("PAGE_CACHE_SECONDS")
        pages.set(key, tuple(page), timeout=seconds)
        return page.response(request)

    def build(
        self, request: HttpRequest, *, version: Hashable, until: float
    ) -> CachedPage | HttpResponse:
        """Return the answer that the view makes, or its response if it is not cacheable."""
        conditions = {name: request.META.pop(name, None) for name in CONDITIONS}
        response = self.get_response(request)
        request.META.update({name: text for name, text in conditions.items() if text is not None})
        marks = getattr(request, "visitor_marks", None) or {}
        if not is_cacheable(request, response) or not read(response):
            if marks and not response.streaming:
                response.content = filled(response.content, marks)
                response.headers.pop("Content-Length", None)
            return unless_known(request, response)
        content = response.getvalue()
        if not marks:
            patch_vary_headers(response, ["Accept-Encoding"])
        is_page = hasattr(request, "served_page") and not marks
        left_out = SET_AGAIN if is_page else SET_AGAIN - {"Cache-Control"}
        return CachedPage(
            version,
            until,
            {name: value for name, value in response.items() if name not in left_out},
            response.headers.get("ETag", "").removeprefix("W/").strip('"')
            or blake2b(content, digest_size=12).hexdigest(),
            content,
            b"" if marks else gzip.compress(content, 6, mtime=0),
            marks,
        )

    def latest(self) -> float:
        return (timezone.now() + timedelta(seconds=setting("PAGE_CACHE_SECONDS"))).timestamp()


def look(pages, key: str) -> tuple[CachedPage | None, Hashable]:
    """Return what is cached under ``key``, and the version it must have."""
    found, version = cached_with_version(pages, key)
    return CachedPage(*found) if found else None, version


def next_turn(pages, version: Hashable) -> float:
    """Return when the clock alone next changes something; looked up once per version."""
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


def is_accepted(request: HttpRequest, found: CachedPage) -> bool:
    """Return whether the client accepts the cached content type."""
    return request.accepts(found.headers.get("Content-Type", "").partition(";")[0])


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return ``response``, or 304 if its ETag or Last-Modified shows the client has it."""
    if not any(name in request.META for name in CONDITIONS):
        return response
    modified = parse_http_date_safe(response.headers.get("Last-Modified", ""))
    asked = parse_http_date_safe(request.META.get("HTTP_IF_MODIFIED_SINCE", ""))
    # A time to come is no valid condition (RFC 9110, section 13.1.3).
    is_to_come = asked is not None and asked > time.time()
    return get_conditional_response(
        request,
        etag=response.headers.get("ETag"),
        last_modified=None if is_to_come else modified,
        response=response,
    )


def read(response: HttpResponse) -> bool:
    """Read a streamed answer; return whether it is short enough to cache."""
    if not response.streaming:
        return True
    chunks, length = [], 0
    for chunk in response:
        chunks.append(chunk)
        length += len(chunk)
        if length > LARGEST_ANSWER:
            response.streaming_content = chain(chunks, response.streaming_content)
            return False
    response.streaming_content = chunks
    return True


@lru_cache(maxsize=1024)
def is_by_whole_query(path: str, language: str, urlconf: str | None) -> bool:
    """Return whether the view at ``path`` uses or refuses every query parameter."""
    with translation.override(language or settings.LANGUAGE_CODE):
        try:
            view = resolve(path, urlconf).func
        except Resolver404:
            return False
    return getattr(view, "cached_by_whole_query", False)


def known_query(text: str) -> dict[str, str]:
    """Return the parameters that lead to another page; the rest change nothing."""
    if not text:
        return {}
    known = known_names()
    given = dict(parse_qsl(text, keep_blank_values=True))
    return {name: value for name, value in given.items() if value and name in known}


@remembered
def known_names() -> frozenset[str]:
    models = get_page_models()
    return frozenset().union(*(getattr(model, "page_parameters", ()) for model in models))


@remembered
def personal_names() -> frozenset[str]:
    """Return the parameters for a person's own answers, with which a page is not cached."""
    models = get_page_models()
    return frozenset().union(*(getattr(model, "personal_parameters", ()) for model in models))


def note_served_page(page: Page, request: HttpRequest, args, kwargs) -> None:
    """Tell the middleware which page Wagtail is about to serve; a ``before_serve_page`` hook."""
    request.served_page = page


def is_cacheable(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether ``response`` is the same for everyone: no cookie and no session.

    It must also depend only on its cache key, so that made-up addresses create no copies.
    """
    control = response.headers.get("Cache-Control", "")
    is_public = not any(word in control for word in ("private", "no-store", "no-cache"))
    return (
        (is_public or bool(getattr(request, "visitor_marks", None)))
        and (is_known_page(request) or is_public_answer(request, control))
        and response.status_code == 200
        and not response.cookies
        and not has_vary_header(response, "Cookie")
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
    )


def is_known_page(request: HttpRequest) -> bool:
    parameters = getattr(getattr(request, "served_page", None), "page_parameters", None)
    asked = known_query(request.META.get("QUERY_STRING", ""))
    return parameters is not None and parameters.issuperset(asked)


def is_public_answer(request: HttpRequest, control: str) -> bool:
    """Return whether a view cached by its whole query marks its answer as public."""
    view = request.resolver_match and request.resolver_match.func
    is_everyones = "public" in control or bool(getattr(request, "visitor_marks", None))
    return is_everyones and getattr(view, "cached_by_whole_query", False)
