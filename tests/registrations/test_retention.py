from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from wagtail.log_actions import log

from events import actions as event_actions
from events.registrations import holds, jobs, limits, retention
from events.registrations.models import (
    ErasureCertificate,
    ErasureHold,
    OutboundEmail,
    PlaceCount,
    RateCount,
    Receipt,
    Registration,
    RegistrationChange,
)
from events.registrations.retention import KEPT, REPLACED, Held, erase, erase_due
from tests.factories import (
    OccurrenceFactory,
    OutboundEmailFactory,
    RegistrationFactory,
)

AFTER = datetime(2026, 12, 26, 20, tzinfo=UTC)
SENSITIVE = [{"name": "access_needs", "label": "Access needs", "value": "A hearing loop"}]
ANSWERS = [{"name": "question", "label": "Your question", "value": "What is planned here?"}]
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def run(at):
    return sum(1 for _ in erase_due(at=at))


def is_erased(registration):
    return Registration.objects.get(pk=registration.pk).erased_at is not None


@pytest.fixture
def registration():
    return RegistrationFactory(
        status=Registration.Status.ATTENDED,
        guests=2,
        answers=ANSWERS,
        sensitive_answers=SENSITIVE,
        consent_text="I agree",
        erase_sensitive_at=datetime(2026, 12, 3, 19, 30, tzinfo=UTC),
    )


def test_only_what_is_meant_to_stay_is_left_of_a_registration(registration):
    reference, key = registration.reference, registration.link_key
    assert erase(registration, at=AFTER)
    row = Registration.objects.values().get(pk=registration.pk)
    assert row["reference"] == retention.reference_hash(reference) != reference
    assert row["link_key"] not in ("", key)
    for field in Registration._meta.concrete_fields:
        if field.name not in KEPT | REPLACED:
            assert row[field.attname] in ("", None, 0, False, []), field.name
    assert (row["status"], row["erased_at"]) == ("attended", AFTER)


def test_everything_belonging_to_it_is_deleted_and_the_history_says_only_that_there_was_one(
    registration,
):
    Receipt.objects.create(
        registration=registration, submission_key="once", status="confirmed", at=AFTER
    )
    OutboundEmailFactory(registration=registration)
    RegistrationChange.objects.create(
        registration=registration, status="attended", note="Ada rang about Ben"
    )
    ErasureHold.objects.create(registration=registration, reason="Ada", until=date(2026, 12, 1))
    erase(registration, at=AFTER)
    assert not Receipt.objects.exists()
    assert not OutboundEmail.objects.exists()
    assert not ErasureHold.objects.exists()
    assert [change.note for change in RegistrationChange.objects.all()] == [""]


def test_wagtails_log_records_that_something_was_done_and_not_to_whom(registration, lead):
    log(
        instance=registration,
        action="wagtail.edit",
        user=lead,
        data={"note": "Ada"},
        title="Ada Visitor",
    )
    erase(registration, at=AFTER)
    entry = registration.log_entries.get()
    assert entry.label == retention.reference_hash(registration.reference)
    assert entry.data == {}


def test_the_addresss_form_counts_are_deleted(registration):
    source = limits.hashed("email:link", registration.email, AFTER)
    RateCount.objects.create(source=source, window=1)
    RateCount.objects.create(source="someone else", window=1)
    erase(registration, at=AFTER)
    assert list(RateCount.objects.values_list("source", flat=True)) == ["someone else"]


def test_a_certificate_says_what_when_who_and_why_and_names_no_data_subject(registration, lead):
    OutboundEmailFactory(registration=registration)
    erase(registration, at=AFTER, reason=ErasureCertificate.Reason.REQUEST, by=lead)
    certificate = ErasureCertificate.objects.get()
    assert (certificate.reason, certificate.by, certificate.finished_at) == ("request", lead, AFTER)
    assert certificate.counts == {"registrations": 1, "guests": 2, "outbound emails": 1}


def test_a_wrong_count_of_places_stops_no_erasure(registration, caplog):
    PlaceCount.objects.create(occurrence=registration.occurrence, taken=0)
    assert run(AFTER) == 1
    assert is_erased(registration)
    assert "counted wrong" in caplog.text


def test_erasing_twice_changes_nothing_and_is_certified_once(registration):
    assert erase(registration, at=AFTER)
    again = Registration.objects.values().get()
    assert not erase(registration, at=AFTER + SECOND)
    assert Registration.objects.values().get() == again
    assert ErasureCertificate.objects.count() == 1


