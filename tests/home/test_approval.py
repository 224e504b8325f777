"""Nothing becomes public without a moderator: an editor tries every way Wagtail has.

A moderator tries each way too and succeeds, because a way nobody can go proves nothing.
"""

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Revision, WorkflowState
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from events.models import EventPage
from prevent_content.compat import HAS_PAGE_ACTIONS_API
from tests.factories import EventPageFactory, UserFactory
from tests.publishing import post_accepting
from tests.test_page_types import empty_streams, inputs_of

pytestmark = pytest.mark.django_db

EVIL = "Nobody has read this"
SOON = "2026-11-02 13:00"


@pytest.fixture
def draft(event_index, editor):
    """A finished, unpublished event."""
    page = EventPageFactory(parent=event_index, title=EVIL, owner=editor, live=False)
    page.save_revision(user=editor)
    return page


@pytest.fixture
def elsewhere(event_index, prevent_page):
    return event_index.copy(update_attrs={"title": "Elsewhere", "slug": "elsewhere"})


@pytest.fixture
def site(draft, event, elsewhere):
    """What could be published: a live event with an earlier version, and a draft."""
    event.summary = EVIL
    event.save_revision()
    return {"draft": draft, "event": event, "index": draft.get_parent(), "elsewhere": elsewhere}


class Person:
    """Someone in the CMS with a browser and a grudge."""

    def __init__(self, client, user, site):
        self.client, self.user = client, user
        self.__dict__ |= site
        client.force_login(user)

    def open(self, name: str, *where):
        return self.client.get(reverse(name, args=where))

    def send(self, name: str, *where, query: str = "", **answers):
        return self.client.post(reverse(name, args=where) + query, answers, follow=True)

    def edit(self, page, **changed):
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        form = inputs_of(self.client.get(url)) | empty_streams(EventPage) | changed
        return post_accepting(self.client, url, form, follow=True)

    def act(self, page, action: str, **sent):
        """Call the API behind the CMS, which is a 404 since Wagtail 8.1."""
        return self.client.post(f"/cms/api/main/pages/{page.pk}/action/{action}/", sent)

    def bulk(self, action: str, page, **answers):
        where = ["wagtailcore", "page", action]
        return self.send(
            "wagtail_bulk_action", *where, query=f"?id={page.pk}&next=/cms/", **answers
        )


def public() -> dict:
    """Return everything the public sees, now or on schedule, in order."""
    pages = {
        page.path: (page.pk, page.title, getattr(page.specific, "summary", ""), page.slug)
        for page in Page.objects.live().order_by("path")
    }
    waiting = Revision.objects.filter(approved_go_live_at__isnull=False)
    hidden = PageViewRestriction.objects.values_list("page", "restriction_type")
    return {"pages": pages, "waiting": set(waiting.values_list("pk", flat=True))} | {
        "hidden": set(hidden)
    }


def press_publish(person):
    person.edit(person.draft, **{"action-publish": "yes"})


def publish_a_change_of_a_live_page(person):
    person.edit(person.event, **{"action-publish": "yes"})


def publish_while_creating(person):
    where = ["prevent_events", "eventpage", person.index.pk]
    form = inputs_of(person.open("wagtailadmin_pages:edit", person.draft.pk))
    form |= empty_streams(EventPage) | {"slug": "new", "action-publish": "yes"}
    post_accepting(person.client, reverse("wagtailadmin_pages:add", args=where), form)


def ask_the_api_to_publish(person):
    person.act(person.draft, "publish")


def publish_at_a_time(person):
    person.edit(person.draft, **{"go_live_at": SOON, "action-publish": "yes"})


def copy_as_published(person):
    person.send(
        *("wagtailadmin_pages:copy", person.elsewhere.pk),
        new_title="Copy",
        new_slug="copy",
        new_parent_page=person.elsewhere.get_parent().pk,
        copy_subpages="on",
        publish_copies="on",
    )


