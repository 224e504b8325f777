"""Dates and the door: how a date stands, who is here, printouts and counts."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from events.models import Occurrence
from events.registrations.models import AccessRecord, Registration
from events.registrations.places import set_own_capacity
from events.registrations.review.date_counts import date_counts
from tests.factories import OccurrenceFactory, RegistrationFactory
from tests.registrations.review.conftest import ANSWER, NAME, SENSITIVE, address, crowd


@pytest.fixture
def confirmed(clock, registration):
    """A party of two with a place, on the day of the event."""
    clock.move_to(registration.occurrence.starts_at)
    Registration.objects.update(status="confirmed", guests=1)
    registration.refresh_from_db()
    return registration


def lines() -> list[tuple]:
    return list(AccessRecord.objects.order_by("pk").values_list("action", "occurrence_pk", "count"))


def test_a_date_shows_its_places_waiting_list_and_decisions_due(confirmed):
    evening = confirmed.occurrence
    Occurrence.objects.update(capacity=30)
    evening.refresh_from_db()
    crowd(2, occurrence=evening, status="waiting", guests=1)
    crowd(3, occurrence=evening, status="received")
    [counts] = date_counts([evening])
    assert counts.places_in_words == "2 of 30 places taken"
    assert (counts.waiting, counts.received) == (4, 3)


def test_marking_someone_here_counts_them_and_their_guests(lead_client, confirmed):
    url = address("door", confirmed.occurrence.uuid)
    response = lead_client.post(url, {"registration": confirmed.pk, "mark": "attended"})
    assert response["Location"] == f"{url}#r{confirmed.pk}"
    confirmed.refresh_from_db()
    assert confirmed.status == "attended"
    counts = lead_client.get(address("door_counts", confirmed.occurrence.uuid)).json()
    assert counts == {"here": 2, "expected": 2}
    assert not confirmed.emails.exclude(state="failed").exists()


def test_a_mark_can_be_removed(lead_client, confirmed):
    url = address("door", confirmed.occurrence.uuid)
    for mark in ("attended", "confirmed"):
        lead_client.post(url, {"registration": confirmed.pk, "mark": mark})
    confirmed.refresh_from_db()
    assert confirmed.status == "confirmed"


def test_a_script_gets_the_counts_in_the_answer(lead_client, confirmed):
    answer = lead_client.post(
        address("door", confirmed.occurrence.uuid),
        {"registration": confirmed.pk, "mark": "attended"},
        headers={"X-Requested-With": "fetch"},
    )
    assert answer.json() == {"problem": "", "status": "attended", "here": 2, "expected": 2}


@pytest.mark.parametrize(
    "sent", [{"mark": ""}, {"registration": "x"}, {"mark": "declined"}, {"registration": "9" * 30}]
)
def test_an_invalid_mark_is_answered_with_a_sentence(lead_client, confirmed, sent):
    answer = lead_client.post(
        address("door", confirmed.occurrence.uuid),
        {"registration": confirmed.pk, "mark": "attended"} | sent,
        headers={"X-Requested-With": "fetch"},
    )
    assert answer.status_code == 422
    assert "Choose a person" in answer.json()["problem"]


def test_only_people_with_a_place_are_on_the_door_list(lead_client, confirmed):
    crowd(1, occurrence=confirmed.occurrence, status="declined", name="Dora Declined")
    RegistrationFactory(occurrence=OccurrenceFactory(date=date(2026, 12, 3)), name="Olga Otherday")
    body = lead_client.get(address("door", confirmed.occurrence.uuid)).content.decode()
    assert NAME in body
    assert "Dora Declined" not in body
    assert "Olga Otherday" not in body
    assert lines() == [("door", confirmed.occurrence_id, 1)]


def test_the_sheet_has_the_chosen_columns_and_no_others(lead_client, confirmed):
    url = address("sheet", confirmed.occurrence.uuid)
    body = lead_client.post(url, {"columns": ["guests"], "empty_rows": "2"}).content.decode()
    assert NAME in body
    assert body.count("<tr>") == 4
    assert confirmed.email not in body
    assert ANSWER not in body
    assert "destroy it" in body
    assert lines() == [("sheet", confirmed.occurrence_id, 1)]


def test_no_shared_sheet_has_sensitive_answers(lead_client, confirmed):
    url = address("sheet", confirmed.occurrence.uuid)
    assert "sensitive_answers" not in lead_client.get(url).content.decode()
    refused = lead_client.post(url, {"columns": ["sensitive_answers:*"]})
    assert refused.status_code == 422
    assert SENSITIVE not in refused.content.decode()


def test_nobody_is_marked_before_the_day(lead_client, confirmed, clock):
    clock.move_to(confirmed.occurrence.starts_at - timedelta(days=1))
    url = address("door", confirmed.occurrence.uuid)
    page = lead_client.get(url).content.decode()
    assert "You can mark who is here from the day of the event" in page
    assert 'name="mark"' not in page
    answer = lead_client.post(
        url,
        {"registration": confirmed.pk, "mark": "attended"},
        headers={"X-Requested-With": "fetch"},
    )
    assert answer.status_code == 409
    assert answer.json()["problem"] == "Attendance can be marked from the day of the event"


def test_part_of_a_party_is_counted_as_that_part(lead_client, confirmed):
    url = address("door", confirmed.occurrence.uuid)
    sent = {"registration": confirmed.pk, "mark": "attended", "came": "1"}
    lead_client.post(url, sent)
    counts = address("door_counts", confirmed.occurrence.uuid)
    assert lead_client.get(counts).json() == {"here": 1, "expected": 2}
    assert confirmed.history.latest("pk").note == "1 of 2 came"
    lead_client.post(url, sent | {"came": "2"})
    assert lead_client.get(counts).json() == {"here": 2, "expected": 2}


@pytest.mark.parametrize("came", ["0", "9", "x", "-1", "1" * 50])
def test_an_invalid_number_counts_the_whole_party(lead_client, confirmed, came):
    url = address("door", confirmed.occurrence.uuid)
    lead_client.post(url, {"registration": confirmed.pk, "mark": "attended", "came": came})
    confirmed.refresh_from_db()
    assert (confirmed.status, confirmed.came) == ("attended", None)


def test_people_at_the_door_are_sorted_by_surname(lead_client, confirmed):
    for name in ("Zoe Adams", "ada zeal", "Élodie Aarons"):
        RegistrationFactory(occurrence=confirmed.occurrence, name=name, status="confirmed")
    rows = lead_client.get(address("door", confirmed.occurrence.uuid)).context["rows"]
    assert [row.name for row in rows] == ["Élodie Aarons", "Zoe Adams", NAME, "ada zeal"]


@pytest.fixture
def first(series, registration_page, clock):
    row = series.occurrences.order_by("date").first()
    clock.move_to(row.starts_at)
    return row


def test_someone_without_a_booking_is_counted_in(lead_client, first):
    url = address("walk_in", first.uuid)
    key = lead_client.get(address("door", first.uuid)).context["walk_in"]["key"].value()
    for _time in range(2):
        lead_client.post(url, {"name": "Wilma Walker", "people": "2", "key": key})
    walker = Registration.objects.get()
    assert (walker.name, walker.party, walker.status) == ("Wilma Walker", 2, "attended")
    assert (walker.channel, walker.emails.count()) == ("door", 0)
    lead_client.post(url, {"name": "", "people": "1", "key": ""})
    assert Registration.objects.latest("pk").name == "Walk-in without a name"
    assert lead_client.get(address("door_counts", first.uuid)).json() == {"here": 3, "expected": 3}


def test_a_full_room_and_an_invalid_number_are_answered_with_a_sentence(
    lead_client, first, registration_page
):
    set_own_capacity(first, 2, registration_page)
    url = address("walk_in", first.uuid)
    full = lead_client.post(url, {"people": "3"})
    assert full.status_code == 409
    assert "2 places are left on this date, and this registration needs 3" in full.content.decode()
    odd = lead_client.post(url, {"people": "many"})
    assert odd.status_code == 422
    assert "Enter a number from 1 to 21" in odd.content.decode()


def test_nobody_is_counted_in_before_the_day(lead_client, first, clock):
    clock.move_to(first.starts_at - timedelta(days=1))
    assert lead_client.post(address("walk_in", first.uuid), {"people": "1"}).status_code == 409
    assert not Registration.objects.exists()


def test_the_summary_counts_choices_and_shows_no_free_text(client_of, confirmed):
    crowd(
        2,
        occurrence=confirmed.occurrence,
        status="confirmed",
        answers=[{"name": "t", "label": "Topics", "type": "checkboxes", "value": ["Buses"]}],
        sensitive_answers=[{"name": "d", "label": "Diet", "type": "radio", "value": "Vegan"}],
    )
    url = address("summary", confirmed.occurrence.uuid)
    body = client_of("lead").get(url).content.decode()
    assert "<li>Buses: 2</li>" in body
    assert "<li>Vegan: 2</li>" in body
    assert "1 answered" in body
    assert not [word for word in (NAME, ANSWER, SENSITIVE) if word in body]


def test_without_the_right_the_summary_neither_counts_nor_names_sensitive_questions(
    client_of, confirmed
):
    crowd(
        7,
        occurrence=confirmed.occurrence,
        status="confirmed",
        sensitive_answers=[{"name": "d", "label": "Diet", "type": "radio", "value": "Kosher"}],
    )
    url = address("summary", confirmed.occurrence.uuid)
    body = client_of("lead without sensitive").get(url).content.decode()
    assert "<li>Buses: 1</li>" in body
    assert not [word for word in ("Kosher", "Diet", "Access needs") if word in body]
    assert "<li>Kosher: 7</li>" in client_of("lead").get(url).content.decode()
    sensitive = AccessRecord.objects.filter(action="counted").order_by("pk")
    assert list(sensitive.values_list("sensitive", flat=True)) == [False, True]


def flag(registration) -> None:
    Registration.objects.filter(pk=registration.pk).update(concern_since=timezone.now())


def test_a_flagged_person_is_on_the_door_list_like_everyone_else(client_of, confirmed):
    url = address("door", confirmed.occurrence.uuid)
    organiser = client_of("lead without concerns")
    before = organiser.get(url).content.decode()
    flag(confirmed)
    after = organiser.get(url).content.decode()
    assert NAME in after
    tokens = re.compile(r'nonce="[^"]+"|\w{64}|name="key" value="[^"]+"')
    assert tokens.sub("", before) == tokens.sub("", after)
    organiser.post(url, {"registration": confirmed.pk, "mark": "attended"})
    confirmed.refresh_from_db()
    assert confirmed.status == "attended"
    counts = organiser.get(address("door_counts", confirmed.occurrence.uuid)).json()
    assert counts == {"here": 2, "expected": 2}
    assert organiser.get(address("inspect", confirmed.pk)).status_code == 404


def test_the_sheet_shows_only_name_and_guests_of_a_flagged_person(client_of, confirmed):
    flag(confirmed)
    url = address("sheet", confirmed.occurrence.uuid)
    chosen = {"columns": ["guests", "reference", "answers:*"]}
    body = client_of("lead without concerns").post(url, chosen).content.decode()
    assert NAME in body
    assert confirmed.reference in body
    assert not [word for word in (ANSWER, SENSITIVE) if word in body]
    assert ANSWER in client_of("lead").post(url, chosen).content.decode()


def test_the_summary_counts_no_answer_of_a_flagged_person_for_an_organiser(client_of, confirmed):
    flag(confirmed)
    url = address("summary", confirmed.occurrence.uuid)
    body = client_of("lead without concerns").get(url).content.decode()
    assert "2 expected" in body
    assert not [word for word in ("Buses", "Access needs") if word in body]


def test_the_summary_says_what_it_could_not_decrypt(lead_client, confirmed, settings):
    settings.PREVENT = {
        **settings.PREVENT,
        "FIELD_ENCRYPTION_KEYS": ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="],
    }
    body = lead_client.get(address("summary", confirmed.occurrence.uuid)).content.decode()
    assert "The sensitive answers of 1 cannot be decrypted" in body
