"""Examples in the OpenAPI document of registering: a form, a registration, errors."""

from events.api.examples import EVENT_LINK, UUID, VENUE
from prevent_content.api.openapi import documented, documented_body, documented_header

from .schemas import RegistrationBody
from .serializers import DRAFT, STATEMENT

TOKEN = "WzEzLCJmN0xxIiwxODExMjY4MDAwXQ:1vKq:kQ0s"  # noqa: S105 - an example, which opens nothing
CONSENT = {
    "text": (
        "I agree that the council uses my access and dietary needs to make arrangements for this "
        "event"
    ),
    "version": "5d41402abc4b2a76",
}
DATE = {
    "occurrence": UUID,
    "label": "Thursday 27 May 2027, 6pm to 7:30pm",
    "starts_at": "2027-05-27T18:00:00+01:00",
    "ends_at": "2027-05-27T19:30:00+01:00",
    "time_zone": "Europe/London",
    "available": True,
    "places": "few",
    "hint": "Few places left",
}
QUESTION = {
    "name": "your_question",
    "pointer": "#/answers/your_question",
    "kind": "textarea",
    "label": "Your question",
    "hint": "",
    "required": False,
    "sensitive": False,
    "autocomplete": "",
    "options": [],
    "only_if": None,
}
FORM = {
    "id": 13,
    "event": EVENT_LINK,
    "title": "Book a place",
    "introduction": "<p>Tell us that you are coming.</p>",
    "privacy_text": "<p>We delete what you tell us 30 days after the event.</p>",
    "statement": str(STATEMENT),
    "consent": CONSENT,
    "retention_days": 30,
    "is_open": True,
    "reason": "",
    "dates": [DATE],
    "fields": [QUESTION],
    "schema": {
        "$schema": DRAFT,
        "type": "object",
        "properties": {"form": {"const": 13}, "name": {"type": "string", "maxLength": 120}},
        "required": ["form", "name"],
    },
    "token": TOKEN,
    "earliest_at": "2026-11-02T12:00:03+00:00",
    "search": {
        "title": "Book a place",
        "description": "",
        "canonical_url": f"{EVENT_LINK['url']}register/",
        "open_graph": {"og:type": "website"},
    },
}
BODY = {
    "form": 13,
    "occurrence": UUID,
    "name": "Ada Visitor",
    "email": "ada@visitor.example",
    "answers": {"your_question": "What is planned here?"},
    "consent": True,
    "consent_version": CONSENT["version"],
}
ACKNOWLEDGEMENT = {
    "reference": "PR-7K3M-9QXZ",
    "status": "confirmed",
    "message": "Your place is confirmed",
    "what_next": "<p>We’ll email you if anything about the date changes.</p>",
    "held_until": None,
    "occurrence": UUID,
    "when": DATE["label"],
    "consent": CONSENT,
    "erase_at": "2027-06-26T19:30:00+01:00",
}

INVALID = {
    "kind": "validation",
    "detail": "There is a problem with your answers.",
    "errors": [
        {
            "field": "email",
            "pointer": "#/email",
            "code": "invalid",
            "detail": "Enter an email address in the correct format, like name@example.com",
        }
    ],
}
NOT_JSON = {"kind": "json", "detail": "The request body is not JSON."}
TOO_MANY = {
    "kind": "too-many",
    "detail": (
        "We have had too many forms from your network. Wait 10 minutes and send the form again."
    ),
}
IDEMPOTENCY = documented_header("Idempotency-Key", "The `token` of the form")

FORM_OPERATION = documented(FORM)
FORM_OPERATION["responses"].pop(304)
FORM_OPERATION["responses"][200]["links"] = {
    "register": {
        "operationId": "register",
        "description": "Send the answers with the token of the form, once",
        "parameters": {"Idempotency-Key": "$response.body#/token"},
        "requestBody": {
            "form": "$response.body#/id",
            "occurrence": "$response.body#/dates/0/occurrence",
            "name": BODY["name"],
            "email": BODY["email"],
            "consent": True,
            "consent_version": "$response.body#/consent/version",
        },
    }
}

REGISTER_OPERATION = documented(
    ACKNOWLEDGEMENT,
    *(400, 413, 415),
    status=201,
    problems={
        400: NOT_JSON,
        403: {
            "kind": "token",
            "detail": (
                "This form was open for more than a day. Check your answers and send it again. "
                "Fetch the form again."
            ),
        },
        409: {"kind": "full", "detail": "This date is full. Choose another date."},
        410: {"kind": "closed", "detail": "No dates of this event are open for booking."},
        422: INVALID,
        429: TOO_MANY,
    },
)
REGISTER_OPERATION |= documented_body(RegistrationBody, BODY)
REGISTER_OPERATION |= IDEMPOTENCY


