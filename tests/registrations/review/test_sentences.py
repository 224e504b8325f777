"""Staff's own sentence in the email about a decision, previewed before it is sent."""

import pytest
from django.urls import reverse

from events.registrations.emails.kinds import compose
from events.registrations.models import OutboundEmail, Registration
from tests.conftest import NOW
from tests.factories import RegistrationFactory
from tests.registrations.review.conftest import address

SENTENCE = "Please use the side door on the day."


@pytest.fixture
def request_for_a_place(clock, registration_page):
    page = registration_page
    return RegistrationFactory(
        page=page,
        occurrence=page.event.occurrences.order_by("date").first(),
        status="received",
        name="Ada Visitor",
        email="ada@visitor.example",
    )


def composed(kind):
    return compose(OutboundEmail.objects.get(kind=kind), at=NOW).body


def test_it_is_previewed_and_appears_only_in_the_email_to_the_person(
    request_for_a_place, lead_client
):
    row = request_for_a_place
    url = address("decide", row.pk)
    given = {"seen": "received", "status": "confirmed", "note": "", "sentence": SENTENCE}
    shown = lead_client.post(url, given | {"preview": "on"}).content.decode()
    assert "has confirmed your place" in shown
    assert shown.count(SENTENCE) == 2
    assert row.link_token() not in shown
    assert Registration.objects.get(pk=row.pk).status == "received"
    assert not OutboundEmail.objects.exists()

    lead_client.post(url, given)
    assert SENTENCE in composed("confirmed")
    assert SENTENCE not in composed("organiser_decided")
    # No longer true, so the email describes the current state in our own words.
    Registration.objects.filter(pk=row.pk).update(status="withdrawn")
    assert SENTENCE not in composed("confirmed")
    Registration.objects.filter(pk=row.pk).update(status="confirmed", discreet=True)
    assert SENTENCE not in composed("confirmed")


def test_no_email_has_no_preview_and_a_link_is_refused(request_for_a_place, lead_client):
    url = address("decide", request_for_a_place.pk)
    given = {"seen": "received", "status": "attended", "note": "", "preview": "on"}
    assert "No email is sent for this" in lead_client.post(url, given).content.decode()
    wrong = given | {"status": "confirmed", "sentence": "See www.example.com"}
    answer = lead_client.post(url, wrong)
    assert answer.status_code == 422
    assert "Leave out links" in answer.content.decode()
    assert "See www.example.com" in answer.content.decode()


def test_the_confirmation_is_sent_again_with_a_sentence(request_for_a_place, lead_client):
    url = address("send_again", request_for_a_place.pk)
    given = {"again-sentence": SENTENCE}
    shown = lead_client.post(url, given | {"preview": "on"}).content.decode()
    assert shown.count(SENTENCE) == 2
    assert not OutboundEmail.objects.exists()
    lead_client.post(url, given)
    assert SENTENCE in composed("received")
    long = lead_client.post(url, {"again-sentence": "x" * 501})
    assert long.status_code == 422
    assert OutboundEmail.objects.count() == 1


def test_many_people_get_the_same_sentence(request_for_a_place, lead_client):
    url = reverse("prevent_registrations_registration_modeladmin_bulk")
    given = {
        "registration": str(request_for_a_place.pk),
        "action": "declined",
        "sentence": SENTENCE,
    }
    shown = lead_client.post(url, given | {"preview": "on"}).content.decode()
    assert "cannot offer you a place" in shown
    assert shown.count(SENTENCE) == 2
    b"".join(lead_client.post(url, given | {"confirmed": "on"}))
    assert SENTENCE in composed("declined")
