"""Two saves of one page at once: what was published stays published, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from wagtail import hooks
from wagtail.signals import page_published

from events.models import EventPage
from prevent_content import wagtail_hooks
from tests.factories import EventPageFactory
from tests.publishing import box_of
from tests.test_page_types import empty_streams, inputs_of

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PATIENCE_SECONDS = 60
AUTOSAVE = {"accept": "application/json"}


@pytest.fixture
def submitted(event_index, editor):
    """An unpublished event waiting for a moderator."""
    page = EventPageFactory(parent=event_index, title="Waiting", live=False)
    page.save_revision(user=editor)
    page.get_workflow().start(page, editor)
    return page


class Browser:
    """A moderator with the page editor open."""

    def __init__(self, moderator, page):
        self.client = Client(raise_request_exception=False)
        self.client.force_login(moderator)
        self.url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        self.form = inputs_of(self.client.get(self.url)) | empty_streams(EventPage)
        self.approval = self.form | {
            "action-workflow-action": "true",
            "workflow-action-name": "approve",
            "workflow-action-extra-data": "{}",
            "accepted_warnings": self.warnings(),
        }

    def warnings(self):
        asked = self.client.post(self.url, self.form | {"action-publish": "1"})
        box = box_of(asked)
        return box["value"] if box else ""

    def send(self, form, **headers):
        try:
            return self.client.post(self.url, form, headers=headers)
        finally:
            connection.close()


@pytest.fixture
def browser(moderator, submitted):
    return Browser(moderator, submitted)


def approve_while_an_autosave_has_read_the_page(browser):
    """Send an autosave, and the approval once the autosave's view has read the page."""
    read, published = Event(), Event()

    def wait(request, page):
        if request.headers.get("accept") == AUTOSAVE["accept"] and not published.is_set():
            read.set()
            assert published.wait(PATIENCE_SECONDS)

    with (
        hooks.register_temporarily("before_edit_page", wait, order=-1),
        ThreadPoolExecutor() as pool,
    ):
        autosave = pool.submit(browser.send, browser.approval, **AUTOSAVE)
        assert read.wait(PATIENCE_SECONDS)
        approval = browser.send(browser.approval)
        published.set()
        return approval, autosave.result(PATIENCE_SECONDS)


def test_an_autosave_that_read_the_page_before_it_was_published_does_not_unpublish_it(
    browser, submitted
):
    approval, autosave = approve_while_an_autosave_has_read_the_page(browser)
    assert approval.status_code == 302
    assert (autosave.status_code, autosave.json()["error_code"]) == (400, "invalid_revision")
    page = EventPage.objects.get(pk=submitted.pk)
    assert page.live
    assert page.live_revision_id == page.latest_revision_id


def test_control_without_the_guard_the_published_page_is_lost(browser, submitted, monkeypatch):
    monkeypatch.setattr(wagtail_hooks, "save_in_turn", lambda request, page: None)
    approval, _ = approve_while_an_autosave_has_read_the_page(browser)
    assert approval.status_code == 302
    page = EventPage.objects.get(pk=submitted.pk)
    assert (page.live, page.live_revision_id) == (False, None)


def test_an_autosave_waits_for_the_publication_that_is_under_way(browser, submitted):
    publishing, arrived = Event(), Event()

    def hold(instance, **kwargs):
        publishing.set()
        assert arrived.wait(PATIENCE_SECONDS)

    def arrive(request, page):
        if request.headers.get("accept") == AUTOSAVE["accept"]:
            arrived.set()

    page_published.connect(hold, sender=EventPage)
    try:
        with (
            hooks.register_temporarily("before_edit_page", arrive, order=-1),
            ThreadPoolExecutor() as pool,
        ):
            approval = pool.submit(browser.send, browser.approval)
            assert publishing.wait(PATIENCE_SECONDS)
            autosave = browser.send(browser.approval, **AUTOSAVE)
            assert approval.result(PATIENCE_SECONDS).status_code == 302
    finally:
        page_published.disconnect(hold, sender=EventPage)
    assert autosave.json()["error_code"] == "invalid_revision"
    assert EventPage.objects.get(pk=submitted.pk).live


def test_a_form_made_from_an_older_version_is_shown_again_and_saved_when_sent_again(
    browser, submitted
):
    newer = EventPage.objects.get(pk=submitted.pk)
    newer.title = "Someone else's title"
    newer.save_revision()
    form = browser.form | {"title": "My title"}
    refused = browser.send(form)
    assert "Saving will overwrite a newer version" in refused.content.decode()
    shown = inputs_of(refused) | empty_streams(EventPage)
    assert shown["title"] == "My title"
    assert browser.send(shown).status_code == 302
    page = EventPage.objects.get(pk=submitted.pk)
    assert page.get_latest_revision_as_object().title == "My title"
