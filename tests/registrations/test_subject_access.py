import json

import pytest
from django.core.management import CommandError, call_command

from events.registrations import cases, erasure_requests, holds, subject_access
from events.registrations.models import (
    AccessRecord,
    ErasureCertificate,
    Registration,
)
from events.registrations.subject_access import UNTOLD
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory, RegistrationFactory, UserFactory

EMAIL = "ada@visitor.example"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def registration():
    return RegistrationFactory(
        answers=[{"name": "q", "label": "Your question", "value": "Why?"}],
        sensitive_answers=[{"name": "a", "label": "Access needs", "value": "A hearing loop"}],
    )


def report(capsys):
    call_command("personal_data", EMAIL)
    return json.loads(capsys.readouterr().out)


def test_the_command_prints_everything_held_as_json(registration, capsys):
    OutboundEmailFactory(registration=registration)
    UserFactory(username="ada", email=EMAIL)
    cases.receive(name="Ada", email=EMAIL, text="No", key="once", at=NOW)
    told = report(capsys)
    assert told["registrations"][0]["sensitive_answers"][0]["value"] == "A hearing loop"
    assert told["registrations"][0]["outbound emails"][0]["recipient"] == EMAIL
    assert told["complaints"][0]["text"] == "No"
    assert told["cms_accounts"][0]["username"] == "ada"
    assert [mail["kind"] for mail in told["other_emails"]] == ["complaint_received"]


def test_every_field_of_a_registration_is_included_except_keys_and_tokens(registration, capsys):
    told = set(report(capsys)["registrations"][0])
    fields = {field.name for field in Registration._meta.concrete_fields}
    assert fields - UNTOLD <= told
    assert not UNTOLD & told


def test_the_command_prints_a_readable_page(registration, capsys):
    call_command("personal_data", EMAIL, "--format", "html")
    assert "A hearing loop" in capsys.readouterr().out


def test_viewing_is_recorded_without_naming_the_person(registration, capsys):
    report(capsys)
    line = AccessRecord.objects.get()
    assert (line.action, line.user, line.count, line.registration_pk) == ("accessed", None, 1, None)


def test_the_command_erases_across_all_events_whatever_the_spelling(registration, capsys):
    RegistrationFactory(email=EMAIL.upper())
    other = RegistrationFactory(email="ben@visitor.example")
    call_command("personal_data", EMAIL, "--erase")
    assert "2 registrations erased" in capsys.readouterr().out
    assert list(Registration.objects.not_erased()) == [other]
    certificate = ErasureCertificate.objects.get()
    assert (certificate.reason, certificate.counts["registrations"]) == ("command", 2)


def test_held_registrations_are_reported_and_fail_the_command(registration, lead, capsys):
    holds.place(registration, reason="Claim", until=NOW.date(), by=lead, at=NOW)
    with pytest.raises(CommandError, match="Not everything"):
        call_command("personal_data", EMAIL, "--erase")
    assert f"{registration.reference} is held until 2 November 2026" in capsys.readouterr().out


def test_an_invalid_address_is_refused(capsys):
    with pytest.raises(CommandError, match="enter an email address"):
        call_command("personal_data", "ada")


def test_an_unknown_address_has_nothing(capsys):
    told = report(capsys)
    assert (told["registrations"], told["complaints"], told["cms_accounts"]) == ([], [], [])


def test_erased_registrations_are_no_longer_found(registration):
    erasure_requests.erase_all(
        subject_access.registrations_of(EMAIL), reason=ErasureCertificate.Reason.COMMAND, at=NOW
    )
    assert subject_access.collect(EMAIL, at=NOW)["registrations"] == []
