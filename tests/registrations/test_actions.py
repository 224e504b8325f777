from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from events.actions import cancel_occurrence, postpone_occurrence, reinstate_occurrence
from events.registrations import actions, guarded_forms, places, submissions
from events.registrations.models import (
    OutboundEmail,
    PlaceCount,
    Receipt,
    Registration,
    RegistrationChange,
)
from tests.conftest import NOW
from tests.factories import publish

Status = Registration.Status


def mails(registration=None):
    """Return (kind, recipient) of the queued emails, in order of writing."""
    rows = OutboundEmail.objects.order_by("pk")
    if registration:
        rows = rows.filter(registration=registration)
    return list(rows.values_list("kind", "recipient"))


def register(form, at=NOW):
    return submissions.register(form.submission(), at=at)


@pytest.fixture
def registered(valid_form):
    """A registration for 26 November, with no email queued any more."""
    receipt, _ = register(valid_form())
    OutboundEmail.objects.all().delete()
    return receipt.registration


@pytest.fixture
def place_for(registration_page):
    """Return a function that publishes the form with so many places."""

    def offer(places, **fields):
        for name, value in fields.items():
            setattr(registration_page, name, value)
        registration_page.capacity = places
        return publish(registration_page)

    return offer


def test_a_registration_is_stored_with_its_history_and_emails(valid_form, series):
    receipt, is_first = register(valid_form())
    registration = Registration.objects.get()
    assert is_first
    assert receipt.reference == registration.reference
    assert (registration.name, registration.email) == ("Ada Visitor", "ada@visitor.example")
    assert registration.occurrence == series.occurrences.first()
    assert registration.status == Status.CONFIRMED
    assert registration.received_at == NOW
    (line,) = registration.history.all()
    assert (line.status, line.at, line.by, line.note) == (Status.CONFIRMED, NOW, None, "")
    assert mails() == [
        ("organiser_received", series.organiser.inbox),
        ("booked", "ada@visitor.example"),
    ]


def test_without_a_sensitive_answer_there_is_no_consent(valid_form):
    register(valid_form(question_access_needs=None))
    assert Registration.objects.get().consent_text == ""


def test_deleting_the_sensitive_answers_withdraws_the_consent(valid_form):
    register(valid_form())
    registration = Registration.objects.get()
    actions.change_details(
        registration,
        guests=0,
        answers=[],
        sensitive_answers=[],
        discreet=False,
        consent_text="I agree",
    )
    registration.refresh_from_db()
    assert registration.consent_text == ""
    assert "withdrew consent" in registration.history.last().note


def test_it_keeps_the_accepted_text_though_the_form_changes_later(valid_form, registration_page):
    agreed = registration_page.consent_text
    register(valid_form())
    registration_page.consent_text = "I agree to anything"
    publish(registration_page)
    assert Registration.objects.get().consent_text == agreed


@pytest.mark.parametrize("days", [1, 30, 365])
def test_the_deletion_date_counts_from_the_end_of_the_date(valid_form, place_for, days):
    register(valid_form(place_for(None, retention_days=days)))
    ends = datetime(2026, 11, 26, 19, 30, tzinfo=UTC)
    assert Registration.objects.get().erase_at == ends + timedelta(days=days)


def test_sensitive_answers_are_stored_separately(valid_form):
    register(valid_form())
    registration = Registration.objects.get()
    assert "hearing" not in str(registration.answers)
    assert [answer["value"] for answer in registration.sensitive_answers] == ["A hearing loop"]


def test_the_same_form_again_gives_the_same_receipt_and_nothing_more(valid_form, registration_page):
    token = guarded_forms.issue_token(registration_page.pk, at=NOW, trusted=True)
    first, _ = register(valid_form(submission_key=token))
    owed = mails()
    again, is_first = register(valid_form(submission_key=token))
    assert (again, is_first) == (first, False)
    assert Registration.objects.count() == Receipt.objects.count() == 1
    assert RegistrationChange.objects.count() == 1
    assert mails() == owed


def test_the_same_form_at_the_same_moment_gives_the_receipt_of_the_quicker_one(
    valid_form, registration_page, monkeypatch
):
    token = guarded_forms.issue_token(registration_page.pk, at=NOW, trusted=True)
    quicker = valid_form(submission_key=token)
    ensure_count = places.ensure_count
    winners = []

    def overtaken(*arguments):
        monkeypatch.setattr(places, "ensure_count", ensure_count)
        winners.append(register(quicker)[0])

    monkeypatch.setattr(places, "ensure_count", overtaken)
    receipt, is_first = register(valid_form(submission_key=token, email="ADA@visitor.example"))
    assert (receipt, is_first) == (winners[0], False)
    assert Registration.objects.count() == 1
    assert len(mails()) == 2


