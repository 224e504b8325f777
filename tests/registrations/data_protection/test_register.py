"""The register of requests and complaints that reach staff by letter, email, phone or in person."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from events.registrations import cases
from events.registrations.models import AccessRecord, Complaint, OutboundEmail, SubjectRequest
from events.registrations.models.data_protection import one_month_after

DESK = "/cms/data-protection/"
GIVEN = {
    "channel": "phone",
    "received_on": "2026-10-31",
    "name": "Zephyrine Caller",
    "email": "",
    "contact": "01632 960 123",
    "text": "Wants to see everything",
}


@pytest.fixture
def desk(client, officer, clock):
    client.force_login(officer)
    return client


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 15), date(2026, 2, 15)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 8, 31), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2026, 2, 28), date(2026, 3, 28)),
    ],
)
def test_a_request_is_due_one_month_after_receipt(received, due):
    assert one_month_after(received) == due


def test_a_request_is_due_by_its_london_day_of_receipt():
    late = datetime(2026, 7, 30, 23, 30, tzinfo=UTC)
    assert SubjectRequest.due_day(received_at=late) == date(2026, 8, 31)


def test_a_request_by_telephone_is_entered_listed_answered_and_erased(desk, officer, clock):
    answer = desk.post(f"{DESK}requests/enter/", {**GIVEN, "kind": "access"}, follow=True)
    page = answer.content.decode()
    assert "Answer it by 30 November 2026" in page
    assert "01632 960 123" in page
    case = SubjectRequest.objects.get()
    assert (case.kind, case.channel, case.due_on) == ("access", "phone", date(2026, 11, 30))
    listed = desk.get(f"{DESK}requests/").content.decode()
    assert case.reference in listed
    assert "A copy of their data" in listed
    assert "Zephyrine" not in listed
    assert "1 open, 0 overdue" in desk.get(DESK).content.decode()
    assert not OutboundEmail.objects.exists()
    desk.post(f"{DESK}requests/{case.pk}/", {"outcome": "Sent a copy by letter"})
    case.refresh_from_db()
    assert case.outcome == "Sent a copy by letter"
    list(cases.erase_due(at=case.erase_at + timedelta(days=1)))
    case.refresh_from_db()
    assert (case.name, case.contact, case.text, case.outcome) == ("", "", "", "")
    assert case.erased_at
    assert AccessRecord.objects.filter(action="complaint", user=officer).count() >= 2


def test_a_request_becomes_overdue_after_its_last_day(desk, officer, clock):
    desk.post(f"{DESK}requests/enter/", {**GIVEN, "kind": "erasure"})
    clock.move_to("2026-11-30T23:00:00+00:00")
    desk.force_login(officer)
    assert "1 open, 0 overdue" in desk.get(DESK).content.decode()
    clock.move_to("2026-12-01T09:00:00+00:00")
    assert "1 open, 1 overdue" in desk.get(DESK).content.decode()
    assert "Overdue" in desk.get(f"{DESK}requests/").content.decode()


def test_a_complaint_on_paper_is_entered_and_nobody_is_emailed_without_an_address(desk):
    desk.post(f"{DESK}complaints/enter/", {**GIVEN, "channel": "letter"})
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.due_on) == ("letter", date(2026, 11, 30))
    assert not OutboundEmail.objects.exists()


def test_a_complaint_with_an_address_is_acknowledged(desk):
    desk.post(f"{DESK}complaints/enter/", {**GIVEN, "email": "zed@visitor.example"})
    email = OutboundEmail.objects.get()
    assert (email.kind, email.recipient) == ("complaint_received", "zed@visitor.example")
    assert email.about == Complaint.objects.get().reference


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"received_on": ""}, "Enter the date we received it"),
        ({"received_on": "2026-11-03"}, "not in the future"),
        ({"received_on": "2024-01-01"}, "within the last year"),
        ({"name": ""}, "Enter the person’s name"),
        ({"channel": "form"}, "Select a valid choice"),
        ({"email": "zed@"}, "like name@example.com"),
        ({"kind": ""}, "Choose what the person wants"),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(desk, changed, sentence):
    answer = desk.post(f"{DESK}requests/enter/", {**GIVEN, "kind": "access", **changed})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Wants to see everything" in answer.content.decode()
    assert not SubjectRequest.objects.exists()


def test_what_a_person_wrote_is_encrypted(desk):
    desk.post(f"{DESK}requests/enter/", {**GIVEN, "kind": "access"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM prevent_registrations_subjectrequest")
        row = str(cursor.fetchall())
    for word in ("Zephyrine", "01632", "everything"):
        assert word not in row


def test_an_entered_request_is_part_of_the_persons_copy(desk, clock):
    given = {**GIVEN, "kind": "access", "email": "zed@visitor.example"}
    desk.post(f"{DESK}requests/enter/", given)
    page = desk.post(f"{DESK}find/", {"q": "ZED@visitor.example"}).content.decode()
    assert "0 complaints, 1 request, 0 accounts" in page
    copied = desk.post(
        f"{DESK}copy/json/", {"email": "zed@visitor.example", "reviewed": "on"}
    ).json()
    assert copied["requests"][0]["text"] == "Wants to see everything"
    assert timezone.now().isoformat()[:10] in copied["made_at"]