def guarded_form(*fields: dict) -> dict:
    return {"fields": [*fields], "token": TOKEN, "earliest_at": "2026-11-02T12:00:03+00:00"}


EMAIL = QUESTION | {
    "name": "email",
    "pointer": "#/email",
    "kind": "email",
    "label": "Your email address",
    "required": True,
    "autocomplete": "email",
}
LINK_FORM = guarded_form(EMAIL)
LINK = {"email": "ada@visitor.example"}
LINK_SENT = {"message": "Check your email"}
COMPLAINT = {
    "name": "Ada Visitor",
    "email": "ada@visitor.example",
    "text": "You have emailed someone else about my booking.",
}
COMPLAINT_FORM = guarded_form(EMAIL)
COMPLAINT_RECEIPT = {
    "reference": "CO-7K3M-9QXZ",
    "due_on": "2026-12-02",
    "message": "We have received your complaint",
}
FEEDBACK_FORM = guarded_form(
    QUESTION
    | {
        "name": "useful",
        "pointer": "#/useful",
        "kind": "radio",
        "label": "Was the page useful?",
        "required": True,
        "options": [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}],
    }
)
FEEDBACK = {"useful": "yes", "comment": "It told me where to ask."}
THANKS = {"message": "Thank you"}

BOOKING = {
    "reference": "PR-7K3M-9QXZ",
    "status": "confirmed",
    "status_label": "Confirmed",
    "held_until": None,
    "locale": "en-gb",
    "event": EVENT_LINK,
    "occurrence": {
        "id": UUID,
        "label": DATE["label"],
        "starts_at": DATE["starts_at"],
        "ends_at": DATE["ends_at"],
        "time_zone": "Europe/London",
        "status": "scheduled",
        "reason": "",
        "attendance_mode": "in_person",
        "venue": VENUE,
    },
    "joining_url": "",
    "name": "Ada Visitor",
    "email": "ada@visitor.example",
    "guests": 1,
    "discreet": False,
    "answers": [
        {
            "name": "your_question",
            "label": "Your question",
            "value": "What is planned here?",
            "texts": ["What is planned here?"],
        }
    ],
    "can_change": True,
    "can_confirm": False,
    "can_cancel": True,
    "fields": [QUESTION],
    "dates": [DATE],
    "erase_at": "2027-06-26T19:30:00+01:00",
    "erase_sensitive_at": "2027-06-03T19:30:00+01:00",
}
CHANGE = {"guests": 2, "answers": {"your_question": "Who decides?"}}
MOVE = {"occurrence": UUID}
NAME = {"name": "Ada Visitor"}
ADDRESS = {"email": "ada@new.example"}
ADDRESS_ASKED = {"message": "We have sent a link to your new email address"}
ADDRESS_CHANGED = {"message": "Your email address has been changed", "token": TOKEN}
ERASED = {"erased": True, "message": "Your booking has been deleted"}


def form_operation(example: dict, operation: str) -> dict:
    """Return additions for an operation that returns the form of another ``operation``."""
    documented_form = documented(example, 400)
    documented_form["responses"].pop(304)
    documented_form["responses"][200]["links"] = {
        operation: {
            "operationId": operation,
            "description": "Send the answers with the token of the form, once",
            "parameters": {"Idempotency-Key": "$response.body#/token"},
        }
    }
    return documented_form


def sending(model: type, body: dict, answer: dict, *, status: int) -> dict:
    """Return additions for an operation that accepts a public form."""
    return (
        documented(
            answer,
            *(400, 413, 415),
            status=status,
            problems={400: NOT_JSON, 422: INVALID, 429: TOO_MANY},
        )
        | documented_body(model, body)
        | IDEMPOTENCY
    )


def booking_operation(
    example: dict, *errors: int, body: tuple[type, dict] | None = None, status: int = 200
) -> dict:
    """Return additions for an operation on a person's own booking."""
    problems: dict[int, dict] = {
        400: NOT_JSON,
        401: {"kind": "link", "detail": "This link does not work. Ask for a new one."},
        409: {"kind": "closed", "detail": "This booking can no longer be changed."},
        422: INVALID,
        429: TOO_MANY,
    }
    given = {status: problems[status] for status in problems if status in {401, *errors}}
    operation = documented(example, *errors, problems=given, status=status)
    operation["responses"].pop(304, None)
    return operation | (documented_body(*body) if body else {})
