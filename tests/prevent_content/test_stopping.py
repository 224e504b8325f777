"""A checklist error stops every way of publishing, and the editor shows it at once."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import WorkflowState

from events.models import EventPage
from prevent_content.compat import HAS_PAGE_ACTIONS_API
from prevent_content.publishing import publish_due
from tests.conftest import NOW
from tests.factories import EventPageFactory, OrganiserFactory
from tests.publishing import box_of
from tests.test_page_types import empty_streams, inputs_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(event, editor):
    """A draft waiting for a moderator, whose organiser's inbox is no longer allowed."""
    page = EventPageFactory(
        parent=event.get_parent(), title="Waiting", organiser=event.organiser, live=False
    )
    page.save_revision(user=editor)
    page.get_workflow().start(page, editor)
    return page


@pytest.fixture
def forbid(settings):
    def forbid_inboxes():
        settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": ["another.example"]}

    return forbid_inboxes


def is_live(page) -> bool:
    return EventPage.objects.get(pk=page.pk).live


def approve(client, page, **options):
    state = WorkflowState.objects.get(object_id=str(page.pk))
    where = [page.pk, "approve", state.current_task_state_id]
    return client.post(reverse("wagtailadmin_pages:workflow_action", args=where), **options)


def text_of(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_an_approval_is_stopped_says_why_and_can_be_given_later(
    client, moderator, waiting, forbid, settings
):
    client.force_login(moderator)
    forbid()
    told = text_of(approve(client, waiting, follow=True))
    assert "The page was not approved." in told
    assert "Registrations may not be sent to the inbox" in told
    assert not is_live(waiting)
    assert waiting.workflow_in_progress
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": []}
    approve(client, waiting)
    assert is_live(waiting)


def test_a_rejection_is_not_stopped(client, moderator, waiting, forbid):
    client.force_login(moderator)
    forbid()
    state = WorkflowState.objects.get(object_id=str(waiting.pk))
    where = [waiting.pk, "reject", state.current_task_state_id]
    client.post(reverse("wagtailadmin_pages:workflow_action", args=where), {"comment": "The inbox"})
    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_NEEDS_CHANGES


def test_the_editor_list_and_api_are_stopped_too(client, moderator, waiting, forbid):
    client.force_login(moderator)
    forbid()
    url = reverse("wagtailadmin_pages:edit", args=[waiting.pk])
    form = inputs_of(client.get(url)) | empty_streams(EventPage)
    assert "may not be sent" in text_of(client.post(url, form | {"action-publish": "yes"}))
    ticked = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    assert "may not be sent" in text_of(
        client.post(f"{ticked}?id={waiting.pk}&next=/cms/", follow=True)
    )
    asked = client.post(f"/cms/api/main/pages/{waiting.pk}/action/publish/")
    assert asked.status_code == (400 if HAS_PAGE_ACTIONS_API else 404)
    assert not is_live(waiting)


def test_a_schedule_skips_a_stopped_page_and_tries_it_again(
    event, waiting, forbid, settings, clock
):
    at = NOW + timedelta(hours=1)
    fine = EventPageFactory(
        parent=event.get_parent(),
        organiser=OrganiserFactory(inbox="inbox@another.example"),
        live=False,
    )
    for page in (waiting, fine):
        page.go_live_at = at
        page.save_revision().publish()
    event.expire_at = at
    event.save_revision().publish()
    clock.move_to(at + timedelta(minutes=1))
    forbid()
    told = publish_due(at=at + timedelta(minutes=1))
    assert told.startswith("1 pages published, 1 unpublished; stopped: page ")
    assert "may not be sent" in told
    assert [is_live(page) for page in (waiting, fine, event)] == [False, True, False]
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": []}
    assert publish_due(at=at + timedelta(minutes=2)) == "1 pages published, 0 unpublished"
    assert is_live(waiting)


def check(client, page, form):
    return client.post(reverse("prevent_checklist:page", args=[page.pk]), form)


def form_of(client, page):
    opened = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    return inputs_of(opened) | empty_streams(type(page))


def test_the_checklist_follows_the_form_and_saves_nothing(client, editor, event):
    client.force_login(editor)
    form = form_of(client, event)
    before = event.revisions.count()
    answer = check(client, event, form | {"organiser": "", "date": "2026-12-25"}).json()
    assert "Choose who organises this event." in answer["html"]
    assert "Christmas Day" in answer["html"]
    assert answer["status"] == "1 thing to correct before publishing."
    assert event.revisions.count() == before
    event.refresh_from_db()
    assert event.organiser is not None


def test_an_unreadable_form_says_so_in_the_checklist(client, editor, event):
    client.force_login(editor)
    form = form_of(client, event) | {"ends": "17:00", "date": "31 February"}
    html = check(client, event, form).json()["html"]
    assert "First date: Enter the year too, like 27 March 2027." in html


def test_an_empty_form_is_answered(client, editor, event):
    client.force_login(editor)
    assert check(client, event, {}).status_code == 400


def test_an_unsaved_page_has_a_checklist(client, editor, event_index):
    client.force_login(editor)
    where = ["prevent_events", "eventpage", event_index.pk]
    opened = client.get(reverse("wagtailadmin_pages:add", args=where))
    url = reverse("prevent_checklist:new_page", args=where)
    assert url in opened.content.decode()
    answer = client.post(url, inputs_of(opened) | empty_streams(EventPage)).json()
    assert "Choose a venue, or make the event online only." in answer["html"]


def test_a_tick_stays_while_it_covers_what_is_shown(client, editor, event):
    client.force_login(editor)
    form = form_of(client, event)
    html = check(client, event, form).json()["html"]
    box = BeautifulSoup(html, "html.parser").input
    ticked = form | {"accepted_warnings": box["value"]}
    assert (
        "checked"
        in BeautifulSoup(check(client, event, ticked).json()["html"], "html.parser").input.attrs
    )
    other = check(client, event, ticked | {"date": "2026-12-25"}).json()["html"]
    assert "checked" not in BeautifulSoup(other, "html.parser").input.attrs


def test_warnings_ask_on_submission_and_let_drafts_pass(client, editor, event):
    client.force_login(editor)
    url = reverse("wagtailadmin_pages:edit", args=[event.pk])
    form = form_of(client, event)
    assert client.post(url, form).status_code == 302
    form = form_of(client, event)
    asked = client.post(url, form | {"action-submit": "yes"})
    assert "I have checked these" in text_of(asked)
    assert not event.workflow_in_progress
    accepted = {"accepted_warnings": box_of(asked)["value"], "action-submit": "yes"}
    assert client.post(url, form | accepted).status_code == 302
    assert EventPage.objects.get(pk=event.pk).workflow_in_progress


def test_only_people_who_may_edit_a_page_see_its_checklist(client, lead, event):
    client.force_login(lead)
    assert check(client, event, {}).status_code in (302, 403)
