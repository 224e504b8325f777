"""Deliveries in the CMS: who may look, what is shown, and what the two actions do."""

from datetime import timedelta

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from events.registrations.mail import alarms
from events.registrations.mail.sending import send_due
from events.registrations.models import OutboundEmail
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory, RegistrationFactory, UserFactory

State = OutboundEmail.State
INDEX = "prevent_registrations_outboundemail_modeladmin_index"


def address(act: str, row: OutboundEmail) -> str:
    return reverse(f"prevent_registrations_outboundemail_modeladmin_{act}", args=[row.pk])


@pytest.fixture
def row(clock, db):
    return OutboundEmailFactory(
        registration=RegistrationFactory(name="Canary Name", email="canary@visitor.example"),
        state=State.FAILED,
        attempts=4,
        wanted_at=NOW - timedelta(hours=2),
        due_at=NOW + timedelta(minutes=30),
        last_error="SMTPConnectError 421",
    )


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead)
    return client


def test_leads_see_state_age_attempts_and_error_but_neither_text_nor_address(as_lead, row):
    page = as_lead.get(reverse(INDEX))
    html = " ".join(page.content.decode().split())
    assert page.status_code == 200
    for shown in (
        row.registration.reference,
        "SMTPConnectError 421",
        "2 hours",
        "<span> 4 <br> next",
    ):
        assert shown in html
    assert "c•••@visitor.example" in html
    assert "canary" not in html
    assert "Canary" not in html


def test_the_list_costs_the_same_number_of_queries_whatever_its_length(
    as_lead, row, django_assert_max_num_queries
):
    for _ in range(20):
        OutboundEmailFactory()
    as_lead.get(reverse(INDEX))
    with django_assert_max_num_queries(18):
        as_lead.get(reverse(INDEX))


@pytest.mark.parametrize(
    ("query", "status", "number"),
    [
        ("", 200, 2),
        ("?state=late", 200, 1),
        ("?state=unsent", 200, 1),
        ("?state=sent", 200, 1),
        ("?kind=reminder", 200, 0),
        ("?state=odd", 400, 0),
        ("?p=0", 400, 0),
        ("?p=9", 404, 0),
    ],
)
def test_the_list_can_be_filtered(as_lead, row, query, status, number):
    OutboundEmailFactory(state=State.SENT, sent_at=NOW)
    response = as_lead.get(reverse(INDEX) + query)
    assert response.status_code == status
    assert response.content.decode().count('role="rowheader"') == number


def test_retry_makes_the_email_due_and_is_logged(as_lead, row):
    assert as_lead.get(address("retry", row)).status_code == 302
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert as_lead.post(address("retry", row)).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.due_at) == (State.WAITING, NOW)
    entry = ModelLogEntry.objects.get(action="prevent_registrations.delivery_retried")
    assert "canary" not in f"{entry.label}{entry.data}".lower()


def test_abandoning_asks_first_and_is_logged(as_lead, row):
    question = as_lead.get(address("abandon", row))
    assert question.status_code == 200
    assert b"canary" not in question.content
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert as_lead.post(address("abandon", row)).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.ABANDONED, "AbandonedByHand")
    assert ModelLogEntry.objects.filter(action="prevent_registrations.delivery_abandoned").exists()


def test_abandoning_a_sent_email_does_nothing(as_lead, row):
    OutboundEmail.objects.update(state=State.SENT)
    as_lead.post(address("abandon", row))
    assert OutboundEmail.objects.get().state == State.SENT
    assert not ModelLogEntry.objects.filter(
        action="prevent_registrations.delivery_abandoned"
    ).exists()


def test_others_see_nothing_and_can_do_nothing(client, editor, row):
    client.force_login(editor)
    for method, path in [
        ("get", reverse(INDEX)),
        ("post", address("retry", row)),
        ("get", address("abandon", row)),
        ("post", address("abandon", row)),
    ]:
        response = getattr(client, method)(path)
        assert response.status_code == 403
        assert row.registration.reference not in response.content.decode()
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert INDEX not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_the_dashboard_warns_only_leads_of_late_email(client, lead, editor, row):
    home = reverse("wagtailadmin_home")
    client.force_login(lead)
    assert "1 email more than 15 minutes late" in " ".join(
        client.get(home).content.decode().split()
    )
    OutboundEmail.objects.update(state=State.SENT)
    assert "Undelivered email" not in client.get(home).content.decode()
    OutboundEmail.objects.update(state=State.FAILED)
    client.force_login(editor)
    assert "Undelivered email" not in client.get(home).content.decode()


BULK = "prevent_registrations_outboundemail_modeladmin_bulk"


@pytest.fixture
def abandoned(registration_page):
    """Emails given up on Saturday, after three days without the mail server."""
    saturday = NOW - timedelta(days=2)
    return OutboundEmailFactory.create_batch(
        300,
        state=State.ABANDONED,
        wanted_at=saturday - timedelta(days=3),
        tried_at=saturday,
        last_error="ConnectionRefusedError",
        attempts=80,
    )


def test_emails_given_up_on_saturday_are_on_mondays_dashboard_and_retried_by_one_action(
    client, abandoned, monkeypatch, clock
):
    client.force_login(UserFactory(is_superuser=True))
    dashboard = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "300 emails could not be delivered" in dashboard
    ready = client.get("/readyz").json()
    assert "undeliverable" in ready["degraded"]
    response = client.post(reverse(BULK), {"all": "1", "retry": "1"}, follow=True)
    assert "300 emails being sent again" in response.content.decode()
    assert sum(was_sent for _, was_sent in send_due()) == 300
    assert not alarms.unresolved().exists()
    assert "could not be delivered" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_ticked_emails_are_dismissed_with_a_reason_that_the_log_keeps(client, abandoned):
    client.force_login(UserFactory(is_superuser=True))
    ticked = {"emails": [abandoned[0].pk, abandoned[1].pk], "dismiss": "1"}
    client.post(reverse(BULK), ticked)
    assert alarms.unresolved().count() == 300
    client.post(reverse(BULK), {**ticked, "reason": "Told by telephone"})
    assert alarms.unresolved().count() == 298
    entry = ModelLogEntry.objects.filter(action="prevent_registrations.delivery_abandoned").first()
    assert entry.data["reason"] == "Told by telephone"


def test_an_email_is_found_by_its_reference_and_leads_to_its_registration(client, series):
    registration = RegistrationFactory()
    mine = OutboundEmailFactory(registration=registration, state=State.ABANDONED)
    other = OutboundEmailFactory(registration=RegistrationFactory(email="o@visitor.example"))
    client.force_login(UserFactory(is_superuser=True))
    shown = client.get(reverse(INDEX), {"reference": registration.reference.lower()})
    text = shown.content.decode()
    assert f'value="{mine.pk}"' in text
    assert other.registration.reference not in text
    assert (
        reverse("prevent_registrations_registration_modeladmin_inspect", args=[registration.pk])
        in text
    )
