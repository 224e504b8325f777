"""How every API address behaves: methods, formats, sizes, origins, caching and problems.

Errors are problem details (RFC 9457), all in one shape.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from hashlib import blake2b
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from ..conf import setting

View = Callable[..., HttpResponse]

# Besides the headers browsers always allow (Fetch, CORS-safelisted headers).
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-None-Match"
RESPONSE_HEADERS = "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After"
PREFLIGHT_SECONDS = "600"

# The length of every list, by default and at most.
USUAL_ANSWER = 20
LONGEST_ANSWER = 100

CONTENT_TYPE = "application/problem+json"
# A name for each kind that a program may need to tell apart from others of the same status.
URN = "urn:prevent-roundtables:problem:"

DETAILS = {
    400: "We could not understand the request. Check it against openapi.json.",
    401: "Send the token of the link as “Authorization: Bearer …”.",
    404: "Nothing is published at this address.",
    405: "This address does not allow that method. See the Allow header.",
    406: "This address only returns JSON. Send “Accept: application/json”.",
    413: "The request body is too large.",
    409: "You can no longer do this.",
    415: "Send the body as JSON in UTF-8, with “Content-Type: application/json”.",
    422: "There is a problem with your answers.",
    429: "We have had too many forms from your network. Wait 10 minutes and send the form again.",
}

# As in RFC 9110; http.HTTPStatus has older wording before Python 3.13.
PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}

try:
    RELEASE = version("prevent-roundtables")
except PackageNotFoundError:
    RELEASE = "source"


def api_view(
    view: View,
    *,
    methods: Iterable[str] = ("GET",),
    produces: str = "application/json",
    parameters: Iterable[str] | None = (),
) -> View:
    """Return ``view`` as an API view that accepts ``methods`` and query ``parameters``.

    - HEAD is GET without its body; OPTIONS lists the methods; any other method is a 405.
    - An unknown parameter is a 400, so that a typo does not seem to work. With ``parameters=None``
      the view checks them itself.
    - A client that cannot read ``produces`` gets a 406, a body that is not JSON a 415, one larger
      than ``API_MAX_BODY`` a 413.
    - Pages of the origins in ``API_ORIGINS``, and of no others, may read the answers.
    - Callers' mistakes are answered with a problem; our own faults are not.
    """
    taken = set(methods)
    allowed = sorted(taken | {"OPTIONS"} | ({"HEAD"} if "GET" in taken else set()))

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = refusal(request, allowed, produces) or unknown(request, parameters)
        if response is None:
            response = answer(view, request, *args, **kwargs)
        for_origins(request, response, allowed)
        patch_vary_headers(response, ["Accept", "Origin"])
        response.setdefault("Cache-Control", "no-store")
        return response

    # For the page cache: the view answers each query as it is, or refuses it.
    wrapper.cached_by_whole_query = True
    return wrapper


def refusal(request: HttpRequest, allowed: list[str], produces: str) -> HttpResponse | None:
    """Return the answer to a request that never reaches its view, if there is one."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": ", ".join(allowed)})
    if request.method not in allowed:
        return problem(405, headers={"Allow": ", ".join(allowed)})
    if not request.accepts(produces):
        return problem(406)
    if request.method in ("POST", "PUT", "PATCH"):
        length = request.headers.get("Content-Length") or "0"
        if not length.isdecimal():
            return problem(400)
        if int(length) > setting("API_MAX_BODY"):
            return problem(413)
        charset = request.content_params.get("charset", "utf-8")
        if request.content_type != "application/json" or charset.lower() != "utf-8":
            return problem(415)
    return None


def unknown(request: HttpRequest, parameters: Iterable[str] | None) -> HttpResponse | None:
    """Return the problem if the address has parameters other than ``parameters``."""
    given = set() if parameters is None else set(request.GET) - set(parameters)
    if not given:
        return None
    known = ", ".join(sorted(parameters))
    detail = f"There is no such parameter. There are: {known}" if known else "There are none here"
    return wrong_parameters(FieldProblem(name, "unknown", detail) for name in sorted(given))


