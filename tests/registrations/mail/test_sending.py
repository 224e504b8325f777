"""Mail servers failing in every possible way, and rows that cannot be sent at all."""

import logging
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.registrations import outbox
from events.registrations.emails import kinds
from events.registrations.mail import sending
from events.registrations.models import OutboundEmail
from tests.registrations.mail.conftest import NOW
from tests.smtp_servers import closed_port

State = OutboundEmail.State


def states() -> list[str]:
    return list(OutboundEmail.objects.order_by("pk").values_list("state", flat=True))


def only_row() -> OutboundEmail:
    return OutboundEmail.objects.get()


def test_a_batch_uses_one_connection(server, owed, send):
    owed(outbox.BATCH)
    assert send() == [True] * outbox.BATCH
    assert server.connections == 1
    assert len(set(server.message_ids)) == outbox.BATCH
    assert set(states()) == {State.SENT}


def test_a_server_that_closes_after_each_message_holds_up_nothing(server, owed, send):
    server.mood = "closing"
    owed(16)
    started = time.monotonic()
    assert send() == [True] * 16
    assert time.monotonic() - started < 20
    assert server.connections == 16
    assert len(set(server.message_ids)) == len(server.message_ids) == 16
    assert set(OutboundEmail.objects.values_list("attempts", flat=True)) == {1}


def test_a_sent_email_records_when_and_is_not_sent_again(server, owed, send):
    owed()
    assert send() == [True]
    assert send() == []
    row = only_row()
    assert (row.sent_at, row.attempts, row.lease_until, row.lease_token) == (NOW, 1, None, None)


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("silent", "SMTPServerDisconnected"),
        ("unavailable", "SMTPConnectError 421"),
    ],
)
def test_an_unusable_server_delays_the_whole_batch(server, owed, send, settings, mood, error):
    settings.EMAIL_TIMEOUT = 0.3
    owed(3)
    server.mood = mood
    assert send() == [False] * 3
    assert server.connections == 1
    for row in OutboundEmail.objects.all():
        assert (row.state, row.attempts, row.last_error) == (State.FAILED, 1, error)
        assert row.server_fault
        assert timedelta(minutes=1) <= row.due_at - NOW <= timedelta(minutes=2)


def test_a_batch_is_delayed_by_one_write(settings, server, owed, now):
    settings.EMAIL_PORT = closed_port()
    owed(outbox.BATCH)
    with CaptureQueriesContext(connection) as queries:
        next(sending.send_due(now=now))
    writes = [query for query in queries if query["sql"].startswith("UPDATE")]
    assert len(writes) == 2  # One to claim, one to record the outage.


def test_a_server_that_refuses_connections_delays_email(settings, server, owed, send):
    settings.EMAIL_PORT = closed_port()
    owed()
    assert send() == [False]
    assert only_row().last_error == "ConnectionRefusedError"


def test_a_dripping_server_is_cut_off_by_the_wall_clock(server, owed, send, settings):
    # Each byte comes well within the socket's timeout, so that never applies.
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_MESSAGE_SECONDS": 0.6}
    server.mood, server.drip_seconds = "dripping", 0.1
    owed()
    started = time.monotonic()
    assert send() == [False]
    assert time.monotonic() - started < 3
    assert only_row().last_error == "TookTooLong"


def test_control_without_the_limit_a_dripping_server_holds_an_email_as_long_as_it_likes(
    server, owed, send, settings
):
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_MESSAGE_SECONDS": 25}
    settings.EMAIL_TIMEOUT = 1
    server.mood, server.drip_seconds = "dripping", 0.02
    owed()
    started = time.monotonic()
    assert send() == [True]
    assert time.monotonic() - started > settings.EMAIL_TIMEOUT


def test_an_email_read_but_not_acknowledged_is_sent_again_with_the_same_identity(
    server, owed, send, now
):
    (row,) = owed()
    server.mood = "dropping"
    assert send() == [False]
    assert only_row().last_error == "SMTPServerDisconnected"
    server.mood = "well"
    now.forward(minutes=2)
    assert send() == [True]
    assert [message["Message-ID"] for message in server.read] == [row.message_id] * 2
    assert server.message_ids == [row.message_id]


def test_fifty_temporary_refusals_abandon_nothing(server, owed, send, now):
    owed()
    server.mood = "greylisting"
    for attempt in range(1, 51):
        assert send() == [False]
        row = only_row()
        assert (row.state, row.attempts) == (State.FAILED, attempt)
        assert row.last_error == "SMTPRecipientsRefused 451"
        assert timedelta(minutes=1) <= row.due_at - now() <= timedelta(hours=1)
        now.time = row.due_at
    server.mood = "well"
    assert send() == [True]


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("refusing_one", "SMTPRecipientsRefused 550"),
        ("refusing_content", "SMTPDataError 554"),
    ],
)
def test_a_permanent_refusal_is_abandoned_at_once(server, owed, send, mood, error, caplog):
    owed(recipient="nobody@visitor.example")
    server.mood = mood
    assert send() == [False]
    row = only_row()
    assert (row.state, row.attempts, row.last_error) == (State.ABANDONED, 1, error)
    assert row.refused
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_refused_sender_is_our_fault_and_is_retried(server, owed, send):
    owed()
    server.mood = "refusing_sender"
    assert send() == [False]
    row = only_row()
    assert (row.state, row.last_error) == (State.FAILED, "SMTPSenderRefused 530")


