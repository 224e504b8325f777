"""The list: what it finds, in which order, and how it handles invalid addresses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.registrations.models import (
    AccessRecord,
    Registration,
    RegistrationChange,
    SavedFilter,
)
from tests.factories import OccurrenceFactory, RegistrationFactory
from tests.registrations.review.conftest import EMAIL, NAME, address, crowd

RECEIVED = datetime(2026, 11, 1, 9, tzinfo=UTC)


def references(response) -> list[str]:
    return [row.reference for row in response.context["rows"]]


@pytest.mark.parametrize("query", ["PR-MARG-ARET", "prmargaret", "marg-aret", "Margaret"])
def test_a_reference_is_found_however_typed_beside_a_similar_name(lead_client, query):
    RegistrationFactory(reference="PR-MARG-ARET", name="Sam")
    RegistrationFactory(reference="PR-ABCD-2345", name="Margaret Visitor")
    RegistrationFactory(reference="PR-ABCD-6789", name="Someone else")
    found = set(references(lead_client.get(address("index"), {"q": query})))
    assert "PR-MARG-ARET" in found
    assert ("PR-ABCD-2345" in found) == (query == "Margaret")
    assert "PR-ABCD-6789" not in found


def test_a_name_is_found_without_its_accents_and_apostrophes(lead_client):
    RegistrationFactory(reference="PR-ABCD-2345", name="Núria O’Brien", name_key="nuriaobrien")
    for query in ("nuria", "Nuria O'Brien", "OBRIEN", "Núria"):
        assert references(lead_client.get(address("index"), {"q": query})) == ["PR-ABCD-2345"]


@pytest.mark.parametrize(
    "query",
    ["PR-CNRY-2345", "cnry", "zephyrine", "CANARYWOOD", "wood zeph", "canary.example", "  cnry  "],
)
def test_the_search_finds_reference_name_and_address(lead_client, registration, query):
    RegistrationFactory()
    response = lead_client.get(address("index"), {"q": query})
    assert references(response) == [registration.reference]


@pytest.mark.parametrize(
    "query", ["canary-answer", "wheelchair", "canary-note", "%", "_", "zephyrine nobody"]
)
def test_the_search_looks_nowhere_else(lead_client, registration, query):
    response = lead_client.get(address("index"), {"q": query})
    assert response.status_code == 200
    assert references(response) == []
    assert "No registrations match" in response.content.decode()


def test_date_and_status_narrow_the_list(lead_client, registration):
    other = RegistrationFactory(status="confirmed")
    by_date = lead_client.get(address("index"), {"occurrence": str(other.occurrence.uuid)})
    by_status = lead_client.get(address("index"), {"status": "received"})
    both = lead_client.get(
        address("index"), {"occurrence": str(other.occurrence.uuid), "status": "received"}
    )
    assert references(by_date) == [other.reference]
    assert references(by_status) == [registration.reference]
    assert references(both) == []


def test_only_dates_with_registrations_can_be_chosen(lead_client, registration):
    OccurrenceFactory(title="Nobody comes")
    body = lead_client.get(address("index")).content.decode()
    assert "Community roundtable, Thursday 26 November 2026, 6pm to 7:30pm" in body
    assert "Nobody comes" not in body


def test_erased_registrations_are_not_on_the_list(lead_client, registration):
    registration.erased_at = RECEIVED
    registration.save()
    assert references(lead_client.get(address("index"))) == []
    assert lead_client.get(address("inspect", registration.pk)).status_code == 404


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("", "Cleo"),
        ("-received", "Cleo"),
        ("received", "Ada"),
        ("name", "Ada"),
        ("-name", "Cleo"),
        ("status", "Ben"),
        ("date", "Ben"),
        ("reference", "Cleo"),
    ],
)
def test_the_list_sorts_by_each_column(lead_client, db, order, first):
    rows = [
        ("Ada", "PR-3", "received", datetime(2026, 12, 3, tzinfo=UTC).date()),
        ("Ben", "PR-2", "confirmed", datetime(2026, 12, 1, tzinfo=UTC).date()),
        ("Cleo", "PR-1", "withdrawn", datetime(2026, 12, 2, tzinfo=UTC).date()),
    ]
    for number, (name, reference, status, day) in enumerate(rows):
        RegistrationFactory(
            name=name,
            reference=reference,
            status=status,
            received_at=RECEIVED + timedelta(hours=number),
            occurrence=OccurrenceFactory(date=day),
        )
    response = lead_client.get(address("index"), {"o": order} if order else {})
    assert response.context["rows"][0].name == first


def test_sorting_is_announced_to_screen_readers_and_keeps_the_filter(lead_client, registration):
    body = lead_client.get(address("index"), {"o": "name", "status": "received"}).content.decode()
    assert body.count("aria-sort=") == 1
    assert 'aria-sort="ascending"' in body
    assert "?o=-name&amp;status=received" in body
    assert "?o=-received&amp;status=received" in body


def test_a_page_has_fifty_rows(lead_client, db):
    occurrence = OccurrenceFactory()
    crowd(51, occurrence=occurrence)
    first = lead_client.get(address("index"))
    second = lead_client.get(address("index"), {"p": "2"})
    assert len(references(first)) == 50
    assert len(references(second)) == 1
    assert set(references(first)).isdisjoint(references(second))
    assert "1 to 50 of 51 registrations" in " ".join(first.content.decode().split())


BAD_INPUT = [
    ({"o": "abc"}, 400),
    ({"o": "-email"}, 400),
    ({"o": "1.-2"}, 400),
    ({"p": "abc"}, 400),
    ({"p": "0"}, 400),
    ({"p": "-1"}, 400),
    ({"p": "999999"}, 404),
    ({"p": "9" * 400}, 404),
    ({"q": "nul\x00byte"}, 400),
    ({"q": "x" * 101}, 400),
    ({"q": "\U0001f642 \u202eright"}, 200),
    ({"q": "a " * 50}, 200),
    ({"q": "'; DROP TABLE x; --"}, 200),
    ({"status": "nonsense"}, 400),
    ({"status": "nul\x00byte"}, 400),
    ({"occurrence": "abc"}, 400),
    ({"occurrence": "nul\x00byte"}, 400),
    ({"occurrence": "00000000-0000-0000-0000-000000000000"}, 400),
    ({"email__startswith": "z"}, 400),
    ({"email__startswith": "a"}, 400),
    ({"sensitive_answers__contains": "x"}, 400),
    ({"occurrence__event__pk": "1"}, 400),
    ({"nonsense": "1"}, 400),
    ({"nul\x00byte": "1"}, 400),
    ({"page__owner__password__startswith": "pbkdf2"}, 400),
    ({"status": ["received", "nonsense"]}, 400),
    ({"export": "csv"}, 400),
    ({"export": "xlsx"}, 400),
]


@pytest.mark.parametrize(("parameters", "expected"), BAD_INPUT)
def test_invalid_addresses_are_answered_with_a_sentence(
    lead_client, registration, parameters, expected
):
    response = lead_client.get(address("index"), parameters)
    body = response.content.decode()
    assert response.status_code == expected
    assert response["Content-Type"] == "text/html; charset=utf-8"
    if expected == 400:
        assert "There is a problem" in body
    if expected == 404:
        assert "This list ends at page 1" in body
    if expected != 200:
        assert NAME not in body
        assert EMAIL not in body


@pytest.mark.parametrize("pk", ["abc", "-1", "1.5", "9" * 30, "9" * 5000, "%00", "_5F"])
def test_an_invalid_registration_number_is_not_found(lead_client, registration, pk):
    assert lead_client.get(address("inspect", 1).replace("1", pk)).status_code == 404


def test_an_unknown_lookup_gets_the_same_answer_whether_or_not_it_would_match(
    lead_client, registration
):
    def question(letter: str) -> str:
        body = lead_client.get(address("index"), {"email__startswith": letter}).content.decode()
        return body.partition("<main")[2]

    assert question("z") == question("a")


def test_the_list_takes_as_many_queries_for_a_hundred_as_for_ten(lead_client, db):
    occurrence = OccurrenceFactory()

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert lead_client.get(address("index")).status_code == 200
        return len(queries)

    crowd(10, occurrence=occurrence)
    count()
    for_ten = count()
    for _ in range(9):
        crowd(10, occurrence=OccurrenceFactory())
    assert count() == for_ten


def test_the_list_decrypts_nothing(lead_client, registration, settings):
    settings.PREVENT = {
        **settings.PREVENT,
        "FIELD_ENCRYPTION_KEYS": ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="],
    }
    assert references(lead_client.get(address("index"))) == [registration.reference]


def test_viewing_the_list_leaves_a_line_without_the_search_in_it(client_of, registration):
    client_of("lead").get(address("index"), {"q": "zephyrine"})
    line = AccessRecord.objects.get()
    assert (line.action, line.count, line.registration_pk) == ("listed", 1, None)


def found(client, **parameters) -> set[str]:
    return {row.name for row in client.get(address("index"), parameters).context["rows"]}


def test_the_list_is_filtered_by_assignment_flag_and_day(client, person, three):
    user, other = person("lead"), person("lead")
    client.force_login(user)
    ada, ben, cleo = three
    Registration.objects.filter(pk=ada.pk).update(assigned_to=user, discreet=True)
    Registration.objects.filter(pk=ben.pk).update(assigned_to=other)
    Registration.objects.filter(pk=cleo.pk).update(concern_since=RECEIVED)
    AccessRecord.objects.create(user=user, action="looked", registration_pk=cleo.pk)
    late = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
    Registration.objects.filter(pk=cleo.pk).update(received_at=late)
    assert found(client, assigned="me") == {"Ada"}
    assert found(client, assigned=str(other.pk)) == {"Ben"}
    assert found(client, assigned="nobody") == {"Cleo"}
    assert found(client, flag="discreet") == {"Ada"}
    assert found(client, flag="concern") == {"Cleo"}
    assert found(client, flag="unread") == {"Ada", "Ben"}
    assert found(client, since="2026-11-02") == {"Cleo"}
    assert found(client, until="2026-11-02") == {"Ada", "Ben"}
    assert found(client, since="2026-11-03", until="2026-11-03") == {"Cleo"}


@pytest.mark.parametrize(
    "query", ["since=x", "assigned=x", "flag=x", "since=2026-11-03&until=2026-11-02"]
)
def test_an_invalid_filter_is_answered_with_a_sentence(lead_client, registration, query):
    response = lead_client.get(f"{address('index')}?{query}")
    assert response.status_code == 400
    assert NAME not in response.content.decode()


def test_the_concerns_filter_is_for_people_who_handle_them(client_of, registration):
    response = client_of("lead without concerns").get(address("index"), {"flag": "concern"})
    assert response.status_code == 400


def test_a_registration_is_new_until_read_and_changed_once_the_person_changed_it(
    lead_client, registration
):
    def mark() -> str:
        return lead_client.get(address("index")).context["rows"][0].unread

    assert mark() == "New"
    lead_client.get(address("inspect", registration.pk))
    assert mark() == ""
    RegistrationChange.objects.create(registration=registration, status="received")
    assert mark() == "Changed"


def test_what_one_person_has_read_is_still_new_to_another(client_of, registration):
    client_of("lead").get(address("inspect", registration.pk))
    assert client_of("lead").get(address("index")).context["rows"][0].unread == "New"


def test_a_filter_is_saved_without_the_search_words(client, person, registration):
    user = person("lead")
    client.force_login(user)
    sent = {"name": "To decide", "query": "q=zephyrine&status=received&o=name", "opens": "on"}
    client.post(address("save_filter"), sent)
    saved = SavedFilter.objects.get()
    assert (saved.user, saved.query, saved.opens) == (user, "status=received&o=name", True)
    assert client.get(address("index"))["Location"].endswith("?status=received&o=name")
    assert client.get(address("index"), {"o": "-received"}).status_code == 200


def test_an_invalid_filter_saves_nothing(lead_client, registration):
    lead_client.post(address("save_filter"), {"name": "x", "query": "email__startswith=a"})
    assert SavedFilter.objects.get().query == ""


def test_only_ones_own_filters_can_be_deleted(client_of, person, registration):
    theirs = SavedFilter.objects.create(user=person("lead"), name="Mine", query="status=received")
    assert client_of("lead").post(address("delete_filter", theirs.pk)).status_code == 404
    assert SavedFilter.objects.exists()


def test_active_filters_are_chips_that_remove_themselves(lead_client, three):
    response = lead_client.get(
        address("index"), {"status": "received", "since": "2026-11-01", "q": "ada", "p": "1"}
    )
    chips = response.context["chips"]
    assert [(chip.label, chip.value, chip.query) for chip in chips] == [
        ("Status", "Received", "q=ada&since=2026-11-01"),
        ("Received from", "1 November 2026", "q=ada&status=received"),
    ]
    assert "Filters (2 active)" in response.content.decode()


def test_columns_are_chosen_and_saved_with_the_view(client, person, three):
    user = person("lead")
    client.force_login(user)
    usual = client.get(address("index")).content.decode()
    assert 'data-label="Assigned to"' in usual
    assert 'data-label="Guests"' not in usual
    response = client.get(address("index"), {"cols": ["guests", "flags"]})
    page = response.content.decode()
    assert 'data-label="Guests"' in page
    assert 'data-label="Assigned to"' not in page
    client.post(address("save_filter"), {"name": "Door", "query": response.context["query"]})
    assert SavedFilter.objects.get().query == "cols=guests&cols=flags"


def test_an_invalid_column_is_answered_with_a_sentence(lead_client, three):
    response = lead_client.get(address("index"), {"cols": "shoe_size"})
    assert response.status_code == 400
    assert "Choose columns of the list" in response.content.decode()


def test_saved_views_are_tabs_with_the_open_one_marked(client, person, three):
    user = person("lead")
    SavedFilter.objects.create(user=user, name="To decide", query="status=received")
    client.force_login(user)
    page = client.get(address("index"), {"status": "received"}).content.decode()
    assert (
        'href="/cms/prevent_registrations/registration/?status=received" aria-current="page"'
        in page
    )
