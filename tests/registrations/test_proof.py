from hashlib import sha256

import pytest

from events.registrations import acts, proof
from events.registrations.models import PlaceCount, Registration
from tests.conftest import NOW

BITS = 8


def solve(challenge, bits=BITS):
    return next(
        str(number)
        for number in range(1_000_000)
        if int(sha256(f"{challenge}.{number}".encode()).hexdigest(), 16) >> (256 - bits) == 0
    )


@pytest.fixture
def asked(settings):
    settings.REGISTRATION_PROOF_OF_WORK_BITS = BITS


def test_by_default_no_proof_is_asked_for_and_no_script_is_loaded(client, registration_page):
    shown = client.get(registration_page.url).content.decode()
    assert "proof" not in shown


def test_a_site_that_sets_nothing_asks_for_none(settings):
    del settings.REGISTRATION_PROOF_OF_WORK_BITS
    assert proof.bits_asked() == 0


@pytest.mark.parametrize(
    ("answer", "is_right"), [("", False), ("x", False), ("right", True), ("too long" * 9, False)]
)
def test_a_proof_is_for_its_own_challenge(answer, is_right):
    answer = solve("challenge", 16) if answer == "right" else answer
    assert proof.is_proof(answer, "challenge", bits=16) is is_right
    assert not proof.is_proof(answer, "another", bits=16)


def test_a_form_with_its_proof_gets_a_place(valid_form, answers, asked, registration_page):
    sent = answers()
    registration = acts.register(
        valid_form(submission_key=sent["submission_key"], proof=solve(sent["submission_key"])),
        at=NOW,
    )[0].registration
    assert (registration.status, registration.held_because) == ("confirmed", "")


def test_without_one_the_answers_are_kept_for_a_person_to_look_at(
    client, registration_page, answers, asked, lead
):
    reply = client.post(registration_page.url, answers(), follow=True)
    assert b"We have received your registration" in reply.content
    registration = Registration.objects.get()
    assert registration.status == "received"
    assert "proof" in registration.held_because
    assert [answer["value"] for answer in registration.sensitive_answers] == ["A hearing loop"]
    assert PlaceCount.objects.get().taken == 0
    acts.change_status(registration, "confirmed", by=lead)
    assert PlaceCount.objects.get().taken == 1


def test_the_proof_is_sent_on_from_the_page_to_check(client, registration_page, answers, asked):
    sent = answers()
    sent |= {"proof": solve(sent["submission_key"]), "step": "check"}
    shown = client.post(registration_page.url, sent).content.decode()
    assert f'name="proof" value="{sent["proof"]}"' in shown
    assert "prevent_registrations/proof.js" in shown
