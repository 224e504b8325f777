import pytest
from django.http import HttpResponse
from django.test import Client

from events.registrations.middleware import PersonalAnswers
from tests.factories import RegistrationFactory

pytestmark = pytest.mark.django_db


def is_private(answer):
    return "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("act", ["", "change/", "move/", "withdraw/", "erase/"])
def test_a_persons_own_pages_are_never_stored(client, registration_page, act):
    registration = RegistrationFactory(
        page=registration_page,
        occurrence=registration_page.event.occurrences.order_by("date").first(),
        status="confirmed",
    )
    answer = client.get(f"/registration/{registration.link_token()}/{act}")
    assert answer.status_code == 200
    assert is_private(answer)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/registration/unknown/", 404),
        ("/registration/received/unknown/", 404),
        ("/registration/unknown/nothing/here/", 404),
        ("/registration/complaint/", 200),
        ("/registration/complaint/received/unknown/", 404),
        ("/registration/link/", 200),
        ("/registration/erased/", 200),
        ("/registration/held/", 200),
    ],
)
def test_errors_and_confirmations_are_never_stored(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    if path != "/registration/unknown/nothing/here/":
        assert is_private(answer)


def test_a_refused_form_is_never_stored(registration_page):
    strict = Client(enforce_csrf_checks=True)
    assert is_private(strict.post(registration_page.url, {"name": "Ada"}))
    assert is_private(strict.post("/registration/link/", {"email": "ada@visitor.example"}))
    foreign = {"HTTP_SEC_FETCH_SITE": "cross-site"}
    assert is_private(strict.post(registration_page.url, {"name": "Ada"}, **foreign))


def test_a_refused_method_and_a_fault_are_never_stored(client, monkeypatch):
    assert is_private(client.post("/registration/erased/"))

    def fail(*arguments):
        raise ValueError

    monkeypatch.setattr("events.registrations.booking_views.show_form", fail)
    client.raise_request_exception = False
    answer = client.get("/registration/link/")
    assert answer.status_code == 500
    assert is_private(answer)


def test_a_public_page_is_left_alone(rf):
    answer = PersonalAnswers(lambda request: HttpResponse("all"))(rf.get("/prevent/"))
    assert not answer.has_header("Cache-Control")


def test_the_form_its_check_page_and_its_errors_are_never_stored(client, registration_page):
    for answer in (
        client.get(registration_page.url),
        client.post(registration_page.url, {"name": "Ada", "step": "check"}),
    ):
        assert is_private(answer)
