"""A complaint from the public form to its answer and its deletion."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from events.registrations import cases, guarded_forms, jobs
from events.registrations.complaints import FORM_KEY
from events.registrations.models import (
    AccessRecord,
    Complaint,
    DataProtectionSettings,
    ErasureCertificate,
    OutboundEmail,
)
from tests.conftest import NOW
from tests.factories import UserFactory

FORM = "/registration/complaint/"
LIST = "/cms/data-protection/complaints/"
TEXT = "You kept my data too long"


@pytest.fixture
def given(clock):
    return {
        "name": "Ada Visitor",
        "email": "ada@visitor.example",
        "text": TEXT,
        "submission_key": guarded_forms.issue_token(FORM_KEY, at=NOW, trusted=True),
    }


@pytest.fixture
def complaint(given, client, home):
    client.post(FORM, given)
    return Complaint.objects.get()


@pytest.fixture
def officer(db):
    return UserFactory(username="olu", group="Data protection")


def test_a_complaint_is_stored_acknowledged_and_due_in_thirty_days(given, client, home):
    assert client.get(FORM).status_code == 200
    answer = client.post(FORM, given, follow=True)
    complaint = Complaint.objects.get()
    page = answer.content.decode()
    assert complaint.reference in page
    assert complaint.due_on == date(2026, 12, 2)
    assert "2 December 2026" in page
    assert TEXT not in page
    assert complaint.reference not in answer.request["PATH_INFO"]


def test_its_text_is_encrypted_in_the_database(complaint):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM prevent_registrations_complaint")
        row = str(cursor.fetchone())
    for word in ("Ada Visitor", "visitor.example", TEXT):
        assert word not in row


def test_the_person_and_the_inbox_get_the_reference_and_none_of_the_text(
    given, client, home, mailoutbox
):
    settings = DataProtectionSettings.for_site(home.get_site())
    settings.inbox = "data.protection@council.example"
    settings.save()
    client.post(FORM, given)
    call_command("send_outbox")
    reference = Complaint.objects.get().reference
    told = {mail.to[0]: mail for mail in mailoutbox}
    assert set(told) == {"ada@visitor.example", "data.protection@council.example"}
    for mail in mailoutbox:
        assert reference in mail.body
        assert "2 December 2026" in mail.body
        assert reference not in mail.subject
        assert TEXT not in str(mail.message())
    assert "Ada Visitor" not in str(told["data.protection@council.example"].message())


def test_the_same_form_twice_is_one_complaint(given, client, home):
    first, second = client.post(FORM, given), client.post(FORM, given)
    assert Complaint.objects.count() == 1
    assert OutboundEmail.objects.count() == 2
    assert first.status_code == second.status_code == 302


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"name": ""}, 422, "Enter your full name"),
        ({"name": "Ada\nBcc: x"}, 422, ""),
        ({"email": "ada"}, 422, "like name@example.com"),
        ({"text": ""}, 422, "Enter your complaint"),
        ({"text": "x" * 5001}, 422, "5000 characters or fewer"),
        ({"contact_me_by_fax": "yes"}, 422, "Sorry, we could not accept your form"),
        ({"submission_key": "forged"}, 422, "send the form again"),
    ],
)
def test_errors_are_asked_again_with_what_was_typed(given, client, home, changed, status, sentence):
    answer = client.post(FORM, given | changed)
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    if "text" not in changed:
        assert TEXT in answer.content.decode()
    assert not Complaint.objects.exists()


def test_too_many_from_one_place_have_to_wait(given, client, home, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 0}
    answer = client.post(FORM, given)
    assert answer.status_code == 429
    assert TEXT in answer.content.decode()


def test_a_stranger_cannot_read_a_confirmation(client, home):
    assert client.get(f"{FORM}received/forged/").status_code == 404


def test_the_officer_lists_reads_and_answers_it(client, complaint, officer, clock):
    client.force_login(officer)
    listed = client.get(LIST).content.decode()
    assert complaint.reference in listed
    assert "Ada Visitor" not in listed
    assert TEXT in client.get(f"{LIST}{complaint.pk}/").content.decode()
    assert AccessRecord.objects.filter(action="complaint", user=officer).count() == 1
    client.post(f"{LIST}{complaint.pk}/", {"outcome": "We have deleted it"})
    closed = Complaint.objects.get()
    assert (closed.outcome, closed.closed_at) == ("We have deleted it", NOW)
    assert closed.erase_at == datetime(2027, 11, 2, 12, tzinfo=UTC)
    assert "We have deleted it" in client.get(f"{LIST}{complaint.pk}/").content.decode()


def test_an_answer_is_not_overwritten(complaint, clock):
    assert cases.close(complaint, outcome="First", at=NOW)
    assert not cases.close(complaint, outcome="Second", at=NOW)
    assert Complaint.objects.get().outcome == "First"


def test_a_complaint_waiting_too_long_is_shown_as_overdue(client, complaint, officer, clock):
    client.force_login(officer)
    clock.move_to("2026-12-02T22:00:00+00:00")
    assert "Overdue" not in client.get(LIST).content.decode()
    clock.move_to("2026-12-03T00:00:01+00:00")
    client.force_login(officer)
    assert "Overdue" in client.get(LIST).content.decode()
    assert "1 overdue" in client.get("/cms/data-protection/").content.decode()


def test_a_lost_key_is_reported_and_no_blank_is_shown(client, complaint, officer, settings):
    settings.PREVENT = {
        **settings.PREVENT,
        "FIELD_ENCRYPTION_KEYS": ["bmJubmJubmJubmJubmJubmJubmJubmJubmJubmJubmI="],
    }
    client.force_login(officer)
    answer = client.get(f"{LIST}{complaint.pk}/")
    assert answer.status_code == 503
    assert "FIELD_ENCRYPTION_KEYS" in answer.content.decode()


def test_it_is_erased_a_year_after_its_answer_with_its_email(complaint, clock):
    cases.close(complaint, outcome="Done", at=NOW)
    due = Complaint.objects.get().erase_at
    second = timedelta(seconds=1)
    assert jobs.erase_due(at=due - second).endswith("0 complaints and requests erased")
    assert jobs.erase_due(at=due + second).endswith("1 complaint or request erased")
    erased = Complaint.objects.get()
    assert (erased.name, erased.email, erased.text, erased.outcome) == ("", "", "", "")
    assert erased.erased_at == due + second
    assert not OutboundEmail.objects.exists()
    assert ErasureCertificate.objects.get().counts == {"complaints": 1, "outbound emails": 2}


def test_an_open_complaint_is_never_erased(complaint, clock):
    later = NOW + timedelta(days=3000)
    assert jobs.erase_due(at=later).endswith("0 complaints and requests erased")
