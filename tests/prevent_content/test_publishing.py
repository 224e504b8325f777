"""Publishing rules, tried on the event page."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from events.models import EventPage
from tests.factories import EventPageFactory, UserFactory
from tests.publishing import post_accepting
from tests.test_page_types import empty_streams, inputs_of


@pytest.fixture
def unfinished(event_index):
    """A draft without the organiser that publishing requires."""
    return EventPageFactory(parent=event_index, title="Unfinished", organiser=None, live=False)


@pytest.fixture
def send(client, admin):
    """Return a function that sends the page editor's form for a page, as an administrator."""
    client.force_login(admin)

    def post(page, **changed):
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        answers = inputs_of(client.get(url))
        return post_accepting(client, url, answers | empty_streams(type(page)) | changed)

    return post


def test_a_draft_may_be_unfinished(send, unfinished):
    assert send(unfinished, title="Still unfinished").status_code == 302
    unfinished.refresh_from_db()
    assert unfinished.draft_title == "Still unfinished"


def test_the_editor_is_stopped_from_publishing_and_told_why(send, unfinished):
    refused = send(unfinished, **{"action-publish": "1"})
    assert refused.status_code == 200
    assert "Choose who organises this event" in refused.content.decode()
    unfinished.refresh_from_db()
    assert not unfinished.live


def test_a_finished_page_is_published(send, unfinished, event):
    published = send(unfinished, organiser=event.organiser.pk, **{"action-publish": "1"})
    assert published.status_code == 302
    unfinished.refresh_from_db()
    assert unfinished.live


def test_a_live_page_may_have_an_unfinished_draft_beside_it(send, event):
    assert send(event, organiser="").status_code == 302
    event.refresh_from_db()
    assert event.live
    assert event.organiser is not None
    assert event.get_latest_revision_as_object().organiser is None


def test_a_live_page_is_not_published_unfinished(send, event):
    refused = send(event, organiser="", **{"action-publish": "1"})
    assert refused.status_code == 200
    event.refresh_from_db()
    assert event.organiser is not None


def test_no_script_publishes_an_unfinished_revision(unfinished):
    with pytest.raises(ValidationError, match="organiser"):
        unfinished.save_revision().publish()
    assert not EventPage.objects.get(pk=unfinished.pk).live


def publish_ticked(client, *pages, **answers):
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    ticked = "&".join(f"id={page.pk}" for page in pages)
    return client.post(f"{url}?{ticked}&next=/cms/", answers, follow=True)


def test_pages_ticked_in_the_list_are_published_together_or_not_at_all(
    client, admin, unfinished, event_index
):
    finished = EventPageFactory(parent=event_index, title="Finished", live=False)
    client.force_login(admin)
    told = publish_ticked(client, finished, unfinished).content.decode()
    assert "“Unfinished”: Choose who organises this event" in told
    assert not EventPage.objects.filter(live=True).exists()
    publish_ticked(client, finished)
    assert EventPage.objects.get(live=True) == finished


def test_drafts_below_a_page_ticked_in_the_list_are_checked_too(
    client, admin, unfinished, event_index
):
    client.force_login(admin)
    told = publish_ticked(client, event_index, include_descendants="on").content.decode()
    assert "“Unfinished”" in told
    assert not EventPage.objects.filter(live=True).exists()


def test_someone_without_rights_cannot_reach_the_page_editor(client, unfinished):
    client.force_login(UserFactory())
    assert client.get(reverse("wagtailadmin_pages:edit", args=[unfinished.pk])).status_code == 302