def test_answers_whose_key_is_lost_can_still_be_erased(registration, settings):
    settings.PREVENT = {
        **settings.PREVENT,
        "FIELD_ENCRYPTION_KEYS": ["bmJubmJubmJubmJubmJubmJubmJubmJubmJubmJubmI="],
    }
    assert run(AFTER) == 1
    assert is_erased(registration)


@pytest.mark.parametrize(
    ("ends", "due"),
    [
        # Thirty days by the London clock, whatever clock change comes in between.
        ("2026-03-20T19:30:00+00:00", "2026-04-19T18:30:00+00:00"),
        ("2026-10-22T18:30:00+00:00", "2026-11-21T19:30:00+00:00"),
        ("2026-11-26T19:30:00+00:00", "2026-12-26T19:30:00+00:00"),
        # Ends after midnight in summer: 24 October in London is still the 23rd in UTC.
        ("2026-10-23T23:15:00+00:00", "2026-11-23T00:15:00+00:00"),
    ],
)
def test_due_dates_are_exact_to_the_second(registration_page, ends, due):
    ends_at, due_at = datetime.fromisoformat(ends), datetime.fromisoformat(due)
    occurrence = OccurrenceFactory(starts_at=ends_at - timedelta(minutes=90), ends_at=ends_at)
    erase_at = registration_page.erase_at(occurrence)
    assert erase_at == due_at
    registration = RegistrationFactory(occurrence=occurrence, erase_at=erase_at)
    assert run(due_at - SECOND) == 0
    assert not is_erased(registration)
    assert run(due_at + SECOND) == 1
    assert is_erased(registration)


def test_sensitive_answers_are_erased_earlier_and_the_rest_stays(registration):
    due = registration.erase_sensitive_at
    assert run(due - SECOND) == 0
    assert run(due + SECOND) == 1
    kept = Registration.objects.get()
    assert (kept.sensitive_answers, kept.sensitive_erased_at) == ([], due + SECOND)
    assert (kept.name, kept.answers, kept.erased_at) == ("Ada Visitor", ANSWERS, None)
    assert ErasureCertificate.objects.get().counts == {"sensitive answers of registrations": 1}
    assert run(due + 2 * SECOND) == 0


def test_both_periods_are_the_pages_and_sensitive_answers_never_outlast_the_rest(
    registration_page,
):
    occurrence = registration_page.event.occurrences.order_by("date").first()
    assert registration_page.erase_at(occurrence) - occurrence.ends_at == timedelta(days=30)
    assert registration_page.erase_sensitive_at(occurrence) - occurrence.ends_at == timedelta(
        days=7
    )
    registration_page.retention_days = 5
    assert registration_page.erase_sensitive_at(occurrence) - occurrence.ends_at == timedelta(
        days=5
    )


@pytest.fixture
def held(registration, lead):
    return holds.place(
        registration,
        reason="Claim 123",
        until=date(2027, 1, 31),
        by=lead,
        at=AFTER - timedelta(days=3),
    )


def test_a_hold_stops_erasure_until_its_last_day_is_over(registration, held):
    for at in (AFTER, datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)):
        assert run(at) == 0
        with pytest.raises(Held):
            erase(registration, at=at)
    assert run(datetime(2027, 2, 1, 0, 0, 1, tzinfo=UTC)) == 1


def test_a_hold_also_keeps_the_sensitive_answers(registration, held):
    assert run(datetime(2026, 12, 24, tzinfo=UTC)) == 0
    assert Registration.objects.get().sensitive_answers == SENSITIVE


def test_a_lifted_hold_stops_nothing(registration, held, lead):
    assert holds.lift(held, by=lead, at=AFTER)
    assert not holds.lift(held, by=lead, at=AFTER)
    assert run(AFTER) == 1


@pytest.mark.parametrize(
    ("reason", "until", "sentence"),
    [
        (" ", date(2027, 1, 31), "Enter a reason"),
        ("Claim 123", date(2026, 12, 25), "Enter a last day that is not over yet"),
        ("Claim 123", date(2028, 1, 31), "within a year"),
    ],
)
def test_a_hold_needs_a_reason_and_an_end(registration, lead, reason, until, sentence):
    with pytest.raises(holds.HoldError, match=sentence):
        holds.place(registration, reason=reason, until=until, by=lead, at=AFTER)
    assert not ErasureHold.objects.exists()


