"""Publishing that ends or changes dates people booked says so first, and does what was answered."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from wagtail.models import WorkflowState

from events.models import Announcement, EventPage, Occurrence
from events.registrations import jobs
from events.registrations.emails.kinds import compose
from events.registrations.mail.retry_policy import NothingToSay
from events.registrations.models import OutboundEmail
from prevent_content.publishing import publish_due
from tests.conftest import NOW
from tests.factories import RegistrationFactory
from tests.publishing import post_accepting
from tests.test_page_types import empty_streams, inputs_of

pytestmark = pytest.mark.django_db

Kind = OutboundEmail.Kind
Status = Occurrence.Status
REASON = "The hall is closed for repairs."


@pytest.fixture
def booked(series, registration_page):
    """The first coming date of the series, with two people on it."""
    row = series.occurrences.order_by("date").first()
    for _ in range(2):
        RegistrationFactory(page=registration_page, occurrence=row)
    OutboundEmail.objects.all().delete()
    return row


@pytest.fixture
def desk(client, moderator):
    client.force_login(moderator)
    return client


def send(desk, page, **changed):
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = inputs_of(desk.get(url)) | empty_streams(EventPage)
    return post_accepting(desk, url, form | {"action-publish": "yes"} | changed)


def answered(row, **changed):
    return {
        "what_will_happen": "confirmed",
        "seen": str(row.uuid),
        "reason": REASON,
        "tell": "yes",
        **changed,
    }


def emails(kind):
    return OutboundEmail.objects.filter(kind=kind).count()


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


CHANGES = {
    "another rule": ({"date": "2026-12-01"}, "cancelled", Kind.DATE_CANCELLED),
    "other hours": ({"starts": "19:00", "ends": "20:00"}, "now 7pm to 8pm", Kind.DATE_CHANGED),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_rule_or_hours_say_who_is_affected_and_take_an_answer(desk, series, booked, change):
    typed, words, kind = CHANGES[change]
    asked = send(desk, series, title="A better title", **typed)
    assert asked.status_code == 200
    shown = text_of(asked)
    assert "2 people are registered for 1 upcoming date." in shown
    assert f"<strong>{words}</strong>" in shown
    assert 'value="A better title"' in shown
    assert "The email" in shown
    unchanged = EventPage.objects.get(pk=series.pk)
    assert unchanged.latest_revision_id == series.latest_revision_id
    assert emails(kind) == 0

    linked = send(desk, series, **typed, **answered(booked, reason="See https://evil.example"))
    assert linked.status_code == 422
    other = send(desk, series, **typed, **answered(booked, seen="another date"))
    assert "dates have changed since you opened this page" in text_of(other)
    assert EventPage.objects.get(pk=series.pk).latest_revision_id == series.latest_revision_id

    assert send(desk, series, **typed, **answered(booked)).status_code == 302
    last = booked.changes.last()
    assert last.reason == REASON
    assert emails(kind) == 2
    assert not Announcement.objects.exists()


def test_nobody_is_emailed_where_that_was_chosen(desk, series, booked):
    send(desk, series, date="2026-12-01", **answered(booked, tell="no"))
    booked.refresh_from_db()
    assert (booked.status, booked.reason) == (Status.CANCELLED, REASON)
    assert emails(Kind.DATE_CANCELLED) == 0


def test_an_answer_to_a_publication_that_fails_is_not_stored(desk, series, booked):
    failed = send(desk, series, date="2026-12-01", summary="", **answered(booked))
    assert failed.status_code == 200
    assert "This field is required" in failed.content.decode()
    assert not Announcement.objects.exists()


def test_a_publication_at_a_time_uses_the_answer_then(desk, series, booked, clock):
    later = f"{NOW + timedelta(days=1):%Y-%m-%d %H:%M}"
    asked = send(desk, series, date="2026-12-01", go_live_at=later)
    assert "This happens when the page is published, on 3 November 2026" in text_of(asked)
    send(desk, series, date="2026-12-01", go_live_at=later, **answered(booked, tell="no"))
    booked.refresh_from_db()
    assert booked.status == Status.SCHEDULED
    clock.move_to(NOW + timedelta(days=1, minutes=1))
    publish_due(at=NOW + timedelta(days=1, minutes=1))
    booked.refresh_from_db()
    assert (booked.status, booked.reason) == (Status.CANCELLED, REASON)
    assert emails(Kind.DATE_CANCELLED) == 0


def test_an_expiry_before_a_date_with_bookings_is_asked_about_once(
    desk, series, booked, clock, moderator
):
    expires = booked.starts_at - timedelta(days=10)
    typed = {"expire_at": f"{expires:%Y-%m-%d %H:%M}"}
    shown = text_of(send(desk, series, **typed))
    assert "2 people are registered for 1 upcoming date." in shown
    assert "cancelled when the page expires on 16 November 2026" in shown
    assert EventPage.objects.get(pk=series.pk).expire_at is None
    assert send(desk, series, **typed, **answered(booked)).status_code == 302
    assert send(desk, series, **typed).status_code == 302
    booked.refresh_from_db()
    assert booked.status == Status.SCHEDULED

    clock.move_to(expires + timedelta(minutes=1))
    publish_due(at=expires + timedelta(minutes=1))
    booked.refresh_from_db()
    assert (booked.status, booked.reason) == (Status.CANCELLED, REASON)
    change = booked.changes.last()
    assert (change.with_page, change.by) == (True, moderator)
    assert emails(Kind.DATE_CANCELLED) == 2


def test_a_week_before_an_event_with_bookings_expires_those_who_can_change_it_are_emailed(
    series, booked, moderator, editor, clock
):
    series.expire_at, series.owner = booked.starts_at - timedelta(days=1), editor
    series.save()
    moderator.email, editor.email = "moderator@council.example", "editor@council.example"
    moderator.save()
    editor.save()
    warned = OutboundEmail.objects.filter(kind=Kind.EXPIRY)
    jobs.enqueue_expiry_warnings(at=series.expire_at - timedelta(days=8))
    assert not warned.exists()
    at = series.expire_at - timedelta(days=7)
    clock.move_to(at)
    for _ in range(2):
        jobs.enqueue_expiry_warnings(at=at)
    assert sorted(warned.values_list("recipient", flat=True)) == [
        "editor@council.example",
        "moderator@council.example",
    ]
    message = compose(warned.first(), at=at)
    assert "expires on Wednesday 25 November 2026" in message.body
    assert "Thursday 26 November 2026, 6pm to 7:30pm: 2 people" in message.body
    series.expire_at = None
    series.save()
    with pytest.raises(NothingToSay):
        compose(warned.first(), at=at)


@pytest.fixture
def submitted(series, booked, editor):
    page = EventPage.objects.get(pk=series.pk)
    page.starts, page.ends = time(19), time(20)
    page.save_revision(user=editor)
    page.get_workflow().start(page, editor)
    return page


def test_an_approval_elsewhere_leads_to_the_editor_which_asks(desk, submitted, booked):
    state = WorkflowState.objects.active().get()
    where = [submitted.pk, "approve", state.current_task_state_id]
    url = reverse("wagtailadmin_pages:workflow_action", args=where)
    assert "The page was not approved yet" in desk.post(url, follow=True).content.decode()
    approving = {"action-workflow-action": "yes", "workflow-action-name": "approve"}
    edit = reverse("wagtailadmin_pages:edit", args=[submitted.pk])
    form = inputs_of(desk.get(edit)) | empty_streams(EventPage) | approving
    assert "now 7pm to 8pm" in text_of(post_accepting(desk, edit, form))
    box = {"accepted_warnings": inputs_of(desk.get(edit)).get("accepted_warnings", "")}
    sent = post_accepting(desk, edit, form | box | answered(booked))
    assert sent.status_code == 302
    booked.refresh_from_db()
    assert booked.starts_at.hour == 19
    assert emails(Kind.DATE_CHANGED) == 2


def test_a_list_publishes_nothing_that_has_to_be_asked_about(desk, submitted, booked):
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    told = desk.post(f"{url}?id={submitted.pk}&next=/cms/", follow=True).content.decode()
    assert "2 people are registered for dates that this changes." in told
    assert EventPage.objects.get(pk=submitted.pk).starts == time(18)


def test_an_editor_who_may_not_publish_leaves_no_answer(client, editor, series, booked):
    client.force_login(editor)
    assert send(client, series, date="2026-12-01", **answered(booked)).status_code == 302
    assert not Announcement.objects.exists()
    assert EventPage.objects.get(pk=series.pk).date == date(2026, 11, 26)
