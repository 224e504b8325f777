"""Adding a person, changing and moving registrations, and merging two: by staff, in the CMS."""

from datetime import UTC, datetime

import pytest

from events.registrations import corrections
from events.registrations.models import (
    AccessRecord,
    AddressChange,
    OutboundEmail,
    PlaceCount,
    Registration,
)
from events.registrations.places import ensure_count, set_own_capacity
from tests.conftest import NOW
from tests.factories import RegistrationFactory
from tests.registrations.review.conftest import address


@pytest.fixture
def date(series, registration_page):
    registration_page.max_guests = 4
    registration_page.save_revision().publish()
    return series.occurrences.order_by("date").first()


def mails(registration) -> list[str]:
    rows = OutboundEmail.objects.filter(registration=registration).order_by("kind")
    return list(rows.values_list("kind", flat=True))


def actions() -> list[str]:
    return list(AccessRecord.objects.order_by("pk").values_list("action", flat=True))


def seat(date, page, **values) -> Registration:
    """Register someone with a counted place."""
    registration = RegistrationFactory(
        occurrence=date, page=page, status="confirmed", name_key="ada visitor", **values
    )
    ensure_count(date, page)
    assert PlaceCount.objects.filter(pk=date.pk).take(registration.party)
    return registration


def taken(date) -> int:
    return PlaceCount.objects.get(pk=date.pk).taken


def add(client, date, **answers):
    screen = address("add_to_date", date.uuid)
    form = client.get(screen).context["form"]
    sent = {
        "channel": "phone",
        "privacy_notice": "read_out",
        "name": "Joan Caller",
        "email": "",
        "guests": "",
        "submission_key": form["submission_key"].value(),
        **answers,
    }
    return client.post(screen, sent)


def test_a_person_who_phones_has_a_place_without_an_email_address(lead_client, date):
    response = add(lead_client, date, guests="1")
    registration = Registration.objects.get()
    assert response.status_code == 302
    assert (registration.status, registration.party, taken(date)) == ("confirmed", 2, 2)
    assert (registration.channel, registration.privacy_notice) == ("phone", "read_out")
    assert registration.consent_text == ""
    assert mails(registration) == ["organiser_received"]
    assert actions() == ["added"]
    line = registration.history.get()
    assert line.by is not None
    page = lead_client.get(response["Location"]).content.decode()
    assert "Added by staff" in page
    assert "By phone. Privacy notice: read out" in " ".join(page.split())


def test_a_person_with_an_email_address_gets_the_same_email_as_online(lead_client, date):
    add(lead_client, date, email="joan@caller.example")
    assert mails(Registration.objects.get()) == ["booked", "organiser_received"]


def test_nobody_is_emailed_if_staff_say_so(lead_client, date):
    add(lead_client, date, email="joan@caller.example", quiet="on")
    assert mails(Registration.objects.get()) == ["organiser_received"]


def test_the_form_sent_twice_adds_one_person(lead_client, date):
    screen = address("add_to_date", date.uuid)
    key = lead_client.get(screen).context["form"]["submission_key"].value()
    for _time in range(2):
        assert add(lead_client, date, submission_key=key).status_code == 302
    assert (Registration.objects.count(), taken(date)) == (1, 1)
    assert actions() == ["added"]


def test_a_form_with_mistakes_keeps_what_was_typed(lead_client, date):
    response = add(lead_client, date, channel="", privacy_notice="", name="", email="joan@")
    page = response.content.decode()
    assert response.status_code == 422
    for sentence in (
        "Choose how the person asked for a place",
        "Choose how the person got the privacy notice",
        "Enter the person’s full name",
        "Enter an email address in the correct format, like name@example.com",
        "joan@",
    ):
        assert sentence in page
    assert not Registration.objects.exists()


def test_someone_added_to_a_full_date_joins_the_waiting_list(lead_client, date, registration_page):
    set_own_capacity(date, 1, registration_page)
    seat(date, registration_page)
    add(lead_client, date)
    assert Registration.objects.get(name="Joan Caller").status == "waiting"


@pytest.mark.parametrize(
    ("capacity", "guests", "sentence"),
    [
        (1, "", "No place is left on this date"),
        (3, "2", "2 places are left on this date, and this registration needs 3"),
    ],
)
def test_a_full_date_and_a_large_party_have_different_messages(
    lead_client, date, registration_page, clock, capacity, guests, sentence
):
    set_own_capacity(date, capacity, registration_page)
    seat(date, registration_page)
    clock.move_to(datetime(2026, 11, 26, 17, tzinfo=UTC))
    response = add(lead_client, date, channel="door", guests=guests)
    assert response.status_code == 409
    assert sentence in response.content.decode()


