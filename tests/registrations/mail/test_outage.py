"""Seventy-two hours without a mail server, by a clock that the test moves."""

from datetime import timedelta

import pytest

from events.registrations.mail.alarms import outbox_state
from events.registrations.mail.worker import look_after_outbox
from events.registrations.models import OutboundEmail
from tests.registrations.mail.conftest import NOW
from tests.smtp_servers import closed_port, plain_text_of

State = OutboundEmail.State
ALARM = OutboundEmail.Kind.ALARM


@pytest.fixture
def outage(server, settings):
    """The site's mail server is gone. Calling this brings it back."""
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, closed_port()
    settings.PREVENT = {**settings.PREVENT, "TECHNICAL_EMAIL": "web@council.example"}

    def end():
        settings.EMAIL_PORT = port

    return end


def test_72_hours_of_outage_lose_nothing(outage, server, owed, send, now, caplog):
    rows = owed(25)
    first_alarm = None
    while now() < NOW + timedelta(hours=72):
        look_after_outbox(at=now())
        send()
        if first_alarm is None and any(r.levelname == "ERROR" for r in caplog.records):
            first_alarm = now() - NOW
        now.forward(minutes=5)
    assert not OutboundEmail.objects.filter(state=State.ABANDONED).exists()
    assert first_alarm == timedelta(minutes=20)  # The first check after 15 minutes.
    assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 3
    attempts = OutboundEmail.objects.exclude(kind=ALARM).values_list("attempts", flat=True)
    assert all(70 <= number <= 100 for number in attempts)

    outage()
    now.forward(hours=1)
    look_after_outbox(at=now())
    send()
    send()
    assert set(OutboundEmail.objects.values_list("state", flat=True)) == {State.SENT}
    assert {row.message_id for row in rows} <= set(server.message_ids)
    assert len(server.message_ids) == len(set(server.message_ids))
    assert outbox_state(at=now()).is_well


def test_the_alarm_is_raised_within_15_minutes_and_one_check(outage, owed, now, caplog):
    owed()
    now.forward(minutes=15)
    look_after_outbox(at=now())
    assert not caplog.records
    now.forward(seconds=10)
    look_after_outbox(at=now())
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    alarm = OutboundEmail.objects.get(kind=ALARM)
    assert (alarm.recipient, alarm.registration) == ("web@council.example", None)


def test_the_alarm_is_raised_once_a_day_by_any_number_of_workers(outage, owed, now, caplog):
    owed()
    now.forward(minutes=16)
    for _ in range(3):
        look_after_outbox(at=now())
    now.forward(hours=23, minutes=59)
    look_after_outbox(at=now())
    assert OutboundEmail.objects.filter(kind=ALARM).count() == 1
    now.forward(minutes=2)
    look_after_outbox(at=now())
    assert OutboundEmail.objects.filter(kind=ALARM).count() == 2
    assert len(caplog.records) == 2


def test_a_second_outage_on_the_same_day_is_logged_but_not_emailed(outage, owed, now, caplog):
    (row,) = owed()
    now.forward(minutes=16)
    look_after_outbox(at=now())
    OutboundEmail.objects.filter(pk=row.pk).update(state=State.SENT)
    now.forward(hours=1)
    look_after_outbox(at=now())
    owed(1, wanted_at=now())
    now.forward(minutes=16)
    look_after_outbox(at=now())
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert OutboundEmail.objects.filter(kind=ALARM).count() == 1


def test_an_alarm_raises_no_alarm(outage, owed, now):
    owed(kind=ALARM, registration=None, recipient="web@council.example")
    now.forward(hours=2)
    assert outbox_state(at=now()).is_well


def test_a_mistyped_address_is_no_sign_of_an_outage(server, owed, send, now, caplog, settings):
    settings.PREVENT = {**settings.PREVENT, "TECHNICAL_EMAIL": "web@council.example"}
    owed(recipient="nobody@visitor.example")
    server.mood = "refusing_one"
    send()
    caplog.clear()
    look_after_outbox(at=now())
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "1 emails were refused by their recipients' mail servers")
    ]
    assert not OutboundEmail.objects.filter(kind=ALARM).exists()
    notice = OutboundEmail.objects.get(kind="undeliverable")
    assert notice.recipient == "web@council.example"
    assert outbox_state(at=now()).is_well


def test_a_mistyped_address_does_not_silence_the_alarm_about_late_email(
    server, owed, send, now, caplog, settings
):
    settings.PREVENT = {**settings.PREVENT, "TECHNICAL_EMAIL": "web@council.example"}
    owed(recipient="nobody@visitor.example")
    server.mood = "refusing_one"
    send()
    look_after_outbox(at=now())
    settings.EMAIL_PORT = closed_port()
    owed()
    now.forward(minutes=16)
    send()
    caplog.clear()
    look_after_outbox(at=now())
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert OutboundEmail.objects.filter(kind=ALARM).count() == 1


def test_given_up_email_keeps_the_alarm_until_someone_deals_with_it(
    outage, owed, send, now, caplog
):
    owed(attempts=80, wanted_at=NOW - timedelta(hours=73))
    send()
    caplog.clear()
    look_after_outbox(at=now())
    assert [record.getMessage() for record in caplog.records] == [
        "email is not going out: 1 given up after 72 hours"
    ]
    now.forward(hours=25)
    look_after_outbox(at=now())
    assert OutboundEmail.objects.filter(kind=ALARM).count() == 2


@pytest.mark.parametrize("why", ["AbandonedByHand", "RegistrationErased", "NothingToSay"])
def test_deliberately_abandoned_email_is_no_fault(owed, now, why):
    owed(state=State.ABANDONED, tried_at=NOW, last_error=why)
    assert outbox_state(at=now()).undeliverable == 0


def test_without_a_technical_address_the_log_still_says_so(outage, owed, now, caplog, settings):
    settings.PREVENT = {**settings.PREVENT, "TECHNICAL_EMAIL": ""}
    owed()
    now.forward(minutes=16)
    look_after_outbox(at=now())
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert not OutboundEmail.objects.filter(kind=ALARM).exists()


def test_the_alarm_says_how_much_is_late_and_names_nobody(server, owed, send, now, settings):
    settings.PREVENT = {**settings.PREVENT, "TECHNICAL_EMAIL": "web@council.example"}
    owed(2, due_at=NOW + timedelta(hours=1))
    now.forward(minutes=20)
    look_after_outbox(at=now())
    send()
    body = plain_text_of(server.taken[0])
    assert "More than 15 minutes late: 2" in body
    assert "visitor.example" not in body