def test_two_people_with_one_address_both_have_a_place_and_their_answers(valid_form):
    first, _ = register(valid_form(question_access_needs="A hearing loop"))
    second, is_first = register(
        valid_form(
            email="ADA@Visitor.example",
            name="Bo Visitor",
            question_access_needs="A ramp",
        )
    )
    assert is_first
    assert second.reference != first.reference
    assert Registration.objects.get(reference=second.reference).name == "Bo Visitor"
    assert [row.sensitive_answers[0]["value"] for row in Registration.objects.order_by("pk")] == [
        "A hearing loop",
        "A ramp",
    ]
    assert PlaceCount.objects.get().taken == 2


def test_an_address_has_at_most_six_bookings_for_a_date(valid_form, series):
    for number in range(6):
        register(valid_form(name=f"Person {number}"))
    with pytest.raises(actions.RegistrationActionError, match="too many forms") as refused:
        register(valid_form(name="Person 7", email="ADA@visitor.example"))
    assert refused.value.is_limited
    assert PlaceCount.objects.get().taken == Registration.objects.count() == 6
    register(valid_form(occurrence=str(series.occurrences.order_by("date")[1].uuid)))


def test_a_cancelled_booking_makes_room_for_another(valid_form, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_PER_DATE": 1}
    receipt, _ = register(valid_form())
    with pytest.raises(actions.RegistrationActionError):
        register(valid_form())
    actions.withdraw(receipt.registration, at=NOW)
    register(valid_form())


@pytest.mark.parametrize("other", ["a_a@visitor.example", "a%@visitor.example", "%@%"])
def test_an_address_with_pattern_characters_matches_nobody_elses(valid_form, settings, other):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_PER_DATE": 1}
    register(valid_form())
    form = valid_form()
    form.cleaned_data["email"] = other
    assert register(form)[0].registration.email == other


def test_the_same_name_and_address_on_one_date_may_be_a_duplicate(valid_form):
    first = register(valid_form(name="Núria O’Brien"))[0].registration
    second = register(valid_form(name="nuria obrien", email="ADA@visitor.example"))[0].registration
    register(valid_form(name="Bo Visitor"))
    assert list(first.possible_duplicates()) == [second]
    actions.withdraw(second, at=NOW)
    assert not first.possible_duplicates()


def test_the_same_address_may_book_another_date(valid_form, series):
    register(valid_form())
    other = series.occurrences.order_by("date")[1]
    register(valid_form(occurrence=str(other.uuid)))
    assert Registration.objects.count() == 2


def test_someone_who_cancelled_may_register_again(valid_form, registered):
    actions.withdraw(registered, at=NOW)
    register(valid_form())
    assert sorted(Registration.objects.values_list("status", flat=True)) == [
        "confirmed",
        "withdrawn",
    ]


def test_references_are_short_meaningless_and_have_no_letters_that_look_alike(valid_form):
    references = set()
    for number in range(20):
        receipt, _ = register(valid_form(email=f"{number}@visitor.example"))
        references.add(receipt.reference)
    assert len(references) == 20
    assert all(len(reference) == 12 for reference in references)
    assert not set("01ILOU") & set("".join(references).replace("PR-", ""))


def test_nothing_is_stored_if_the_email_cannot_be_queued(valid_form, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError

    form = valid_form()
    monkeypatch.setattr("events.registrations.outbox.enqueue_emails", fail)
    with pytest.raises(RuntimeError):
        register(form)
    assert not Registration.objects.exists()
    assert not RegistrationChange.objects.exists()
    assert not Receipt.objects.exists()


def test_a_constraint_that_always_fails_ends_in_a_sentence(valid_form, monkeypatch):
    def fail(*arguments, **options):
        raise IntegrityError

    form = valid_form()
    monkeypatch.setattr(submissions, "create_registration", fail)
    with pytest.raises(actions.RegistrationActionError, match="Send the form again"):
        register(form)


def test_people_after_the_last_place_wait_and_move_up_in_order(valid_form, place_for):
    page = place_for(1)
    people = [
        register(valid_form(page, email=f"{number}@visitor.example"))[0].registration
        for number in range(3)
    ]
    assert [person.status for person in people] == ["confirmed", "waiting", "waiting"]
    OutboundEmail.objects.all().delete()
    actions.withdraw(people[0], at=NOW)
    assert [Registration.objects.get(pk=person.pk).status for person in people] == [
        "withdrawn",
        "confirmed",
        "waiting",
    ]
    assert ("offered", "1@visitor.example") in mails()


def test_without_a_waiting_list_a_full_date_is_refused_and_nothing_is_stored(valid_form, place_for):
    page = place_for(1, waiting_list=False)
    late = valid_form(page, email="late@visitor.example")
    register(valid_form(page))
    with pytest.raises(actions.RegistrationActionError, match="full"):
        register(late)
    assert Registration.objects.count() == 1


def test_with_confirmation_by_hand_a_request_is_received_and_takes_no_place(valid_form, place_for):
    page = place_for(1, approval=True)
    first, second = (
        register(valid_form(page, email=f"{number}@visitor.example"))[0].registration
        for number in range(2)
    )
    assert first.status == second.status == Status.RECEIVED
    actions.change_status(first, Status.CONFIRMED, by=None, at=NOW)
    with pytest.raises(actions.RegistrationActionError, match="No place is left"):
        actions.change_status(second, Status.CONFIRMED, by=None, at=NOW)
    assert Registration.objects.get(pk=second.pk).status == Status.RECEIVED


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("declined", ["organiser_decided", "declined"]),
        ("withdrawn", ["organiser_decided", "cancelled_by_us"]),
        ("attended", []),
        ("did_not_attend", []),
        ("confirmed", []),
    ],
)
def test_a_decision_is_in_the_history_with_who_and_why_and_the_person_is_emailed(
    registered, admin, status, told
):
    actions.change_status(registered, status, by=admin, note="By telephone", at=NOW)
    line = registered.history.last()
    assert (line.status, line.previous_status, line.by, line.note) == (
        status,
        "confirmed",
        admin,
        "By telephone",
    )
    assert Registration.objects.get().status == registered.status == status
    assert [kind for kind, _ in mails()] == told