def test_an_erased_registration_cannot_be_held(registration, lead):
    erase(registration, at=AFTER)
    with pytest.raises(holds.HoldError, match="erased already"):
        holds.place(registration, reason="Late", until=date(2027, 1, 31), by=lead, at=AFTER)


@pytest.fixture
def registered(registration_page):
    occurrence = registration_page.event.occurrences.order_by("date").first()
    return RegistrationFactory(
        page=registration_page,
        occurrence=occurrence,
        status=Registration.Status.CONFIRMED,
        erase_at=registration_page.erase_at(occurrence),
        erase_sensitive_at=registration_page.erase_sensitive_at(occurrence),
    )


def postpone(registration, lead, days):
    occurrence = registration.occurrence
    event_actions.postpone_occurrence(
        occurrence,
        reason="The hall is flooded",
        by=lead,
        starts_at=occurrence.starts_at + timedelta(days=days),
        ends_at=occurrence.ends_at + timedelta(days=days, minutes=30),
    )


def test_a_moved_date_moves_the_deletion_dates_and_says_so(registered, lead, mailoutbox):
    postpone(registered, lead, days=14)
    moved = Registration.objects.get(pk=registered.pk)
    assert moved.erase_at == datetime(2027, 1, 9, 20, tzinfo=UTC)
    assert moved.erase_sensitive_at == datetime(2026, 12, 17, 20, tzinfo=UTC)
    call_command("send_outbox")
    told = next(mail for mail in mailoutbox if "change" in mail.subject)
    assert "changed because the date" in told.body
    assert "9 January 2027" in told.body
    run(registered.erase_at + SECOND)
    assert not is_erased(registered)
    run(moved.erase_at + SECOND)
    assert is_erased(registered)


def test_a_new_period_on_the_page_changes_no_earlier_promise(registered, registration_page, lead):
    type(registration_page).objects.filter(pk=registration_page.pk).update(retention_days=300)
    postpone(registered, lead, days=14)
    moved = Registration.objects.get(pk=registered.pk)
    assert moved.erase_at == datetime(2027, 1, 9, 20, tzinfo=UTC)


def test_another_venue_does_not_move_the_deletion_date(registered, lead):
    event_actions.move_online(registered.occurrence, reason="The hall is flooded", by=lead)
    assert Registration.objects.get(pk=registered.pk).erase_at == registered.erase_at


def test_a_date_that_moves_during_a_run_is_not_erased(registration, monkeypatch):
    later = AFTER + timedelta(days=30)
    listed = retention.one_by_one

    def moved_meanwhile(due):
        for row in listed(due):
            Registration.objects.filter(pk=row.pk).update(erase_at=later)
            yield row

    monkeypatch.setattr(retention, "one_by_one", moved_meanwhile)
    run(AFTER)
    assert not is_erased(registration)


def test_one_that_cannot_be_erased_stops_no_other(monkeypatch, caplog):
    bad, good = (
        RegistrationFactory(email=f"{number}@visitor.example", name="Ada Canary")
        for number in range(2)
    )
    original = retention.erase_locked

    def fail_for_bad(current, *, at):
        if current.pk == bad.pk:
            raise ValueError("Ada Canary")
        return original(current, at=at)

    monkeypatch.setattr(retention, "erase_locked", fail_for_bad)
    with pytest.raises(retention.ErasureFailed, match="1 registrations"):
        run(AFTER)
    assert (is_erased(bad), is_erased(good)) == (False, True)
    assert "Canary" not in caplog.text


def test_the_job_erases_and_says_how_many(registration):
    done = "1 registration, 0 sensitive answers and 0 complaints and requests erased"
    assert jobs.erase_due(at=AFTER) == done
    assert jobs.erase_due in jobs.JOBS


def test_the_command_only_reports_unless_told_to_apply(registration, clock, capsys):
    clock.move_to(AFTER)
    call_command("erase_due")
    told = capsys.readouterr().out
    assert "1 registration due for erasure" in told
    assert "Add --apply" in told
    assert not is_erased(registration)
    call_command("erase_due", "--apply")
    assert is_erased(registration)
    assert "1 registration, 0 sensitive answers and" in capsys.readouterr().out


def test_the_command_lists_overdue_and_held_registrations(registration, held, clock, capsys):
    clock.move_to(AFTER)
    call_command("erase_due", "--apply")
    assert "1 registration overdue and on hold" in capsys.readouterr().out
    assert not is_erased(registration)
