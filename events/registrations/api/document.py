"""The OpenAPI document: every operation that a front end uses, in one contract."""

import json
import re

from django.urls import reverse
from pydantic import BaseModel

from events.api.schemas import Problem
from prevent_content.api.document import page_paths, query
from prevent_content.api.page_schemas import TEXT, page_schemas, ref

from . import schemas

COMPONENT = re.compile(r"#/components/schemas/(\w+)")
REF = "#/components/schemas/{model}"
# Models of bodies and answers that operations read or write themselves.
READ_BY_HAND: tuple[type[BaseModel], ...] = (
    Problem,
    schemas.RegistrationBody,
    schemas.ComplaintBody,
    schemas.LinkBody,
    schemas.FeedbackBody,
    schemas.BookingChange,
    schemas.BookingMove,
    schemas.BookingName,
    schemas.Nothing,
)
# Built from blocks, whose shapes are in the pages' schemas.
MADE_OF_BLOCKS = {
    ("EventObject", "body"): ref("EditorialStream"),
    ("EventObject", "agenda"): ref("AgendaStream"),
    ("ConcernObject", "routes"): ref("ConcernRoutes"),
}
TAGS = {
    "Site": "The frame of every page, and the search.",
    "Pages": "Pages as Wagtail's API v2 has them, with typed blocks.",
    "Images and documents": "What pages refer to.",
    "Events": "Events and their dates.",
    "Calendars": "Files to download or subscribe to.",
    "Registering": "The booking form, and booking a place.",
    "Own booking": "A person's own booking, with the token of the link in their email.",
    "Public forms": "Complaints, page feedback and lost links.",
}
CALENDAR = "text/calendar"
ATOM = "application/atom+xml"
LANGUAGE = query("language", TEXT, "In this language. Without it: the site's own")


def complete(document: dict) -> dict:
    """Return django-ninja's ``document``, completed with the operations served elsewhere."""
    components = document["components"].setdefault("schemas", {})
    for model in READ_BY_HAND:
        definition = model.model_json_schema(ref_template=REF)
        components |= definition.pop("$defs", {})
        components[model.__name__] = definition
    components |= page_schemas()
    for (component, name), schema in MADE_OF_BLOCKS.items():
        described = components[component]["properties"][name].get("description")
        components[component]["properties"][name] = schema | (
            {"description": described} if described else {}
        )
    pages = reverse("prevent_pages:pages:listing").removesuffix("pages/")
    document["paths"] |= page_paths(pages) | calendar_paths()
    for operations in document["paths"].values():
        for operation in operations.values():
            tidy(operation)
    document["components"]["schemas"] = used(components, document["paths"])
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    document["security"] = []
    return document


def used(components: dict, paths: dict) -> dict:
    """Return those of ``components`` that ``paths`` refer to, directly or indirectly."""
    waiting: list[dict] = [paths]
    found: dict[str, dict] = {}
    while waiting:
        for name in set(COMPONENT.findall(json.dumps(waiting.pop()))) - set(found):
            found[name] = components[name]
            waiting.append(components[name])
    return {name: found[name] for name in sorted(found)}


def tidy(operation: dict) -> None:
    """Write an operation's parameters and answers in the document's common form."""
    for parameter in operation.get("parameters", []):
        parameter["schema"] = without_null(parameter["schema"])
        if parameter["schema"].get("type") == "array":
            parameter |= {"style": "form", "explode": False}
    responses = operation["responses"]
    operation["responses"] = {str(code): responses[code] for code in sorted(responses)}


def without_null(schema: dict) -> dict:
    """Return a parameter's schema without null: an absent parameter is left out."""
    if "anyOf" not in schema:
        return schema
    options = [option for option in schema["anyOf"] if option.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return rest | (options[0] if len(options) == 1 else {"anyOf": options})


def calendar_paths() -> dict:
    """Return the operations of the calendar files and the feed."""
    key = {"in": "path", "required": True}
    event = key | {"name": "page_id", "schema": {"type": "integer", "minimum": 1}}
    date = key | {"name": "uuid", "schema": {"type": "string", "format": "uuid"}}
    uuid = "00000000-0000-0000-0000-000000000000"
    of_event = reverse("prevent_events:event_calendar", args=[0]).replace("0.", "{page_id}.")
    of_date = reverse("prevent_events:occurrence_calendar", args=[uuid]).replace(uuid, "{uuid}")
    return {
        reverse("prevent_events:calendar"): calendar_file(
            "getCalendar", "All dates", "All public dates, cancelled ones among them.", LANGUAGE
        ),
        reverse("prevent_events:atom"): calendar_file(
            "getFeed", "The feed of coming dates", "The next date first.", LANGUAGE, kind=ATOM
        ),
        of_event: calendar_file(
            "getEventCalendar", "The dates of an event", "All dates of one event.", event
        ),
        of_date: calendar_file("getDateCalendar", "A date", "One date for a calendar.", date),
    }


def calendar_file(
    name: str, summary: str, description: str, parameter: dict, *, kind: str = CALENDAR
) -> dict:
    example = "BEGIN:VCALENDAR" if kind == CALENDAR else "<feed/>"
    content = {kind: {"schema": TEXT, "example": example}}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "description": description,
            "tags": ["Calendars"],
            "parameters": [dict(parameter)],
            "responses": {
                200: {"description": "OK", "content": content},
                304: {"description": "Your copy is up to date"},
                404: {"description": "Nothing is published at this address"},
            },
        }
    }
