"""A clock that is or was ahead delays nothing, and nothing is erased by it."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from events.registrations import jobs, outbox
from events.registrations.clock import put_right
from events.registrations.mail.worker import look_after_outbox
from events.registrations.models import Heartbeat, OutboundEmail, Registration, WebhookDelivery
from events.registrations.models.routing import next_digest
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory, RegistrationFactory

State = OutboundEmail.State
YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)
AHEAD = NOW + YEAR


def owed(*, at=AHEAD, **attributes):
    return OutboundEmailFactory(**{"created_at": at, "wanted_at": at, "due_at": at} | attributes)


def claimed(*, at=NOW):
    stranded = outbox.claim(at=at, stranded=True)
    return {row.pk for row in [*outbox.claim(at=at), *stranded]}


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"state": State.FAILED, "attempts": 3, "tried_at": AHEAD, "due_at": AHEAD + HOUR},
        {"at": NOW - HOUR, "state": State.FAILED, "tried_at": AHEAD, "due_at": AHEAD + HOUR},
        {"state": State.SENDING, "tried_at": AHEAD, "lease_until": AHEAD + outbox.LEASE},
    ],
    ids=["written", "written and tried", "tried", "claimed"],
)
def test_email_from_a_fast_clock_goes_at_once(db, attributes):
    row = owed(**attributes)
    assert not claimed()
    look_after_outbox(at=NOW)
    assert claimed() == {row.pk}


def test_lateness_counts_by_the_right_clock(db):
    owed()
    put_right(at=NOW)
    late = OutboundEmail.objects.late(at=NOW + HOUR, after=timedelta(minutes=15))
    assert late.count() == 1


def test_properly_delayed_email_still_waits(db):
    digest = next_digest(after=NOW)
    owed(at=NOW, state=State.FAILED, due_at=NOW + HOUR)
    owed(at=NOW, in_digest=True, wanted_at=digest, due_at=digest)
    owed(at=NOW, state=State.SENDING, lease_until=NOW + outbox.LEASE)
    owed(at=NOW + outbox.CLOCK_SKEW)
    before = list(OutboundEmail.objects.order_by("pk").values())
    assert put_right(at=NOW) == 0
    assert list(OutboundEmail.objects.order_by("pk").values()) == before


def test_finished_work_is_unchanged(db):
    owed(state=State.SENT, sent_at=AHEAD)
    owed(state=State.ABANDONED)
    assert put_right(at=NOW) == 0


def test_next_years_digest_goes_with_the_next_one(db):
    digest = next_digest(after=NOW)
    row = owed(in_digest=True, wanted_at=AHEAD, due_at=AHEAD)
    put_right(at=NOW)
    row.refresh_from_db()
    assert (row.wanted_at, row.due_at) == (digest, digest)


def test_webhooks_do_not_wait_either(db):
    row = WebhookDelivery.objects.create(
        address="https://front.example/hook",
        content={},
        created_at=AHEAD,
        wanted_at=AHEAD,
        due_at=AHEAD,
    )
    put_right(at=NOW)
    assert list(WebhookDelivery.objects.due(at=NOW)) == [row]


def test_the_limit_per_minute_ignores_email_from_next_year(db, settings):
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_PER_MINUTE": 1}
    owed(state=State.SENT, tried_at=AHEAD)
    assert outbox.allowance(at=NOW) == 1


def test_next_years_alarm_does_not_stop_todays(db):
    day = timedelta(days=1)
    assert Heartbeat.take_turn("alarm", at=AHEAD, since=AHEAD - day)
    assert Heartbeat.take_turn("alarm", at=NOW, since=NOW - day)
    assert not Heartbeat.take_turn("alarm", at=NOW, since=NOW - day)


@pytest.fixture
def person(registration_page):
    return RegistrationFactory(page=registration_page)


def run_jobs(at):
    return {name: outcome for name, outcome, _ in jobs.run_due(now=lambda: at)}


def is_there(person):
    return Registration.objects.get(pk=person.pk).erased_at is None


def test_a_clock_that_jumps_ahead_erases_nobody(person, caplog):
    run_jobs(NOW)
    assert run_jobs(AHEAD)["erase_due"] == jobs.CLOCK_MOVED
    assert is_there(person)
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "365 days" in record.getMessage()

    # Once corrected, it erases what is due as usual.
    assert run_jobs(NOW + HOUR)["erase_due"] != jobs.CLOCK_MOVED
    assert is_there(person)


def test_a_site_that_was_off_for_a_year_erases_a_day_later(person):
    run_jobs(NOW)
    for hours in (0, 1, 23):
        run_jobs(AHEAD + hours * HOUR)
        assert is_there(person)
    run_jobs(AHEAD + 24 * HOUR)
    assert not is_there(person)


def test_days_passing_normally_erase_what_is_due(person):
    at = NOW
    while at < AHEAD:
        run_jobs(at)
        at += timedelta(days=6)
    assert not is_there(person)


def test_once_someone_has_checked_nothing_needs_to_wait(person, clock):
    run_jobs(NOW)
    clock.move_to(AHEAD)
    call_command("run_due_jobs")
    assert is_there(person)
    call_command("run_due_jobs", "--clock-is-right")
    assert not is_there(person)