def wrong_parameters(errors: Iterable["FieldProblem"]) -> HttpResponse:
    """Return the problem for query parameters that cannot be used."""
    return problem(
        400, kind="parameter", detail="A parameter in the address is not valid.", errors=errors
    )


class ParameterError(Exception):
    """Query parameters that cannot be used."""

    def __init__(self, *errors: "FieldProblem"):
        super().__init__(*errors)
        self.errors = errors


def answer(view: View, request: HttpRequest, *args, **kwargs) -> HttpResponse:
    is_head = request.method == "HEAD"
    if is_head:
        request.method = "GET"
    try:
        response = view(request, *args, **kwargs)
    except Http404:
        response = problem(404)
    except ParameterError as error:
        response = wrong_parameters(error.errors)
    except RequestDataTooBig:
        response = problem(413)
    except (BadRequest, SuspiciousOperation):
        response = problem(400)
    if hasattr(response, "render") and not response.is_rendered:
        response = response.render()
    if is_head:
        request.method = "HEAD"
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def for_origins(request: HttpRequest, response: HttpResponse, allowed: list[str]) -> None:
    """Let pages of the configured origins read ``response`` (Fetch standard, CORS protocol)."""
    origin = request.headers.get("Origin", "")
    if origin not in setting("API_ORIGINS"):
        return
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response["Access-Control-Allow-Methods"] = ", ".join(allowed)
        response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS


def as_api_views(patterns: list, **options) -> list:
    """Return URL ``patterns`` whose every view is an ``api_view`` with ``options``."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            as_api_views(pattern.url_patterns, **options)
        elif isinstance(pattern, URLPattern):
            pattern.callback = api_view(pattern.callback, **options)
    return patterns


@api_view
def not_found(request: HttpRequest, *args, **kwargs) -> HttpResponse:
    """Answer for addresses that do not exist below an API."""
    raise Http404


def etag_of(*parts: object) -> str:
    """Return a strong ETag (RFC 9110, section 8.8.3) that differs whenever one of ``parts`` does.

    The program's release counts too, because a new one may word things differently.
    """
    return f'"{blake2b(repr((RELEASE, *parts)).encode(), digest_size=12).hexdigest()}"'


def unless_known(
    request: HttpRequest,
    build: Callable[[], HttpResponse | dict],
    *,
    etag: str,
    changed_at: datetime | None,
) -> HttpResponse:
    """Answer 304 if the client's copy is current; otherwise ``build`` the answer.

    ``etag`` differs whenever the answer does; ``changed_at`` is when it may last have changed.
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
    response["Cache-Control"] = f"public, max-age={setting('API_MAX_AGE')}"
    return response


def phrase(status: int) -> str:
    """Return the reason phrase of an HTTP status (RFC 9110)."""
    return PHRASES.get(status) or HTTPStatus(status).phrase


class FieldProblem(NamedTuple):
    """What is wrong with one field; "" is the request as a whole.

    ``code`` is for programs and the same in every language; ``detail`` is for people.
    """

    field: str
    code: str
    detail: str


def problem(
    status: int,
    *,
    kind: str = "",
    detail: str = "",
    errors: Iterable[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return the problem of ``status``, with an entry for each of ``errors``.

    ``kind`` names it for programs, as a URN; without one, the status says it all (``about:blank``).
    """
    said: dict[str, object] = {
        "type": f"{URN}{kind}" if kind else "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": detail or DETAILS.get(status, ""),
    }
    if errors is not None:
        said["errors"] = [
            {
                "field": error.field,
                "pointer": pointer(error.field),
                "code": error.code,
                "detail": error.detail,
            }
            for error in errors
        ]
    return JsonResponse(said, status=status, content_type=CONTENT_TYPE, headers=headers)


def pointer(field: str) -> str:
    """Return the JSON pointer (RFC 6901) to a field such as ``answers.your_question``."""
    escaped = field.replace("~", "~0").replace("/", "~1")
    return "#/" + escaped.replace(".", "/") if field else "#"