def test_one_refused_recipient_holds_up_nobody_and_keeps_the_connection(server, owed, send):
    owed(2)
    owed(recipient="nobody@visitor.example")
    owed(2)
    server.mood = "refusing_one"
    assert send() == [True, True, False, True, True]
    assert server.connections == 1


def test_an_unwritable_row_holds_up_nobody(server, owed, send, monkeypatch):
    poison = owed()[0]
    owed(3)
    compose = kinds.compose

    def stumble(email, *, at):
        if email.pk == poison.pk:
            raise KeyError("visitor@visitor.example")
        return compose(email, at=at)

    monkeypatch.setattr(kinds, "compose", stumble)
    assert send() == [False, True, True, True]
    poison.refresh_from_db()
    assert (poison.state, poison.last_error) == (State.FAILED, "KeyError")


def test_no_address_gets_into_a_log_line_or_an_error(server, owed, send, caplog):
    caplog.set_level(logging.DEBUG)
    owed(recipient="nobody@visitor.example")
    server.mood = "refusing_one"
    send()
    assert caplog.text
    assert "visitor.example" not in caplog.text
    assert "visitor.example" not in only_row().last_error


def test_after_an_outage_email_goes_at_once_and_not_after_its_backoff(
    server, owed, send, now, settings
):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, closed_port()
    owed(3, wanted_at=NOW, attempts=8)
    assert send() == [False] * 3
    due = OutboundEmail.objects.order_by("due_at").first().due_at
    assert due - NOW > timedelta(minutes=40)
    settings.EMAIL_PORT = port
    now.forward(minutes=5)
    owed(1, created_at=now(), wanted_at=now(), due_at=now())
    assert send() == [True] * 4


def test_a_stopped_sender_finishes_its_email_and_releases_the_rest(server, owed, now):
    owed(4)
    tried = []
    for _, was_sent in sending.send_due(now=now, stop=lambda: len(tried) >= 1):
        tried.append(was_sent)
    assert tried == [True]
    assert states() == [State.SENT, State.WAITING, State.WAITING, State.WAITING]
    assert (
        list(OutboundEmail.objects.filter(state=State.WAITING).values_list("attempts"))
        == [(0,)] * 3
    )


def test_a_slow_batch_releases_rows_before_its_lease_runs_out(server, owed, send, monkeypatch):
    owed(4)
    batches = []
    send_batch, deliver = sending.send_batch, sending.deliver
    watch = SimpleNamespace(seconds=0.0, monotonic=lambda: watch.seconds)

    def counted(batch, **options):
        batches.append(len(batch))
        return send_batch(batch, **options)

    def slow(*args, **options):
        # Two of these fit into the two-minute lease; a third might outlast it.
        watch.seconds += 50
        return deliver(*args, **options)

    monkeypatch.setattr(sending, "time", watch)
    monkeypatch.setattr(sending, "send_batch", counted)
    monkeypatch.setattr(sending, "deliver", slow)
    assert send() == [True] * 4
    assert [size for size in batches if size] == [4, 2]
    assert set(OutboundEmail.objects.values_list("attempts", flat=True)) == {1}


def test_registrations_erased_while_queued_are_not_emailed(server, owed, now):
    owed(2)
    sender = sending.send_due(now=now)
    next(sender)
    OutboundEmail.objects.filter(state=State.SENDING).delete()
    assert [was_sent for _, was_sent in sender] == [False]
    assert len(server.taken) == 1


def test_email_about_an_erased_registration_is_abandoned(server, owed, send):
    (row,) = owed()
    type(row.registration).objects.filter(pk=row.registration_id).update(erased_at=NOW)
    assert send() == [False]
    assert (only_row().state, only_row().last_error) == (State.ABANDONED, "RegistrationErased")
    assert server.read == []


def test_registrations_go_to_no_inbox_outside_the_allowed_domains(server, owed, send, settings):
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": ["council.example"]}
    owed(kind="organiser_received", recipient="inbox@elsewhere.example")
    owed(kind="organiser_received", recipient="inbox@council.example")
    owed(kind="received", recipient="visitor@elsewhere.example")
    assert send() == [False, True, True]
    row = OutboundEmail.objects.order_by("pk").first()
    assert (row.state, row.last_error) == (State.ABANDONED, "RecipientNotAllowed")
