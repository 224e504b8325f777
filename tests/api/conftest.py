"""A site with an event to register for, and a way to send a registration."""

import json

import pytest

from tests.factories import RegistrationPageFactory


@pytest.fixture
def fetch(client):
    """Return a function that fetches an address and returns its JSON; expects 200 by default."""

    def get(address, status=200, **headers):
        response = client.get(address, headers=headers)
        assert response.status_code == status, response.content
        return response.json()

    return get


@pytest.fixture
def form(registration_page, fetch):
    """Return the registration form from the API."""
    return fetch(f"/api/registration-forms/{registration_page.pk}/")


@pytest.fixture
def other_form(series, fetch, event):
    page = RegistrationPageFactory(parent=event)
    return fetch(f"/api/registration-forms/{page.pk}/")


@pytest.fixture
def answers(form):
    """Return a person's submission for the form."""
    return {
        "form": form["id"],
        "occurrence": form["dates"][0]["occurrence"],
        "name": "Ada Visitor",
        "email": "ada@visitor.example",
        "answers": {"your_question": "What is planned here?"},
        "consent": True,
        "consent_version": form["consent"]["version"],
    }


@pytest.fixture
def send(client, clock, form, answers):
    """Return a function that sends a registration, as fast as a person can.

    Keywords change the submission; ``token`` is the form's by default.
    """
    clock.shift(60)

    def post(*, token=None, body=None, **changed):
        return client.post(
            "/api/registrations/",
            json.dumps(answers | changed) if body is None else body,
            content_type="application/json",
            headers={"Idempotency-Key": form["token"] if token is None else token},
        )

    return post
