"""An event and its form belong together: submitted, approved, scheduled and published as one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from wagtail.models import WorkflowState

from events.models import EventPage
from events.registrations.models import RegistrationPage
from prevent_content.publishing import publish_due
from tests.conftest import NOW
from tests.factories import EventPageFactory, RegistrationPageFactory
from tests.publishing import post_accepting
from tests.test_page_types import empty_streams, inputs_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(event_index, editor):
    """A finished, unpublished event with its form."""
    page = EventPageFactory(parent=event_index, title="Autumn roundtable", owner=editor, live=False)
    page.save_revision(user=editor)
    form = RegistrationPageFactory(parent=page, live=False)
    form.save_revision(user=editor)
    return page


def form_of(page):
    return RegistrationPage.objects.child_of(page).get()


def edit(client, page, **changed):
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = inputs_of(client.get(url)) | empty_streams(type(page)) | changed
    return post_accepting(client, url, form, follow=True)


def approve(client, page):
    state = WorkflowState.objects.active().get(object_id=str(page.pk))
    where = [page.pk, "approve", state.current_task_state_id]
    return client.post(reverse("wagtailadmin_pages:workflow_action", args=where), follow=True)


def test_one_submission_and_one_approval_publish_both(client, editor, moderator, draft):
    client.force_login(editor)
    shown = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "Submitted and published together with this page" in shown
    assert "“Book a place”: There is no limit on places" in shown
    assert "Nobody can book yet" not in shown
    edit(client, draft, **{"action-submit": "yes"})
    assert WorkflowState.objects.active().count() == 1

    # What waits with the event is locked like it, to be approved as submitted.
    form = form_of(draft)
    assert form.get_lock().for_user(editor)
    assert not form.get_lock().for_user(moderator)
    shown = client.get(reverse("wagtailadmin_pages:edit", args=[form.pk])).content.decode()
    assert "This page goes with “Autumn roundtable”" in shown
    edit(client, form, title="Changed since")

    client.force_login(moderator)
    approve(client, draft)
    form.refresh_from_db()
    assert (EventPage.objects.get(pk=draft.pk).live, form.live) == (True, True)
    assert form.title == "Book a place"
    assert not WorkflowState.objects.active().exists()


def test_what_stops_the_form_stops_both(client, moderator, draft):
    form = form_of(draft)
    form.privacy_text = ""
    form.save_revision()
    client.force_login(moderator)
    refused = edit(client, draft, **{"action-publish": "yes"}).content.decode()
    assert "“Book a place”: Explain what happens to people’s answers" in refused
    draft.get_workflow().start(draft, moderator)
    assert "The page was not approved" in approve(client, draft).content.decode()
    assert not EventPage.objects.get(pk=draft.pk).live


def test_a_form_alone_is_not_published_before_its_event(client, moderator, draft):
    client.force_login(moderator)
    for action in ("action-publish", "action-submit"):
        refused = edit(client, form_of(draft), **{action: "yes"}).content.decode()
        assert "“Autumn roundtable” is not published. Submit or publish it" in refused
    assert not form_of(draft).live
    assert not WorkflowState.objects.exists()


def test_both_are_published_at_the_events_time_and_are_locked_until_then(clock, moderator, draft):
    draft.go_live_at = NOW + timedelta(hours=1)
    draft.expire_at = NOW + timedelta(hours=3)
    draft.save_revision().publish(user=moderator)
    form = form_of(draft)
    assert not form.live
    assert form.get_lock().for_user(moderator)
    assert "go_live_at" not in RegistrationPage.get_edit_handler().get_form_class().base_fields
    for hours, is_live in ((1, True), (3, False)):
        clock.move_to(NOW + timedelta(hours=hours, minutes=1))
        publish_due(at=NOW + timedelta(hours=hours, minutes=1))
        assert EventPage.objects.get(pk=draft.pk).live is is_live
        assert form_of(draft).live is is_live
    assert form_of(draft).expired


def test_a_fault_while_the_form_is_published_leaves_both_unchanged(
    client, moderator, draft, monkeypatch
):
    def fail(*args, **kwargs):
        raise RuntimeError("the form cannot be stored")

    monkeypatch.setattr(RegistrationPage, "lead_translations", fail)
    client.force_login(moderator)
    with pytest.raises(RuntimeError):
        edit(client, draft, **{"action-publish": "yes"})
    assert not EventPage.objects.get(pk=draft.pk).live
    assert not form_of(draft).live


def test_a_form_is_unpublished_and_republished_with_its_event(series, registration_page, draft):
    series.unpublish()
    assert not form_of(series).live
    series.get_latest_revision().publish()
    assert form_of(series).live
    # One unpublished by itself stays so, whatever changes on the event.
    form_of(series).unpublish()
    EventPage.objects.get(pk=series.pk).save_revision().publish()
    assert not form_of(series).live


def test_a_form_moved_below_a_draft_is_no_longer_public(registration_page, draft):
    form_of(draft).delete()
    registration_page.move(EventPage.objects.get(pk=draft.pk), "last-child")
    assert not form_of(draft).live


def test_a_changed_form_of_a_published_event_is_approved_alone(client, editor, registration_page):
    client.force_login(editor)
    edit(client, registration_page, **{"action-submit": "yes"})
    state = WorkflowState.objects.active().get()
    assert state.content_object.specific.get_admin_display_title().startswith("Book a place: ")