def ask_the_api_for_a_live_copy(person):
    person.act(person.event, "copy", slug="copy", keep_live=True, recursive=True)


def make_an_alias(person):
    person.send(
        *("wagtailadmin_pages:copy", person.elsewhere.pk),
        new_title="Copy",
        new_slug="copy",
        new_parent_page=person.elsewhere.get_parent().pk,
        alias="on",
    )


def ask_the_api_for_an_alias(person):
    person.act(person.elsewhere, "create_alias", update_slug="alias")


def move_a_live_page(person):
    person.send("wagtailadmin_pages:move_confirm", person.event.pk, person.elsewhere.pk)


def ask_the_api_to_move(person):
    person.act(person.event, "move", destination_page_id=person.elsewhere.pk, position="last-child")


def tick_it_in_the_list(person):
    person.bulk("publish", person.draft)


def tick_the_page_above_it(person):
    person.bulk("publish", person.index, include_descendants="on")


def tick_and_move(person):
    person.bulk("move", person.event, chooser=person.elsewhere.pk)


def unpublish(person):
    person.send("wagtailadmin_pages:unpublish", person.event.pk)


def tick_and_unpublish(person):
    person.bulk("unpublish", person.event)


def unpublish_and_publish_again(person):
    person.act(person.event, "unpublish")
    person.act(person.event, "publish")


def publish_an_earlier_version(person):
    earliest = person.draft.revisions.order_by("pk").first()
    shown = person.open("wagtailadmin_pages:revisions_revert", person.draft.pk, earliest.pk)
    form = inputs_of(shown) | empty_streams(EventPage) | {"action-publish": "yes"}
    url = reverse("wagtailadmin_pages:edit", args=[person.draft.pk])
    post_accepting(person.client, url, form | {"revision": earliest.pk})


def change_the_order_of_pages(person):
    person.send("wagtailadmin_pages:set_page_position", person.event.pk, query="?position=0")


def hide_a_page(person):
    person.send(
        *("wagtailadmin_pages:set_privacy", person.event.pk),
        restriction_type="login",
    )


def delete_a_live_page(person):
    person.send("wagtailadmin_pages:delete", person.event.pk)


def submit_and_approve(person):
    """Submit, and approve it oneself, in the list and in the editor."""
    person.edit(person.draft, **{"action-submit": "yes"})
    state = WorkflowState.objects.get(object_id=str(person.draft.pk))
    where = [person.draft.pk, "approve", state.current_task_state_id]
    person.send("wagtailadmin_pages:workflow_action", *where, comment="Fine")


def approve_in_the_editor(person):
    person.edit(person.draft, **{"action-submit": "yes"})
    person.edit(
        person.draft, **{"action-workflow-action": "yes", "workflow-action-name": "approve"}
    )


WAYS = [
    press_publish,
    publish_a_change_of_a_live_page,
    publish_while_creating,
    publish_at_a_time,
    copy_as_published,
    make_an_alias,
    move_a_live_page,
    tick_it_in_the_list,
    tick_the_page_above_it,
    tick_and_move,
    unpublish,
    tick_and_unpublish,
    publish_an_earlier_version,
    change_the_order_of_pages,
    hide_a_page,
    delete_a_live_page,
    submit_and_approve,
    approve_in_the_editor,
]
if HAS_PAGE_ACTIONS_API:
    WAYS += [
        ask_the_api_to_publish,
        ask_the_api_for_a_live_copy,
        ask_the_api_for_an_alias,
        ask_the_api_to_move,
        unpublish_and_publish_again,
    ]
EACH_WAY = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


@EACH_WAY
def test_an_editor_changes_nothing_that_the_public_sees(way, client, clock, editor, site):
    before = public()
    way(Person(client, editor, site))
    assert public() == before
    clock.move_to("2026-11-03 12:00")
    call_command("publish_scheduled")
    assert public() == before


