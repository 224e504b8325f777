"""Notes, assignments, neighbours, unread marks, saved filters: what a reviewer's day needs."""

from datetime import UTC, datetime, timedelta

import pytest

from events.registrations import permissions
from events.registrations.models import (
    AccessRecord,
    EventAssignment,
    Registration,
    RegistrationChange,
    SavedFilter,
)
from tests.factories import EventPageFactory, OccurrenceFactory, RegistrationFactory, UserFactory
from tests.registrations.review.conftest import NAME, NOTE, address, crowd

RECEIVED = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.fixture
def lead_client(client_of):
    return client_of("lead")


@pytest.fixture
def three(db):
    evening = OccurrenceFactory()
    return [
        RegistrationFactory(
            name=name,
            email=f"{name}@visitor.example",
            occurrence=evening,
            received_at=RECEIVED + timedelta(hours=hour),
        )
        for hour, name in enumerate(("Ada", "Ben", "Cleo"))
    ]


def test_a_note_is_kept_and_traced_without_its_words(lead_client, registration):
    lead_client.post(address("note", registration.pk), {"note": "Rang them"})
    assert registration.history.latest("pk").note == "Rang them"
    line = AccessRecord.objects.latest("pk")
    assert (line.act, line.registration_pk) == ("noted", registration.pk)


def test_the_person_never_reads_a_note(clock, client, registration):
    body = client.get(f"/registration/{registration.link_token()}/").content.decode()
    assert NAME in body
    assert NOTE not in body


def test_a_registration_is_assigned_to_somebody_who_may_see_it(lead_client, registration, person):
    to = person("lead")
    lead_client.post(address("assign", registration.pk), {"assigned_to": to.pk})
    registration.refresh_from_db()
    assert registration.assigned_to == to
    assert f"Assigned to {to.username}" in registration.history.latest("pk").note


def test_nobody_is_assigned_who_may_not_see_it(lead_client, registration):
    stranger = UserFactory()
    response = lead_client.post(address("assign", registration.pk), {"assigned_to": stranger.pk})
    assert response.status_code == 422
    assert "Choose one of the people in the list" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ("", "Cleo", "Ada"),
        ("o=received", "Ada", "Cleo"),
        ("o=name", "Ada", "Cleo"),
        ("o=-name", "Cleo", "Ada"),
        ("o=status", "Ada", "Cleo"),
        ("o=date", "Ada", "Cleo"),
        ("q=ada", None, "Ada"),
        ("status=confirmed", None, None),
        ("nonsense=1", None, None),
    ],
)
def test_neighbours_are_those_of_the_filter_and_its_order(lead_client, three, query, before, after):
    by_name = {row.name: row for row in three}
    url = f"{address('inspect', by_name['Ben'].pk)}?{query}"
    context = lead_client.get(url).context
    for name, found in ((before, context["previous_url"]), (after, context["next_url"])):
        assert found.partition("?")[0] == (address("inspect", by_name[name].pk) if name else "")


def test_saving_can_lead_to_the_next_of_the_filter(lead_client, three):
    ada, ben, _ = three
    sent = {"seen": "received", "status": "confirmed", "note": "", "next": "on"}
    url = f"{address('decide', ada.pk)}?status=received&o=received"
    response = lead_client.post(url, sent)
    assert response["Location"] == f"{address('inspect', ben.pk)}?status=received&o=received"


def test_a_registration_is_new_until_it_was_read_and_changed_once_the_person_changed_it(
    lead_client, registration
):
    def mark() -> str:
        return lead_client.get(address("index")).context["rows"][0].unread

    assert mark() == "New"
    lead_client.get(address("inspect", registration.pk))
    assert mark() == ""
    RegistrationChange.objects.create(registration=registration, status="received")
    assert mark() == "Changed"


def test_what_one_has_read_is_still_new_to_another(client_of, registration):
    client_of("lead").get(address("inspect", registration.pk))
    assert client_of("lead").get(address("index")).context["rows"][0].unread == "New"


def found(client, **parameters) -> set[str]:
    return {row.name for row in client.get(address("index"), parameters).context["rows"]}


