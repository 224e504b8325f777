"""The API as a whole: its addresses, document, problems and documentation page."""

import re
from functools import cached_property

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError

from events.api.routes import router as events_router
from prevent_content.api.http import (
    FieldProblem,
    ParameterError,
    api_view,
    etag_of,
    problem,
    unless_known,
    wrong_parameters,
)
from prevent_content.api.site import router as site_router
from prevent_content.api.site import site_of
from prevent_content.links import site_address

from .bookings import router as bookings_router
from .corrections import router as corrections_router
from .document import complete
from .public_forms import router as forms_router
from .routes import router as registrations_router
from .search import router as search_router

VERSION = "1.0.0"
DESCRIPTION = (
    "All that a front end of its own needs: pages, events, dates, calendars, search, booking and "
    "one's own booking. Every time has an "
    "offset from UTC and names its zone, Europe/London. Errors are problem details (RFC 9457). "
    "Answers to GET carry an ETag: send it back in If-None-Match, and get 304 while your copy is "
    "right. Pages are at {pages}, as Wagtail's API v2 has them."
)
INFO = {
    "license": {"name": "MIT", "identifier": "MIT"},
    "contact": {"name": "The council's web team"},
}


class PublicAPI(NinjaAPI):
    """An API that always answers as its document says."""

    def __init__(self, *routers: Router):
        super().__init__(
            title="Prevent roundtables",
            version=VERSION,
            description=DESCRIPTION,
            docs_url=None,
            openapi_url=None,
            urls_namespace="prevent_api",
        )
        for router in routers:
            self.add_router("", router)
        self.add_exception_handler(ValidationError, refuse_fields)
        self.add_exception_handler(AuthenticationError, refuse_link)
        self.add_exception_handler(HttpError, refuse)
        # Handled as for every API: see prevent_content.api.http.
        self.add_exception_handler(ParameterError, pass_on)
        self.add_exception_handler(Http404, pass_on)

    @cached_property
    def document(self) -> dict:
        """Return the OpenAPI 3.1 document, a dict for JSON."""
        document = dict(self.get_openapi_schema())
        pages = reverse("prevent_pages:pages:listing")
        document["info"] = (
            document["info"] | INFO | {"description": DESCRIPTION.format(pages=pages)}
        )
        return complete(document)

    def patterns(self) -> list[URLPattern]:
        """Return the URL patterns of the API, its document and its documentation page."""
        routes = self.urls[0]
        paths = self.get_openapi_schema(path_prefix="")["paths"]
        for pattern in routes:
            pattern.callback = api_view(pattern.callback, **taken(pattern, paths))
        return [
            path("openapi.json", api_view(self.openapi), name="openapi"),
            path("docs", api_view(explain, produces="text/html"), name="docs"),
            *routes,
        ]

    def openapi(self, request: HttpRequest) -> HttpResponse:
        address = site_address(site_of(request))
        return unless_known(
            request,
            lambda: self.document | {"servers": [{"url": address}]},
            etag=etag_of("openapi", VERSION, address),
            changed_at=None,
        )


def taken(pattern: URLPattern, paths: dict[str, dict]) -> dict[str, set[str]]:
    """Return the methods and parameters of ``pattern`` in the document's ``paths``."""
    if pattern.name == "api-root":
        return {"methods": {"GET"}, "parameters": set()}
    operations = paths[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{pattern.pattern}")]
    parameters = [row for operation in operations.values() for row in operation["parameters"]]
    return {
        "methods": {method.upper() for method in operations},
        "parameters": {row["name"] for row in parameters if row["in"] == "query"},
    }


def refuse_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer 400 with a sentence for each parameter, or 404 for a key without a row."""
    entries = {parameter_of(entry["loc"]): entry for entry in reversed(error.errors)}
    if any(entry["loc"][0] == "path" for entry in error.errors):
        return problem(404)
    return wrong_parameters(
        FieldProblem(name, "invalid", sentence_for(entry)) for name, entry in entries.items()
    )


def parameter_of(place: tuple) -> str:
    """Return the parameter at ``place``, which ends with a number within a list."""
    return next(name for name in reversed(place) if isinstance(name, str))


def sentence_for(entry: dict) -> str:
    """Return what is wrong with a parameter, in our own words instead of pydantic's."""
    kind, details = entry.get("type", "value_error"), entry.get("ctx", {})
    if kind == "value_error":
        return str(entry["msg"]).removeprefix("Value error, ")
    if kind == "greater_than_equal":
        return f"Enter {details['ge']} or more"
    if kind == "less_than_equal":
        return f"Enter {details['le']} or less"
    if kind == "literal_error":
        expected = details["expected"].replace("'", "").replace(" or ", ", ")
        return f"Enter one of these: {expected}"
    if kind.startswith("date"):
        return "Enter a date that exists, like 2026-11-26"
    return "Enter this as openapi.json describes it"


def refuse(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return problem(400, kind="json", detail=error.message)
    return problem(error.status_code, detail=error.message)


def refuse_link(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(
        401,
        kind="link",
        detail=_("This link does not work. Ask for a new one."),
        headers={"WWW-Authenticate": "Bearer"},
    )


def pass_on(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error


def explain(request: HttpRequest) -> HttpResponse:
    """Show the document as a page to try it on. Everything it loads comes from this site."""
    settings: dict[str, object] = {
        "url": reverse("prevent_api:openapi"),
        "layout": "BaseLayout",
        "deepLinking": True,
        # No badge from the makers' own server.
        "validatorUrl": None,
    }
    return render(request, "prevent_events/api_docs.html", {"settings": settings})


api = PublicAPI(
    site_router,
    search_router,
    events_router,
    registrations_router,
    bookings_router,
    corrections_router,
    forms_router,
)

app_name = "prevent_api"
urlpatterns = api.patterns()