@EACH_WAY
def test_control_a_moderator_succeeds_in_the_same_ways(way, client, clock, moderator, site):
    before = public()
    way(Person(client, moderator, site))
    assert public() != before


def test_a_moderator_approves_exactly_what_they_were_shown(client, editor, moderator, draft):
    harmful = draft.revisions.latest("pk")
    draft.title = "What was submitted"
    draft.save_revision()
    draft.get_workflow().start(draft, editor)
    person = Person(client, editor, {"draft": draft})
    answer = person.act(draft, "revert_to_page_revision", revision_id=harmful.pk)
    assert answer.status_code == (403 if HAS_PAGE_ACTIONS_API else 404)
    assert "locked" in person.edit(draft, title=EVIL).content.decode()
    state = WorkflowState.objects.get(object_id=str(draft.pk))
    state.current_task_state.task.specific.on_action(
        state.current_task_state, moderator, "approve", comment=""
    )
    assert EventPage.objects.get(pk=draft.pk).title == "What was submitted"


def test_an_earlier_approval_does_not_publish_what_was_cancelled_and_changed(
    client, editor, moderator, draft
):
    draft.get_workflow().start(draft, editor)
    state = WorkflowState.objects.get(object_id=str(draft.pk))
    where = [draft.pk, "approve", state.current_task_state_id]
    state.cancel(user=editor)
    draft.title = EVIL
    draft.save_revision()
    Person(client, moderator, {}).send("wagtailadmin_pages:workflow_action", *where, comment="")
    assert not EventPage.objects.get(pk=draft.pk).live


def test_an_editor_cannot_copy_or_move_into_another_section(client, editor, draft, home):
    outside = home.get_parent()
    person = Person(client, editor, {})
    for action, sent in (
        ("copy", {"destination_page_id": outside.pk, "slug": "out"}),
        ("move", {"destination_page_id": outside.pk, "position": "last-child"}),
    ):
        assert person.act(draft, action, **sent).status_code >= 400
    assert not Page.objects.filter(depth=2).exclude(pk=home.pk).exists()


def test_someone_in_no_group_cannot_enter(client, draft):
    person = Person(client, UserFactory(), {})
    assert person.open("wagtailadmin_pages:edit", draft.pk).status_code == 302


def test_a_submission_is_compared_commented_and_scheduled(client, clock, editor, moderator, event):
    """The rest of a submission's life: a comment, both versions side by side, a scheduled time."""
    event.summary = "Hear, ask and find out more."
    event.save_revision(user=editor)
    event.get_workflow().start(event, editor)
    person = Person(client, moderator, {})
    first, last = event.revisions.order_by("pk").values_list("pk", flat=True)
    compared = person.open("wagtailadmin_pages:revisions_compare", event.pk, first, last)
    changed = BeautifulSoup(compared.content, "html.parser").select(".comparison .addition")
    assert [part.get_text() for part in changed] == [" more."]
    comment = nested_form_data(
        {
            "comments": inline_formset(
                [
                    {
                        "text": "Say when",
                        "contentpath": "summary",
                        "position": "",
                        "replies": inline_formset([]),
                    }
                ]
            )
        }
    )
    person.edit(
        event,
        **comment,
        **{"go_live_at": SOON, "action-workflow-action": "y", "workflow-action-name": "approve"},
    )
    event.refresh_from_db()
    assert event.wagtail_admin_comments.get().text == "Say when"
    assert event.summary == "Hear, ask and find out."
    clock.move_to("2026-11-02 13:01Z")
    call_command("publish_scheduled")
    event.refresh_from_db()
    assert event.summary == "Hear, ask and find out more."
    event.expire_at = timezone.now()
    event.save()
    clock.move_to("2026-11-02 14:01Z")
    call_command("publish_scheduled")
    event.refresh_from_db()
    assert (event.live, event.expired) == (False, True)
