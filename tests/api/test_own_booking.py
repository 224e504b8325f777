"""A person's own booking over the API: the same steps as behind the emailed link."""

import json

import pytest

from events.registrations.models import OutboundEmail, Registration
from tests.factories import RegistrationFactory


@pytest.fixture
def booked(registration_page, series):
    registration_page.max_guests = 2
    registration_page.save_revision().publish()
    return RegistrationFactory(
        page=registration_page,
        occurrence=series.occurrences.order_by("date").first(),
        answers=[
            {
                "name": "your_question",
                "label": "Your question",
                "type": "multiline",
                "value": "What is planned?",
            }
        ],
    )


@pytest.fixture
def ask(client, booked):
    """Return a function that requests the booking with its link's token."""

    def send(method, address="/api/booking/", body=None, *, token=None, status=200):
        bearer = booked.link_token() if token is None else token
        response = client.generic(
            method,
            address,
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {bearer}"},
        )
        assert response.status_code == status, response.content
        return response.json()

    return send


def test_a_person_sees_what_is_stored_and_what_they_can_do(ask, booked, client):
    seen = ask("GET")
    assert seen["reference"] == booked.reference
    assert seen["name"] == booked.name
    assert seen["answers"][0]["texts"] == ["What is planned?"]
    assert seen["can_change"] is seen["can_cancel"] is True
    assert "guests" in [field["name"] for field in seen["fields"]]
    assert len(seen["dates"]) > 1
    response = client.get(
        "/api/booking/", headers={"Authorization": f"Bearer {booked.link_token()}"}
    )
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("token", ["", "x", "forged.token.here"])
def test_nobody_sees_it_without_the_links_token(ask, client, token):
    assert ask("GET", token=token, status=401)["type"].endswith(":link")
    response = client.get("/api/booking/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_fields_left_out_of_a_change_stay_as_they_are(ask, booked):
    changed = ask("PATCH", body={"guests": 2})
    assert changed["guests"] == 2
    booked.refresh_from_db()
    assert booked.answers[0]["value"] == "What is planned?"
    ask("PATCH", body={"answers": {"your_question": None}, "discreet": True})
    booked.refresh_from_db()
    assert (booked.guests, booked.answers, booked.discreet) == (2, [], True)
    assert OutboundEmail.objects.filter(registration=booked, kind="changed").count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"guests": 3}, "guests"),
        ({"guests": "1"}, "guests"),
        ({"name": "Eve"}, "name"),
        ({"answers": {"colour": "red"}}, "answers.colour"),
    ],
)
def test_a_change_is_validated_by_the_pages_form(ask, booked, body, field):
    problem = ask("PATCH", body=body, status=422)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_person_can_move_cancel_and_erase(ask, booked, client):
    other = next(row for row in ask("GET")["dates"] if row["available"])
    moved = ask("POST", "/api/booking/move/", {"occurrence": other["occurrence"]})
    assert moved["occurrence"]["id"] == other["occurrence"]
    assert ask("POST", "/api/booking/move/", {"occurrence": "x"}, status=422)
    assert ask("POST", "/api/booking/cancel/", {})["status"] == "withdrawn"
    assert ask("POST", "/api/booking/cancel/", {})["status"] == "withdrawn"
    assert ask("PATCH", body={"guests": 1}, status=409)["type"].endswith(":closed")
    token = booked.link_token()
    assert ask("DELETE")["erased"] is True
    assert ask("GET", token=token, status=401)
    assert not Registration.objects.not_erased().exists()


def test_it_is_too_late_once_the_event_has_begun(ask, clock):
    clock.move_to("2026-11-26T18:30:00+00:00")
    assert ask("GET")["can_change"] is False
    for method, address, body in (
        ("PATCH", "/api/booking/", {"guests": 1}),
        ("POST", "/api/booking/cancel/", {}),
        ("POST", "/api/booking/move/", {"occurrence": "x"}),
    ):
        assert ask(method, address, body, status=409)