def test_the_list_is_filtered_by_assignment_flag_and_day(client, person, three):
    user, other = person("lead"), person("lead")
    client.force_login(user)
    ada, ben, cleo = three
    Registration.objects.filter(pk=ada.pk).update(assigned_to=user, discreet=True)
    Registration.objects.filter(pk=ben.pk).update(assigned_to=other)
    Registration.objects.filter(pk=cleo.pk).update(concern_since=RECEIVED)
    AccessRecord.objects.create(user=user, act="looked", registration_pk=cleo.pk)
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
def test_an_odd_filter_is_answered_with_a_sentence(lead_client, registration, query):
    response = lead_client.get(f"{address('index')}?{query}")
    assert response.status_code == 400
    assert NAME not in response.content.decode()


def test_the_filter_of_concerns_is_for_those_who_handle_them(client_of, registration):
    response = client_of("lead without concerns").get(address("index"), {"flag": "concern"})
    assert response.status_code == 400


def test_a_filter_is_saved_without_the_words_searched_for(client, person, registration):
    user = person("lead")
    client.force_login(user)
    sent = {"name": "To decide", "query": "q=zephyrine&status=received&o=name", "opens": "on"}
    client.post(address("save_filter"), sent)
    saved = SavedFilter.objects.get()
    assert (saved.user, saved.query, saved.opens) == (user, "status=received&o=name", True)
    assert client.get(address("index"))["Location"].endswith("?status=received&o=name")
    assert client.get(address("index"), {"o": "-received"}).status_code == 200


def test_a_filter_that_makes_no_sense_saves_nothing_of_itself(lead_client, registration):
    lead_client.post(address("save_filter"), {"name": "x", "query": "email__startswith=a"})
    assert SavedFilter.objects.get().query == ""


def test_only_ones_own_filters_are_deleted(client_of, person, registration):
    theirs = SavedFilter.objects.create(user=person("lead"), name="Mine", query="status=received")
    assert client_of("lead").post(address("delete_filter", theirs.pk)).status_code == 404
    assert SavedFilter.objects.exists()


def test_rights_hold_for_the_assigned_events_alone(person, series, registration_page):
    here = RegistrationFactory(occurrence=series.occurrences.first())
    elsewhere = EventPageFactory(parent=series.get_parent())
    lead = person("lead")
    assert Registration.objects.viewable_by(lead).get() == here
    given = EventAssignment.objects.create(user=lead, event=elsewhere)
    assert not Registration.objects.viewable_by(lead).exists()
    EventAssignment.objects.create(user=lead, event=series)
    assert Registration.objects.viewable_by(lead).get() == here
    given.delete()
    assert Registration.objects.viewable_by(lead).get() == here


def test_deleting_an_event_widens_nobodys_view(person, series):
    crowd(1)
    lead = person("lead")
    EventAssignment.objects.create(user=lead, event=series)
    series.delete()
    assert permissions.events_of(lead) == []
    assert not Registration.objects.viewable_by(lead).exists()


def test_without_an_assignment_an_organiser_sees_nothing(person, registration):
    assert permissions.events_of(person("organiser")) == []
    assert not Registration.objects.viewable_by(person("organiser")).exists()


def test_events_are_given_and_taken_with_a_line_in_wagtails_log(client_of, person, series):
    client, organiser = client_of("assigner"), person("organiser")
    url = "/cms/prevent_registrations/eventassignment/"
    sent = {"user": organiser.pk, "event": series.pk}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 422
    given = EventAssignment.objects.get()
    assert permissions.events_of(organiser) == [series.pk]
    assert (
        "will no longer see its registrations"
        in client.get(f"{url}delete/{given.pk}/").content.decode()
    )
    client.post(f"{url}delete/{given.pk}/")
    assert permissions.events_of(organiser) == []


def test_taking_the_last_event_of_a_lead_says_that_they_then_see_every_event(
    client_of, person, series
):
    given = EventAssignment.objects.create(user=person("lead"), event=series)
    url = f"/cms/prevent_registrations/eventassignment/delete/{given.pk}/"
    assert (
        "will see the registrations of every event"
        in client_of("assigner").get(url).content.decode()
    )