def test_nobody_is_at_the_door_before_the_day(lead_client, date):
    response = add(lead_client, date, channel="door")
    assert response.status_code == 422
    assert "You can only record walk-ins from the day of the event" in response.content.decode()


def test_someone_at_the_door_has_attended_and_gets_no_email(lead_client, date, clock):
    clock.move_to(datetime(2026, 11, 26, 17, tzinfo=UTC))
    add(lead_client, date, channel="door", email="joan@caller.example")
    registration = Registration.objects.get()
    assert (registration.status, mails(registration)) == ("attended", [])


def test_staff_change_name_guests_and_answers_with_a_line_in_the_history(
    lead_client, date, registration_page
):
    row = seat(
        date, registration_page, sensitive_answers=[{"name": "a", "label": "A", "value": "x"}]
    )
    response = lead_client.post(
        address("change", row.pk), {"name": "Ada Lovelace", "guests": "2", "why": "She rang"}
    )
    row.refresh_from_db()
    assert response.status_code == 302
    assert (row.name, row.guests, taken(date)) == ("Ada Lovelace", 2, 3)
    assert row.sensitive_answers == [{"name": "a", "label": "A", "value": "x"}]
    line = row.history.latest("pk")
    assert line.note == "Changed: name, guests from 0 to 2. She rang"
    assert "Ada" not in line.note
    assert mails(row) == ["changed", "organiser_changed"]
    assert actions() == ["changed"]


def test_an_address_entered_by_staff_counts_once_the_person_confirms_it(
    client, lead_client, date, registration_page
):
    row = seat(date, registration_page, email="old@caller.example")
    form = {"name": row.name, "guests": "0", "email": "new@caller.example"}
    response = lead_client.post(address("change", row.pk), form, follow=True)
    assert "A link went to the new email address" in response.content.decode()
    row.refresh_from_db()
    assert row.email == "old@caller.example"
    line = row.history.latest("pk")
    assert line.by is not None
    assert "caller.example" not in line.note
    email = OutboundEmail.objects.get(kind="confirm_email")
    assert email.recipient == "new@caller.example"
    corrections.change_address(AddressChange.objects.get(), at=NOW)
    row.refresh_from_db()
    assert row.email == "new@caller.example"


def test_a_form_that_changes_nothing_sends_nothing(lead_client, date, registration_page):
    row = seat(date, registration_page)
    lead_client.post(address("change", row.pk), {"name": row.name, "guests": "0"})
    assert (row.history.count(), mails(row)) == (0, [])


def test_too_few_places_for_more_guests_are_named(lead_client, date, registration_page):
    set_own_capacity(date, 3, registration_page)
    row = seat(date, registration_page)
    seat(date, registration_page)
    response = lead_client.post(address("change", row.pk), {"name": row.name, "guests": "2"})
    assert response.status_code == 409
    assert response.context["form"].errors["guests"] == ["Only 1 place is left on this date"]


def test_changing_sensitive_answers_needs_the_right_and_is_recorded(
    client_of, date, registration_page
):
    row = seat(
        date,
        registration_page,
        sensitive_answers=[{"name": "access_needs", "label": "Access needs", "value": "CANARY"}],
    )
    screen = address("change", row.pk)
    asked = f"{screen}?sensitive=on"
    assert "CANARY" not in client_of("lead without sensitive").get(asked).content.decode()
    lead = client_of("lead")
    assert "CANARY" not in lead.get(screen).content.decode()
    assert actions() == []
    lead.get(asked)
    assert actions() == ["revealed"]


def test_staff_move_a_registration_to_another_date(lead_client, series, date, registration_page):
    row = seat(date, registration_page)
    later = series.occurrences.order_by("date")[1]
    response = lead_client.post(address("move", row.pk), {"to": str(later.uuid), "quiet": "on"})
    row.refresh_from_db()
    assert response.status_code == 302
    assert (row.occurrence, row.status, taken(date), taken(later)) == (later, "confirmed", 0, 1)
    assert row.history.latest("pk").note == f"Moved to {later.day}"
    assert mails(row) == ["organiser_changed"]


