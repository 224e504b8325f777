"""Complaints, page feedback and lost links over the API."""

import pytest

from events.registrations.models import Complaint, OutboundEmail, PageFeedback
from tests.factories import RegistrationFactory

FORMS = {
    "complaint": (
        "/api/forms/complaint/",
        "/api/complaints/",
        {"name": "Ada Visitor", "email": "ada@visitor.example", "text": "It was sent twice."},
        201,
    ),
    "lost link": (
        "/api/forms/booking-link/",
        "/api/booking-links/",
        {"email": "ada@visitor.example"},
        202,
    ),
    "feedback": (
        "/api/forms/feedback/{page}/",
        "/api/feedback/{page}/",
        {"useful": "yes", "comment": "It told me whom to ask."},
        201,
    ),
}


@pytest.fixture
def post(client):
    def send(address, body, token):
        return client.post(
            address, body, content_type="application/json", headers={"Idempotency-Key": token}
        )

    return send


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_described_and_accepted_once(fetch, post, clock, prevent_page, name, settings):
    form_address, address, body, status = FORMS[name]
    form_address = form_address.format(page=prevent_page.pk)
    address = address.format(page=prevent_page.pk)
    form = fetch(form_address)
    assert {field["name"] for field in form["fields"]} == set(body)
    clock.shift(60)
    first, second = (post(address, body, form["token"]) for _ in range(2))
    assert first.status_code == second.status_code == status, first.content
    assert first.json() == second.json()
    assert first.json()["message"]
    assert Complaint.objects.count() == (name == "complaint")
    assert PageFeedback.objects.count() == (name == "feedback")
    assert "no-store" in first["Cache-Control"]
    bad = post(address, {}, fetch(form_address)["token"])
    assert bad.status_code == 422
    assert all(error["code"] == "required" for error in bad.json()["errors"])
    assert post(address, body, "forged").status_code == 422


def test_a_lost_link_goes_to_its_address_and_the_answer_reveals_nothing(
    fetch, post, clock, registration_page, series
):
    RegistrationFactory(
        page=registration_page,
        occurrence=series.occurrences.first(),
        email="ada@visitor.example",
    )
    answers = []
    for email in ("ada@visitor.example", "nobody@visitor.example"):
        token = fetch("/api/forms/booking-link/")["token"]
        clock.shift(60)
        answers.append(post("/api/booking-links/", {"email": email}, token).content)
    assert answers[0] == answers[1]
    assert OutboundEmail.objects.filter(kind="link").count() == 1


def test_too_many_forms_say_when_the_next_may_be_sent(fetch, post, clock, prevent_page, settings):
    settings.PREVENT = settings.PREVENT | {"REGISTRATION_LIMIT_ADDRESS": 1}
    for _ in range(2):
        token = fetch("/api/forms/complaint/")["token"]
        clock.shift(10)
        last = post("/api/complaints/", FORMS["complaint"][2], token)
    assert last.status_code == 429
    assert last["Retry-After"] == "600"
    assert last["RateLimit"] == '"default";r=0;t=600'
    assert last["RateLimit-Policy"] == '"default";q=1;w=600'


def test_a_trusted_front_end_passes_on_its_visitors_address(
    client, fetch, clock, prevent_page, settings
):
    """Visitors of one front end have separate limits; a stranger's header is ignored."""
    settings.PREVENT = settings.PREVENT | {"REGISTRATION_LIMIT_ADDRESS": 1}

    def send(visitor, **server):
        token = fetch("/api/forms/complaint/")["token"]
        clock.shift(10)
        headers = {"Idempotency-Key": token, "X-Forwarded-For": visitor}
        body = FORMS["complaint"][2]
        return client.post(
            "/api/complaints/", body, content_type="application/json", headers=headers, **server
        ).status_code

    front_end = {"REMOTE_ADDR": "203.0.113.7"}
    settings.PREVENT = settings.PREVENT | {"TRUSTED_PROXIES": ["203.0.113.7"]}
    assert send("198.51.100.1", **front_end) == 201
    assert send("198.51.100.2", **front_end) == 201
    assert send("198.51.100.1", **front_end) == 429
    stranger = {"REMOTE_ADDR": "203.0.113.8"}
    assert send("198.51.100.3", **stranger) == 201
    assert send("198.51.100.4", **stranger) == 429


def test_a_form_uses_the_requested_language(client, two_sites, post):
    form = client.get("/api/forms/complaint/?locale=ur").json()
    label = form["fields"][0]["label"]
    assert any("\u0600" <= letter <= "\u06ff" for letter in label)
    problem = post("/api/complaints/?locale=ur", {}, form["token"]).json()
    assert any("\u0600" <= letter <= "\u06ff" for letter in problem["errors"][0]["detail"])
