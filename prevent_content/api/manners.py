"""How every API address behaves: methods, formats, sizes, origins, and problems as problems."""

from collections.abc import Callable, Iterable
from functools import wraps

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from .conf import setting
from .problems import problem

View = Callable[..., HttpResponse]

# Besides what browsers always let a page send and read (Fetch, CORS-safelisted headers).
REQUEST_HEADERS = "Content-Type, Idempotency-Key, If-None-Match"
RESPONSE_HEADERS = "ETag, Link, Location, Retry-After"
PREFLIGHT_SECONDS = "600"


def well_mannered(
    view: View, *, methods: Iterable[str] = ("GET",), produces: str = "application/json"
) -> View:
    """Return ``view`` with the manners of an API address that takes ``methods``.

    - HEAD is GET without its body; OPTIONS says what there is; any other method is a 405.
    - A client that cannot read ``produces`` gets a 406, a body that is not JSON a 415, one larger
      than ``PREVENT_API_MAX_BODY`` a 413.
    - Pages of the origins in ``PREVENT_API_ORIGINS``, and of no others, may read the answers.
    - Whatever a caller can get wrong is answered with a problem; faults of ours are not.
    """
    taken = set(methods)
    allowed = sorted(taken | {"OPTIONS"} | ({"HEAD"} if "GET" in taken else set()))

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = refusal(request, allowed, produces)
        if response is None:
            response = answer(view, request, *args, **kwargs)
        for_origins(request, response, allowed)
        patch_vary_headers(response, ["Accept", "Origin"])
        response.setdefault("Cache-Control", "no-store")
        return response

    return wrapper


def refusal(request: HttpRequest, allowed: list[str], produces: str) -> HttpResponse | None:
    """Return the answer to a request that its view need not see, if it is one."""
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
        if int(length) > setting("PREVENT_API_MAX_BODY"):
            return problem(413)
        if request.content_type != "application/json":
            return problem(415)
    return None


def answer(view: View, request: HttpRequest, *args, **kwargs) -> HttpResponse:
    is_head = request.method == "HEAD"
    if is_head:
        request.method = "GET"
    try:
        response = view(request, *args, **kwargs)
    except Http404:
        response = problem(404)
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
    if origin not in setting("PREVENT_API_ORIGINS"):
        return
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response["Access-Control-Allow-Methods"] = ", ".join(allowed)
        response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS


def with_manners(patterns: list, **options) -> list:
    """Return URL ``patterns`` whose every view has the manners that ``options`` describe."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            with_manners(pattern.url_patterns, **options)
        elif isinstance(pattern, URLPattern):
            pattern.callback = well_mannered(pattern.callback, **options)
    return patterns


@well_mannered
def nothing_here(request: HttpRequest, *args, **kwargs) -> HttpResponse:
    """Answer for addresses below an API that it does not have."""
    raise Http404
