"""Three days with a mail server that refuses, then one action in the CMS."""

from collections import Counter
from datetime import timedelta

from django.urls import reverse

from events.registrations.models import OutboundEmail
from tests.registrations.mail.conftest import NOW

State = OutboundEmail.State
DELIVERIES = "prevent_registrations_outboundemail_modeladmin"
MAILS = 300


def states():
    return Counter(OutboundEmail.objects.values_list("state", flat=True))


def test_300_emails_given_up_after_three_days_are_all_delivered_by_one_action(
    server, owed, send, now, client, lead, clock
):
    clock.move_to(NOW)
    owed(MAILS)
    server.mood = "unavailable"
    for hours in (0, 24, 48, 73):
        now.time = NOW + timedelta(hours=hours)
        while send():
            continue
    assert states() == {State.ABANDONED: MAILS}
    assert server.taken == []

    clock.move_to(now())
    client.force_login(lead)
    assert f"{MAILS} " in client.get(reverse("wagtailadmin_home")).content.decode()
    client.post(reverse(f"{DELIVERIES}_bulk"), {"all": "on"})
    assert states() == {State.WAITING: MAILS}

    server.mood = "well"
    while send():
        continue
    assert states() == {State.SENT: MAILS}
    assert len(server.message_ids) == len(set(server.message_ids)) == MAILS
