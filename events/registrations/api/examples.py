"""What the OpenAPI document shows for registering: a form, a registration, ways to go wrong."""

from events.api.examples import EVENT_LINK, UUID
from events.api.openapi import documented, documented_body, documented_header

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
    "what_next": "<p>We write to you if anything about the date changes.</p>",
    "occurrence": UUID,
    "when": DATE["label"],
    "consent": CONSENT,
    "erase_at": "2027-06-26T19:30:00+01:00",
}

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
    s400={"kind": "json", "detail": "The body is not JSON."},
    s403={
        "kind": "token",
        "detail": (
            "This form was open for more than a day. Check your answers and send it again. "
            "Fetch the form again."
        ),
    },
    s409={"kind": "full", "detail": "This date is full. Choose another date."},
    s410={"kind": "closed", "detail": "No date of this event is open for registration."},
    s422={
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
    },
    s429={
        "kind": "too-many",
        "detail": "Too many forms have come from your network. Wait ten minutes.",
    },
)
REGISTER_OPERATION |= documented_body(RegistrationBody, BODY)
REGISTER_OPERATION |= documented_header("Idempotency-Key", "The `token` of the form")