def test_a_decision_may_be_made_without_emailing_the_person(registered, admin):
    actions.change_status(registered, Status.DECLINED, by=admin, tell=False, at=NOW)
    assert [kind for kind, _ in mails()] == ["organiser_decided"]


def test_cancelling_twice_is_cancelling_once(registered, series):
    actions.withdraw(registered, at=NOW)
    owed = mails()
    actions.withdraw(registered, at=NOW)
    assert (
        mails()
        == owed
        == [
            ("withdrawn", "ada@visitor.example"),
            ("organiser_withdrawn", series.organiser.inbox),
        ]
    )


@pytest.mark.parametrize("minutes", [0, 60])
def test_the_person_can_change_nothing_once_the_date_has_begun(registered, minutes):
    late = registered.occurrence.starts_at + timedelta(minutes=minutes)
    with pytest.raises(actions.RegistrationActionError, match="no longer be changed"):
        actions.withdraw(registered, at=late)
    with pytest.raises(actions.RegistrationActionError, match="no longer be changed"):
        actions.change_details(
            registered, guests=0, answers=[], sensitive_answers=[], discreet=False, at=late
        )


def test_moving_to_another_date_moves_the_deletion_date(registered, series):
    other = series.occurrences.order_by("date")[1]
    actions.move(registered, other, at=NOW)
    moved = Registration.objects.get()
    assert moved.occurrence == other
    assert moved.erase_at == other.ends_at + timedelta(days=30)
    assert ("moved", "ada@visitor.example") in mails()


def test_cancelling_and_reinstating_a_date_emails_each_person_once_each_time(
    valid_form, registered
):
    register(valid_form(email="bo@visitor.example"))
    withdrawn, _ = register(valid_form(email="cy@visitor.example"))
    actions.withdraw(withdrawn.registration, at=NOW)
    OutboundEmail.objects.all().delete()
    occurrence = registered.occurrence
    for _ in range(2):
        cancel_occurrence(occurrence, reason="Snow", by=None, at=NOW)
        reinstate_occurrence(occurrence, reason="Thaw", by=None, at=NOW)
    people = ["ada@visitor.example", "bo@visitor.example"]
    sent = [(kind.replace("organiser_date", ""), person) for kind, person in mails()]
    assert sent == [
        (kind if person in people else "", person)
        for _ in range(2)
        for kind in ("date_cancelled", "date_reinstated")
        for person in [*people, "inbox@council.example"]
    ]


def test_a_date_moved_later_is_erased_later(registered):
    start = registered.occurrence.starts_at + timedelta(days=7)
    postpone_occurrence(
        registered.occurrence,
        reason="Snow",
        by=None,
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        at=NOW,
    )
    expected = start + timedelta(hours=2, days=30)
    assert Registration.objects.get().erase_at == expected
    assert mails() == [
        ("date_changed", "ada@visitor.example"),
        ("organiser_date", "inbox@council.example"),
    ]


def test_unpublishing_the_event_cancels_booked_dates_and_emails_people(registered, series):
    series.unpublish()
    assert Registration.objects.get().occurrence.is_cancelled
    assert mails() == [
        ("date_cancelled", "ada@visitor.example"),
        ("organiser_date", "inbox@council.example"),
    ]


def test_deleting_the_event_keeps_the_registration_and_emails_the_person(registered, series):
    series.delete()
    registration = Registration.objects.get()
    assert registration.page is None
    assert registration.occurrence.event is None
    assert ("date_cancelled", "ada@visitor.example") in mails()


def test_a_party_that_is_too_large_reads_something_else_than_a_full_date(valid_form, place_for):
    page = place_for(2, waiting_list=False, max_guests=1)
    late = valid_form(page, email="cleo@visitor.example")
    register(valid_form(page))
    with pytest.raises(actions.RegistrationActionError, match="Too few places are left") as error:
        register(valid_form(page, email="ben@visitor.example", guests="1"))
    assert error.value.is_full
    with pytest.raises(actions.RegistrationActionError, match="1 place is left on this date"):
        raise actions.no_room(page.event.occurrences.first().pk, 2)
    register(valid_form(page, email="ben@visitor.example"))
    with pytest.raises(actions.RegistrationActionError, match="This date is full"):
        register(late)
