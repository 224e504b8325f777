"""A name for each request, in its answer and in each line of the log that it causes."""

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# What a proxy may hand on: it ends up in log lines, so nothing else than this is taken.
GIVEN = re.compile(r"[0-9a-f]{16,64}")

current: ContextVar[str] = ContextVar("request_id", default="-")


def name_of(environ: dict) -> str:
    """Return the proxy's name for a request, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if GIVEN.fullmatch(given) else secrets.token_hex(16)


class RequestId:
    """Take the proxy's name for a request, or make one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = name_of(request.META)
        token = current.set(name)
        try:
            response = self.get_response(request)
        finally:
            current.reset(token)
        response[HEADER] = name
        return response


class RequestIdFilter(logging.Filter):
    """Put the name of the request into each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True
