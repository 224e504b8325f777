"""Errors as problem details (RFC 9457): one shape for whatever goes wrong."""

from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse

CONTENT_TYPE = "application/problem+json"
# A name for each kind that a program may want to tell from others of the same status.
URN = "urn:prevent-roundtables:problem:"

DETAILS = {
    400: "The request cannot be understood. Check it against openapi.json.",
    404: "Nothing is published at this address.",
    405: "This address does not take that method. See the header Allow.",
    406: "This address answers in JSON. Send “Accept: application/json”.",
    413: "The body is larger than this address takes.",
    415: "Send the body as JSON, with “Content-Type: application/json”.",
}

# As RFC 9110 has them; http.HTTPStatus has older words for them before Python 3.13.
PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}


def phrase(status: int) -> str:
    """Return the reason phrase of an HTTP status (RFC 9110)."""
    return PHRASES.get(status) or HTTPStatus(status).phrase


def problem(
    status: int,
    *,
    kind: str = "",
    detail: str = "",
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return the problem of ``status``, with one entry for each field in ``errors``.

    ``kind`` names it for programs, as a URN; without one, the status says all there is to say
    (``about:blank``). ``errors`` are {name of a field: a sentence}, "" for the request as a whole.
    """
    said: dict[str, object] = {
        "type": f"{URN}{kind}" if kind else "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": detail or DETAILS.get(status, ""),
    }
    if errors is not None:
        said["errors"] = [
            {"field": field, "pointer": pointer(field), "detail": sentence}
            for field, sentence in errors.items()
        ]
    return JsonResponse(said, status=status, content_type=CONTENT_TYPE, headers=headers)


def pointer(field: str) -> str:
    """Return the JSON pointer (RFC 6901) to a field such as ``answers.your_question``."""
    escaped = field.replace("~", "~0").replace("/", "~1")
    return "#/" + escaped.replace(".", "/") if field else "#"
