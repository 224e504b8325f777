"""A changed inbox counts once a safeguarding lead confirms it. Until then its emails wait."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from wagtail.models import PageLogEntry

from events.registrations import outbox
from events.registrations.emails.digests import make_digests
from events.registrations.emails.kinds import compose
from events.registrations.mail.sending import send_due
from events.registrations.models import KnownRoute, OutboundEmail, RegistrationPage
from tests.conftest import NOW
from tests.factories import RegistrationFactory

pytestmark = pytest.mark.django_db

Kind = OutboundEmail.Kind
OLD = "roundtables@council.example"
NEW = "someone@elsewhere.example"


@pytest.fixture
def page(registration_page):
    registration_page.event.organiser.inbox = OLD
    registration_page.event.organiser.save()
    KnownRoute.objects.update(pending=[], confirmed=[OLD], addresses=[OLD])
    OutboundEmail.objects.all().delete()
    return RegistrationPage.objects.get(pk=registration_page.pk)


def send_organiser(page, inbox):
    organiser = page.event.organiser
    organiser.inbox = inbox
    organiser.save()
    return RegistrationPage.objects.get(pk=page.pk)


def book(page):
    registration = RegistrationFactory(
        page=page, occurrence=page.event.occurrences.order_by("date").first()
    )
    outbox.enqueue_emails(registration, [(Kind.ORGANISER_RECEIVED, 1)], at=NOW)
    return registration


def sent_to(kind=Kind.ORGANISER_RECEIVED) -> list[str]:
    rows = OutboundEmail.objects.filter(kind=kind, state=OutboundEmail.State.SENT)
    return list(rows.values_list("recipient", flat=True))


def test_emails_to_a_new_inbox_wait_until_a_lead_confirms_it(client, clock, page, lead, moderator):
    lead.email = "lead@council.example"
    lead.save()
    page = send_organiser(page, NEW)
    book(page)
    list(send_due())
    assert sent_to() == []
    waiting = OutboundEmail.objects.get(kind=Kind.ORGANISER_RECEIVED)
    assert (waiting.held, waiting.last_error) == (True, outbox.UNCONFIRMED)
    assert waiting not in OutboundEmail.objects.late(at=NOW + timedelta(days=9), after=timedelta())
    notice = OutboundEmail.objects.get(kind=Kind.ROUTE_WAITING)
    assert notice.recipient == "lead@council.example"
    assert "wait until you or another safeguarding lead confirms it" in compose(notice).body

    url = reverse("prevent_inboxes")
    client.force_login(moderator)
    assert client.get(url).status_code == 403
    assert client.post(url, {"page": page.pk, "address": NEW}).status_code == 403
    client.force_login(lead)
    shown = client.get(url).content.decode()
    assert NEW in shown
    assert "1 email waits." in shown
    # An address that was not shown is not confirmed.
    client.post(url, {"page": page.pk, "address": "other@council.example"})
    assert OutboundEmail.objects.filter(held=True).exists()
    clock.move_to(NOW + timedelta(days=5))
    client.post(url, {"page": page.pk, "address": NEW})
    list(send_due())
    assert sent_to() == [NEW]
    entry = PageLogEntry.objects.get(action="prevent_registrations.route_confirmed")
    assert (entry.user, entry.data) == (lead, {"confirmed": ["s•••@elsewhere.example"]})
    book(page)
    list(send_due())
    assert sent_to() == [NEW, NEW]
    assert "No inbox is waiting to be confirmed." in client.get(url).content.decode()


def test_a_wrong_inbox_that_is_taken_out_again_gets_nothing_and_nothing_is_lost(clock, page):
    page = send_organiser(page, NEW)
    book(page)
    page = send_organiser(page, OLD)
    list(send_due())
    assert sent_to() == [OLD]
    wrong = [message.subject for message in mail.outbox if message.to == [NEW]]
    assert wrong == ["Registrations are no longer sent to this address"]


def test_an_inbox_that_was_added_beside_one_and_taken_out_costs_the_other_no_second_email(page):
    page.copy_inboxes = NEW
    page.save_revision().publish()
    page = RegistrationPage.objects.get(pk=page.pk)
    book(page)
    list(send_due())
    assert sent_to() == [OLD]
    page.copy_inboxes = ""
    page.save_revision().publish()
    list(send_due())
    assert sent_to() == [OLD]
    held = OutboundEmail.objects.get(kind=Kind.ORGANISER_RECEIVED, recipient=NEW)
    assert held.state == OutboundEmail.State.ABANDONED


def test_a_daily_summary_waits_too(page):
    page.organiser_mail = "daily"
    page.save_revision().publish()
    page = send_organiser(RegistrationPage.objects.get(pk=page.pk), NEW)
    book(page)
    assert make_digests(at=NOW + timedelta(days=2)) == 0


def test_the_inboxes_of_a_first_publication_wait_for_nobody(registration_page):
    assert KnownRoute.objects.get(page=registration_page).pending == []
    book(registration_page)
    list(send_due())
    assert len(sent_to()) == 1
