"""Rows of the outbox: queued, claimed, recorded, retried, given up."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from events.registrations import outbox
from events.registrations.mail.retry_policy import ServerUnusable, retry_delay
from events.registrations.models import Heartbeat, OutboundEmail
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory, RegistrationFactory

State = OutboundEmail.State
Kind = OutboundEmail.Kind


def owed(**attributes) -> OutboundEmail:
    fields = {"created_at": NOW, "wanted_at": NOW, "due_at": NOW} | attributes
    return OutboundEmailFactory(**fields)


def test_the_same_email_cannot_be_queued_twice(registration_page):
    registration = RegistrationFactory(page=registration_page)
    outbox.enqueue_emails(registration, [(Kind.RECEIVED, 0)], at=NOW)
    outbox.enqueue_emails(registration, [(Kind.RECEIVED, 1)], at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        outbox.enqueue_emails(registration, [(Kind.RECEIVED, 0)], at=NOW)


def test_email_to_several_organisers_is_one_row_each(registration_page):
    registration_page.organiser_inboxes = "one@council.example\ntwo@council.example"
    registration_page.copy_inboxes = "lead@council.example"
    registration_page.save()
    registration = RegistrationFactory(page=registration_page)
    outbox.enqueue_emails(registration, [(Kind.ORGANISER_RECEIVED, 0), (Kind.RECEIVED, 0)], at=NOW)
    rows = OutboundEmail.objects.order_by("pk")
    assert [row.recipient for row in rows] == [
        "one@council.example",
        "two@council.example",
        "lead@council.example",
        "ada@visitor.example",
    ]


def test_queueing_takes_two_queries_whatever_the_number(
    registration_page, django_assert_num_queries
):
    registration_page.organiser_inboxes = "one@council.example\ntwo@council.example"
    registration = RegistrationFactory(page=registration_page)
    # Which inboxes are confirmed, and the emails.
    with django_assert_num_queries(2):
        outbox.enqueue_emails(
            registration, [(Kind.ORGANISER_RECEIVED, 0), (Kind.RECEIVED, 0)], at=NOW
        )


def test_a_rolled_back_action_queues_nothing(registration_page):
    registration = RegistrationFactory(page=registration_page)
    with transaction.atomic():
        outbox.enqueue_emails(registration, [(Kind.RECEIVED, 0)], at=NOW)
        transaction.set_rollback(True)
    assert not OutboundEmail.objects.exists()


def test_workers_are_notified_after_the_commit_and_not_before(
    registration_page, django_capture_on_commit_callbacks, monkeypatch
):
    calls = []
    monkeypatch.setattr(outbox.deliveries_enqueued, "send_robust", lambda **_: calls.append(1))
    registration = RegistrationFactory(page=registration_page)
    with django_capture_on_commit_callbacks(execute=True):
        outbox.enqueue_emails(registration, [(Kind.RECEIVED, 0)], at=NOW)
        assert calls == []
    assert calls == [1]


def test_a_claim_takes_the_oldest_due_rows_and_no_more_than_requested(db):
    later = owed(due_at=NOW - timedelta(minutes=1))
    oldest = owed(due_at=NOW - timedelta(minutes=2))
    owed(due_at=NOW + timedelta(seconds=1))
    owed(in_digest=True)
    owed(state=State.SENT)
    assert [row.pk for row in outbox.claim(at=NOW, limit=1)] == [oldest.pk]
    assert [row.pk for row in outbox.claim(at=NOW)] == [later.pk]
    assert outbox.claim(at=NOW) == []


def test_a_lease_is_respected_until_it_runs_out(db):
    owed()
    (first,) = outbox.claim(at=NOW)
    almost = NOW + outbox.LEASE - timedelta(seconds=1)
    assert outbox.claim(at=almost) == outbox.claim(at=almost, stranded=True) == []
    (second,) = outbox.claim(at=NOW + outbox.LEASE, stranded=True)
    assert second.pk == first.pk
    assert second.message_id == first.message_id
    assert second.attempts == 2


def test_a_sender_that_lost_the_lease_records_nothing(db):
    owed()
    (first,) = outbox.claim(at=NOW)
    outbox.claim(at=NOW + outbox.LEASE, stranded=True)
    outbox.record_sent(first, at=NOW)
    outbox.record_failure(first, ServerUnusable(), at=NOW)
    row = OutboundEmail.objects.get()
    assert (row.state, row.last_error) == (State.SENDING, "")


def test_claims_within_a_minute_stay_below_the_limit_of_all_workers_together(db, settings):
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_PER_MINUTE": 3}
    for _ in range(5):
        owed()
    assert len(outbox.claim(at=NOW, limit=2)) == 2
    assert len(outbox.claim(at=NOW + timedelta(seconds=30))) == 1
    assert outbox.claim(at=NOW + timedelta(seconds=59)) == []
    assert len(outbox.claim(at=NOW + timedelta(seconds=61))) == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [0, 40])
def test_eight_workers_claim_every_row_once(settings, limit):
    if connection.vendor != "postgresql":
        pytest.skip("needs row locks; on SQLite, processes show the same in test_processes.py")
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_PER_MINUTE": limit}
    registration = RegistrationFactory()
    for _ in range(60):
        owed(registration=registration)
    Heartbeat.beat(outbox.LIMIT_LOCK, at=NOW)
    claimed: list[int] = []
    start = threading.Barrier(8)

    def work():
        start.wait()
        while rows := outbox.claim(at=NOW, limit=4):
            claimed.extend(row.pk for row in rows)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == (limit or 60)


@pytest.mark.parametrize(
    ("attempts", "shortest", "longest"),
    [(1, 60, 72), (2, 115, 144), (3, 230, 288), (7, 2880, 3600), (50, 2880, 3600)],
)
def test_waiting_doubles_from_a_minute_to_an_hour_with_jitter(attempts, shortest, longest):
    waits = [retry_delay(attempts).total_seconds() for _ in range(200)]
    assert shortest <= min(waits) < max(waits) <= longest


@pytest.mark.parametrize(
    ("hours", "state"), [(71.9, State.FAILED), (72, State.FAILED), (72.1, State.ABANDONED)]
)
def test_nothing_is_given_up_within_72_hours(db, hours, state):
    owed()
    (row,) = outbox.claim(at=NOW)
    outbox.record_failure(row, ServerUnusable(), at=NOW + timedelta(hours=hours))
    assert OutboundEmail.objects.get().state == state


def test_retrying_makes_an_abandoned_email_due_for_another_72_hours(db):
    row = owed(state=State.ABANDONED, attempts=80)
    later = NOW + timedelta(days=9)
    assert outbox.retry(row, at=later)
    row.refresh_from_db()
    assert (row.state, row.due_at, row.wanted_at) == (State.WAITING, later, later)


@pytest.mark.parametrize("state", [State.SENT, State.SENDING])
def test_sent_or_sending_emails_are_not_retried(db, state):
    row = owed(state=state, lease_until=NOW)
    assert not outbox.retry(row, at=NOW)
    assert OutboundEmail.objects.get().state == state


def test_a_retried_email_to_an_organiser_goes_to_todays_inboxes(registration_page):
    row = owed(
        registration=RegistrationFactory(page=registration_page),
        kind=Kind.ORGANISER_RECEIVED,
        recipient="mistyped@council.example",
        state=State.ABANDONED,
    )
    outbox.retry(row, at=NOW)
    row.refresh_from_db()
    assert row.recipient == "inbox@council.example"


def test_abandoning_leaves_sent_emails_alone(db):
    owed(state=State.SENT)
    owed(state=State.FAILED)
    owed(state=State.SENDING, lease_until=NOW)
    assert outbox.abandon(OutboundEmail.objects.all(), why="AbandonedByHand") == 2
    assert sorted(OutboundEmail.objects.values_list("state", flat=True)) == [
        State.ABANDONED,
        State.ABANDONED,
        State.SENT,
    ]


def test_a_deleted_registration_takes_its_unsent_emails_with_it(db):
    row = owed()
    row.registration.delete()
    assert outbox.claim(at=NOW) == []