def test_people_waiting_are_numbered_and_can_be_put_first_with_a_reason(
    lead_client, date, registration_page
):
    set_own_capacity(date, 1, registration_page)
    holder = seat(date, registration_page)
    first, second = (
        RegistrationFactory(
            occurrence=date,
            page=registration_page,
            status="waiting",
            waiting_since=datetime(2026, 11, 1, hour, tzinfo=UTC),
        )
        for hour in (9, 10)
    )
    assert (first.place_in_queue, second.place_in_queue) == (1, 2)
    screen = address("put_first", second.pk)
    assert lead_client.post(screen, {"why": ""}).status_code == 422
    lead_client.post(screen, {"why": "Interpreter booked"})
    second.refresh_from_db()
    assert (second.place_in_queue, first.place_in_queue) == (1, 2)
    note = second.history.latest("pk").note
    assert note == "Put first on the waiting list. Interpreter booked"
    lead_client.post(
        address("decide", holder.pk), {"seen": "confirmed", "status": "withdrawn", "note": ""}
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("waiting", "confirmed")


def test_the_confirmation_is_sent_again(lead_client, date, registration_page):
    row = seat(date, registration_page)
    for _time in range(2):
        assert lead_client.post(address("send_again", row.pk)).status_code == 302
    assert mails(row) == ["confirmed", "confirmed"]
    row.email = ""
    row.save()
    lead_client.post(address("send_again", row.pk))
    assert mails(row) == ["confirmed", "confirmed"]


@pytest.fixture
def pair(date, registration_page):
    """Two registrations of one person, filling a date."""
    set_own_capacity(date, 3, registration_page)
    answers = [{"name": "q", "label": "Question", "value": value} for value in ("Bus", "Car")]
    needs = [{"name": "a", "label": "Access needs", "value": value} for value in ("Ramp", "Loop")]
    return [
        seat(
            date,
            registration_page,
            guests=number,
            answers=[answers[number]],
            sensitive_answers=[needs[number]],
        )
        for number in (0, 1)
    ]


def test_two_registrations_are_merged_with_the_chosen_answers(lead_client, date, pair):
    first, second = pair
    page = lead_client.get(address("inspect", first.pk)).content.decode()
    screen = address("merge", first.pk, second.pk)
    assert screen in page
    page = lead_client.get(screen).content.decode()
    assert all(word in page for word in ("Bus", "Car", "Ramp", "Loop"))
    response = lead_client.post(screen, {"guests": "1", "answer_q": "1", "sensitive_a": "0"})
    assert response.status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.guests, first.status, taken(date)) == (1, "confirmed", 2)
    assert first.answers[0]["value"] == "Car"
    assert first.sensitive_answers[0]["value"] == "Ramp"
    assert (second.status, second.answers, second.sensitive_answers) == ("withdrawn", [], [])
    assert first.history.latest("pk").note == f"Merged with {second.reference}"
    assert second.history.latest("pk").note == f"Merged into {first.reference}"
    assert mails(first) == ["changed", "organiser_changed"]
    assert mails(second) == []


def test_two_parties_on_a_full_date_become_one_of_the_same_size(lead_client, date, pair):
    first, second = pair
    lead_client.post(
        address("merge", first.pk, second.pk),
        {"guests": "2", "answer_q": "0", "sensitive_a": "0"},
    )
    first.refresh_from_db()
    assert (first.guests, taken(date)) == (2, 3)


def test_merging_without_the_right_to_sensitive_answers_keeps_those_of_both(client_of, date, pair):
    first, second = pair
    client = client_of("lead without sensitive")
    screen = address("merge", first.pk, second.pk)
    page = client.get(screen).content.decode()
    assert "Ramp" not in page
    assert "Loop" not in page
    client.post(screen, {"guests": "1", "answer_q": "0"})
    first.refresh_from_db()
    assert [answer["value"] for answer in first.sensitive_answers] == ["Ramp", "Loop"]


def test_registrations_for_different_dates_are_not_merged(
    lead_client, series, date, registration_page
):
    one = seat(date, registration_page)
    other = seat(series.occurrences.order_by("date")[1], registration_page)
    assert lead_client.get(address("merge", one.pk, other.pk)).status_code == 404


def test_a_merge_gives_freed_places_to_people_waiting(lead_client, date, pair, registration_page):
    waiting = RegistrationFactory(
        occurrence=date,
        page=registration_page,
        status="waiting",
        waiting_since=datetime(2026, 11, 1, tzinfo=UTC),
    )
    first, second = pair
    lead_client.post(
        address("merge", first.pk, second.pk),
        {"guests": "1", "answer_q": "0", "sensitive_a": "0"},
    )
    waiting.refresh_from_db()
    assert (waiting.status, taken(date)) == ("confirmed", 3)
