"""Concern flags: who sees a flagged registration, who is emailed, and how little it says."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from events.registrations import actions
from events.registrations.emails.kinds import compose
from events.registrations.mail import sending
from events.registrations.models import AccessRecord, EventAssignment, OutboundEmail, Registration
from events.registrations.review import decisions
from tests.factories import UserFactory
from tests.registrations.review.conftest import PERSONAL, address

Kind = OutboundEmail.Kind


@pytest.fixture
def on_the_page(registration, registration_page):
    registration.page = registration_page
    registration.occurrence = registration_page.event.occurrences.first()
    registration.save()
    return registration


@pytest.fixture
def organiser(on_the_page):
    user = UserFactory(username="olga", group="Organisers")
    EventAssignment.objects.create(user=user, event=on_the_page.occurrence.event)
    return user


def test_a_flag_hides_a_registration_from_organisers(client, organiser, lead, on_the_page):
    client.force_login(organiser)
    url = address("inspect", on_the_page.pk)
    assert client.get(url).status_code == 200
    decisions.flag(on_the_page, by=lead, why="An answer worries me")
    assert client.get(url).status_code == 404
    assert on_the_page.reference not in client.get(address("index")).content.decode()
    decisions.clear_flag(on_the_page, by=lead, why="A misunderstanding")
    assert client.get(url).status_code == 200


def test_the_leads_are_emailed_without_details(on_the_page, lead, organiser, clock):
    decisions.flag(on_the_page, by=organiser, why="An answer worries me")
    owed = OutboundEmail.objects.get(kind=Kind.CONCERN)
    assert owed.recipient == lead.email
    list(sending.send_due())
    [message] = [each for each in mail.outbox if each.to == [lead.email]]
    text = f"{message.subject} {message.body}"
    assert address("inspect", on_the_page.pk) in text
    assert not [
        word for word in (*PERSONAL, "worries", "concern", on_the_page.reference) if word in text
    ]


def test_only_the_person_assigned_is_emailed(on_the_page, lead):
    other = UserFactory(username="lena", group="Safeguarding leads")
    Registration.objects.update(assigned_to=other)
    on_the_page.refresh_from_db()
    decisions.flag(on_the_page, by=lead, why="An answer worries me")
    assert OutboundEmail.objects.get(kind=Kind.CONCERN).recipient == other.email


def test_email_to_organisers_is_held_back_and_sent_once_the_flag_is_cleared(
    on_the_page, lead, clock
):
    actions.outbox.enqueue_emails(
        on_the_page, [(Kind.ORGANISER_RECEIVED, 0)], at=on_the_page.received_at
    )
    decisions.flag(on_the_page, by=lead, why="An answer worries me")
    actions.outbox.enqueue_emails(
        on_the_page, [(Kind.ORGANISER_CHANGED, 1)], at=on_the_page.received_at
    )
    list(sending.send_due())
    inbox = on_the_page.page.recipient
    assert not [each for each in mail.outbox if each.to == [inbox]]
    decisions.clear_flag(on_the_page, by=lead, why="A misunderstanding")
    list(sending.send_due())
    assert len([each for each in mail.outbox if each.to == [inbox]]) == 1


def test_a_lead_flags_on_the_page_and_reads_what_to_do_next(client, lead, on_the_page):
    client.force_login(lead)
    sent = {"why": "An answer worries me"}
    response = client.post(address("flag", on_the_page.pk), sent, follow=True)
    body = " ".join(response.content.decode().split())
    assert "Flagged: may hold a safeguarding concern" in body
    assert "Registering is not a referral" in body
    assert "0800 789 321" in body
    on_the_page.refresh_from_db()
    assert on_the_page.status == "received"
    assert on_the_page.history.latest("pk").note == "An answer worries me"
    assert AccessRecord.objects.filter(action="flagged").count() == 1


def test_an_organiser_flags_and_cannot_clear(client, organiser, lead, on_the_page):
    client.force_login(organiser)
    sent = {"why": "An answer worries me"}
    response = client.post(address("flag", on_the_page.pk), sent)
    assert response["Location"] == address("index")
    assert client.post(address("flag", on_the_page.pk), sent | {"clear": "on"}).status_code == 403
    on_the_page.refresh_from_db()
    assert on_the_page.concern_since is not None


def test_nobody_without_an_address_or_a_right_is_emailed(on_the_page, lead, organiser):
    Group.objects.get(name="Safeguarding leads").user_set.clear()
    decisions.flag(on_the_page, by=lead, why="An answer worries me")
    assert not OutboundEmail.objects.filter(kind=Kind.CONCERN).exists()


def test_a_new_assignment_sends_one_email_without_details(on_the_page, lead, clock):
    colleague = UserFactory(
        username="carla", email="carla@council.example", group="Safeguarding leads"
    )
    decisions.assign(on_the_page, colleague, by=lead)
    decisions.assign(on_the_page, None, by=lead)
    decisions.assign(on_the_page, colleague, by=lead)
    email = OutboundEmail.objects.get(kind="assigned")
    assert email.recipient == "carla@council.example"
    message = compose(email)
    assert "?assigned=me" in message.body
    assert not [word for word in (*PERSONAL, on_the_page.reference) if word in message.body]


def test_nobody_is_emailed_about_assigning_to_themselves(on_the_page, lead):
    decisions.assign(on_the_page, lead, by=lead)
    assert not OutboundEmail.objects.filter(kind="assigned").exists()
