from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from events.actions import cancel_occurrence, postpone_occurrence
from events.registrations import actions, jobs, submissions
from events.registrations.models import OutboundEmail, PlaceCount, Registration
from tests.conftest import NOW
from tests.factories import publish

STARTS = datetime(2026, 11, 26, 18, tzinfo=UTC)
DUE = STARTS - timedelta(days=2)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def registered(valid_form):
    return submissions.register(valid_form().submission(), at=NOW)[0].registration


def reminders():
    return OutboundEmail.objects.filter(kind="reminder").count()


@pytest.mark.parametrize(
    ("at", "count"),
    [(DUE - MINUTE, 0), (DUE, 1), (STARTS - MINUTE, 1), (STARTS, 0)],
)
def test_a_reminder_is_queued_from_two_days_before_until_it_begins(registered, at, count):
    jobs.enqueue_reminders(at=at)
    assert reminders() == count


def test_it_is_queued_once_however_often_the_job_runs(registered):
    for hours in range(0, 48, 6):
        jobs.enqueue_reminders(at=DUE + timedelta(hours=hours))
    assert reminders() == 1


@pytest.mark.parametrize("status", ["received", "waiting", "declined", "withdrawn"])
def test_only_people_with_a_place_are_reminded(registered, status):
    Registration.objects.update(status=status)
    jobs.enqueue_reminders(at=DUE)
    assert reminders() == 0


def test_nobody_is_reminded_of_a_cancelled_date(registered, admin):
    cancel_occurrence(registered.occurrence, reason="Snow", by=admin, at=NOW)
    jobs.enqueue_reminders(at=DUE)
    assert reminders() == 0


@pytest.mark.parametrize(
    ("later", "count"), [(timedelta(hours=1), 1), (timedelta(days=1), 2), (timedelta(days=14), 2)]
)
def test_a_date_postponed_to_another_day_has_a_new_reminder(registered, admin, later, count):
    jobs.enqueue_reminders(at=DUE)
    postpone_occurrence(
        registered.occurrence,
        reason="Snow",
        by=admin,
        starts_at=STARTS + later,
        ends_at=STARTS + later + timedelta(hours=1),
        at=DUE + MINUTE,
    )
    jobs.enqueue_reminders(at=DUE + timedelta(minutes=2))
    jobs.enqueue_reminders(at=DUE + later)
    jobs.enqueue_reminders(at=DUE + later + MINUTE)
    assert reminders() == count


def test_a_free_place_goes_to_someone_waiting(valid_form, registration_page, lead):
    registration_page.capacity = 1
    registration_page.approval = True
    page = publish(registration_page)
    rows = [
        submissions.register(
            valid_form(page, email=f"{number}@visitor.example").submission(), at=NOW
        )[0].registration
        for number in range(3)
    ]
    for row in rows:
        actions.change_status(row, "waiting", by=lead)
    page.approval = False
    publish(page)
    # The page now allocates places itself, and nothing has triggered it yet.
    assert jobs.fill_places(at=NOW) == "1 places given to people who waited"
    assert jobs.fill_places(at=NOW) == "0 places given to people who waited"
    statuses = Registration.objects.order_by("waiting_since", "pk").values_list("status", flat=True)
    assert sorted(statuses) == ["confirmed", "waiting", "waiting"]


def test_a_wrong_count_is_logged_as_an_error_with_numbers_only(registered, caplog):
    assert jobs.reconcile_places(at=NOW) == "0 dates with a wrong count of places"
    PlaceCount.objects.update(taken=7)
    assert jobs.reconcile_places(at=NOW) == "1 dates with a wrong count of places"
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "7 taken and 1 held" in record.getMessage()
    assert "ada" not in record.getMessage().lower()


def test_all_jobs_run_from_the_command(registered, capsys):
    call_command("run_due_jobs")
    database, *said = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert said == [job.__name__ for job in jobs.JOBS]
    assert database.startswith("Jobs of the ")


def test_only_timely_jobs_run_every_minute(registered, capsys):
    call_command("run_due_jobs", timely=True)
    _, *said = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    jobs = ["publish_due", "enqueue_reminders", "enqueue_needs"]
    assert said == [*jobs, "lapse_held_places", "fill_places"]
