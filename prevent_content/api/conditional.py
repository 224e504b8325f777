"""Answers that are sent once: a client that has a copy is told whether it is still right."""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from .conf import setting

try:
    RELEASE = version("prevent-roundtables")
except PackageNotFoundError:
    RELEASE = "source"


def etag_of(*parts: object) -> str:
    """Return a strong ETag (RFC 9110, section 8.8.3) that differs whenever one of ``parts`` does.

    A new release of the program may say the same things differently, so it counts too.
    """
    return f'"{blake2b(repr((RELEASE, *parts)).encode(), digest_size=12).hexdigest()}"'


def unless_known(
    request: HttpRequest,
    build: Callable[[], HttpResponse | dict],
    *,
    etag: str,
    changed_at: datetime | None,
) -> HttpResponse:
    """Answer 304 if the client's copy is right, and only otherwise ``build`` the answer.

    ``etag`` differs whenever the answer does, and ``changed_at`` is when it last may have.
    """
    last_modified = int(changed_at.timestamp()) if changed_at else None
    response = get_conditional_response(request, etag=etag, last_modified=last_modified)
    if response is None:
        built = build()
        response = built if isinstance(built, HttpResponse) else JsonResponse(built)
        if response.status_code != 200:
            return response
    response["ETag"] = etag
    if last_modified is not None:
        response["Last-Modified"] = http_date(last_modified)
    response["Cache-Control"] = f"public, max-age={setting('PREVENT_API_MAX_AGE')}"
    return response
