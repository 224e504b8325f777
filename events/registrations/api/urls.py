"""The API as one thing: its addresses, document and problems, and the page that explains it."""

from functools import cached_property

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError

from events.api.routes import router as events_router
from events.api.schemas import Problem
from prevent_content.api.http import api_view, etag_of, problem, unless_known

from .routes import router as registrations_router

VERSION = "1.0.0"
DESCRIPTION = (
    "What the public may know of a council’s events, and registering for them. Every time has an "
    "offset from UTC and names its zone, Europe/London. Errors are problem details (RFC 9457). "
    "Answers to GET carry an ETag: send it back in If-None-Match, and get 304 while your copy is "
    "right. The pages of the site are at {pages}."
)

SENTENCES = {
    "missing": "Send this too",
    "extra_forbidden": "There is no such field",
    "string_pattern_mismatch": "This is not written as it has to be. See openapi.json",
    "literal_error": "This is not one of the values it can have. See openapi.json",
}


class PublicAPI(NinjaAPI):
    """An API that answers as its document says, whatever goes wrong."""

    def __init__(self, *routers: Router):
        super().__init__(
            title="Prevent roundtables: events and registrations",
            version=VERSION,
            description=DESCRIPTION,
            docs_url=None,
            openapi_url=None,
            urls_namespace="prevent_api",
        )
        self.methods: dict[str, list[str]] = {"api-root": ["GET"]}
        for router in routers:
            self.add_router("", router)
            for view in router.path_operations.values():
                for operation in view.operations:
                    self.methods[operation.url_name] = operation.methods
        self.add_exception_handler(ValidationError, refuse_fields)
        self.add_exception_handler(HttpError, refuse)
        # Answered as those of every API: see prevent_content.api.http.
        self.add_exception_handler(Http404, pass_on)

    @cached_property
    def document(self) -> dict:
        """Return the OpenAPI 3.1 document (a dict that JSON can hold)."""
        document = dict(self.get_openapi_schema())
        pages = reverse("prevent_pages:pages:listing")
        document["info"] = document["info"] | {"description": DESCRIPTION.format(pages=pages)}
        schemas = document["components"].setdefault("schemas", {})
        definition = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= definition.pop("$defs", {})
        schemas["Problem"] = definition
        for operations in document["paths"].values():
            for operation in operations.values():
                for parameter in operation["parameters"]:
                    parameter["schema"] = without_null(parameter["schema"])
                responses = operation["responses"]
                operation["responses"] = {str(code): responses[code] for code in sorted(responses)}
        return document

    def patterns(self) -> list[URLPattern]:
        """Return the URL patterns of the API, with its document and the page that explains it."""
        routes = self.urls[0]
        for pattern in routes:
            pattern.callback = api_view(pattern.callback, methods=self.methods[pattern.name])
        return [
            path("openapi.json", api_view(self.openapi), name="openapi"),
            path("docs", api_view(explain, produces="text/html"), name="docs"),
            *routes,
        ]

    def openapi(self, request: HttpRequest) -> HttpResponse:
        return unless_known(
            request, lambda: self.document, etag=etag_of("openapi", VERSION), changed_at=None
        )


def without_null(schema: dict) -> dict:
    """Return the schema of a parameter: one that is not sent is left out, and never null."""
    if "anyOf" not in schema:
        return schema
    kept = [option for option in schema["anyOf"] if option.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return rest | (kept[0] if len(kept) == 1 else {"anyOf": kept})


def refuse_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer 422 with a sentence for each field."""
    errors: dict[str, str] = {}
    for entry in error.errors:
        errors.setdefault(field_of(entry["loc"]), sentence_for(entry))
    return problem(
        422,
        kind="validation",
        detail="Some of it cannot be taken. See what is wrong with each field.",
        errors=errors,
    )


def field_of(place: tuple) -> str:
    """Return the field at ``place``, which begins with the part of the request that it is in."""
    part, *names = map(str, place)
    if part == "body":
        # The parameter that the body is bound to; and the kinds that an answer may be of.
        names = names[1:]
        names = names[:2] if names[:1] == ["answers"] else names
    return ".".join(names)


def sentence_for(entry: dict) -> str:
    if len(entry["loc"]) > 4:
        return "Send text, a number, true or false, or a list of texts"
    said = str(entry["msg"]).removeprefix("Value error, ")
    return SENTENCES.get(entry.get("type", ""), said)


def refuse(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return problem(400, kind="json", detail="The body is not JSON.")
    return problem(error.status_code, detail=error.message)


def pass_on(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error


def explain(request: HttpRequest) -> HttpResponse:
    """Show the document as a page to try it on. All that it loads comes from this site."""
    settings: dict[str, object] = {
        "url": reverse("prevent_api:openapi"),
        "layout": "BaseLayout",
        "deepLinking": True,
        # No badge from the makers' own server.
        "validatorUrl": None,
    }
    return render(request, "prevent_events/api_docs.html", {"settings": settings})


api = PublicAPI(events_router, registrations_router)

app_name = "prevent_api"
urlpatterns = api.patterns()
