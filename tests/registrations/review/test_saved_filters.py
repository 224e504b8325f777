"""Saved filters: what is saved, what is not, and whose they are."""

from events.registrations.models import (
    SavedFilter,
)
from tests.registrations.review.conftest import address


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
