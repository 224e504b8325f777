"""Kept pages, handed out before Django is asked at all: what a WSGI server calls first.

Django's own way to an answer (its chain of middleware, its signals) costs more than a page that is
there already. Whatever is not simply there, whole and right, is Django's, which finds it by the
same ``PageCacheMiddleware``.
"""

import time
from collections.abc import Callable, Iterable

from django.core.cache import caches
from django.http import HttpRequest

from .api.conf import setting
from .generation import InDatabase, place
from .page_cache import PageCacheMiddleware, known_host, said_of

# What takes more thought: cookies, and answers with less than the whole page.
THOUGHT = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")


class Asked(HttpRequest):
    """As much of a request as pages are kept by; it leaves ``environ`` as it came."""

    def __init__(self, environ: dict):
        self.META, self.COOKIES, self.method = environ, {}, environ["REQUEST_METHOD"]
        # PEP 3333 has the bytes of a path as Latin-1.
        self.path_info = environ.get("PATH_INFO", "").encode("latin-1").decode()

    def _get_scheme(self) -> str:
        return self.META["wsgi.url_scheme"]


class FrontDoor:
    """A WSGI application before ``application``.

    ``pages`` says which requests may be answered from what is kept; ``named`` returns headers that
    each answer has for itself, like its name in the log.
    """

    def __init__(
        self,
        application: Callable,
        pages: PageCacheMiddleware,
        named: Callable[[dict], list[tuple[str, str]]] = lambda environ: [],
    ):
        self.application, self.pages, self.named = application, pages, named

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        found = self.find(environ)
        if found is None:
            return self.application(environ, start_response)
        content, headers = found
        start_response("200 OK", [*headers.items(), *self.named(environ)])
        return [content]

    def find(self, environ: dict) -> tuple[bytes, dict[str, str]] | None:
        """Return the page that ``environ`` asks for with its headers, if it is kept and right."""
        if environ["REQUEST_METHOD"] != "GET" or any(map(environ.get, THOUGHT)):
            return None
        try:
            request = Asked(environ)
        except UnicodeError:
            return None
        host = known_host(request) if self.pages.is_for(request) else ""
        cache = caches[setting("PREVENT_PAGE_CACHE")]
        where = place(cache)
        if not host or environ.get("SCRIPT_NAME") or isinstance(where, InDatabase):
            return None
        kept, _ = self.pages.look_for(request, host, cache, where)
        if kept is None:
            return None
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        content, etag, headers = kept.in_the_encoding_of(accepted)
        return content, headers | said_of(content, etag, seconds=kept.until - time.time())
