"""Bulk actions: preview, each wholly or not at all, progress, and each result."""

import re
from datetime import timedelta

import pytest

from events.models import Occurrence
from events.registrations import actions
from events.registrations.models import AccessRecord, OutboundEmail, Registration
from events.registrations.places import set_own_capacity
from events.registrations.review import bulk_actions, decisions
from tests.factories import OccurrenceFactory, UserFactory
from tests.registrations.review.conftest import NAME, address, crowd


@pytest.fixture
def evening(clock, db):
    """A date whose day has come."""
    date = OccurrenceFactory()
    clock.move_to(date.starts_at - timedelta(hours=6))
    return date


def ticked(rows, act: str, **fields) -> dict:
    return {"registration": [row.pk for row in rows], "action": act, **fields}


def send(client, sent: dict) -> str:
    """Send an action and return the whole page, with single spaces."""
    response = client.post(address("bulk"), sent)
    return " ".join(b"".join(response).decode().split())


def statuses() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in Registration.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def test_the_preview_counts_changes_and_emails_and_does_nothing(lead_client, evening):
    rows = [*crowd(3, occurrence=evening), *crowd(1, occurrence=evening, status="confirmed")]
    page = send(lead_client, ticked(rows, "confirmed"))
    assert "Confirm: 4 registrations" in page
    assert "3 of 4 will change. 1 will not change" in page
    assert "3 emails will be sent." in page
    assert statuses() == {"received": 3, "confirmed": 1}


def test_the_preview_counts_only_people_who_get_a_place(lead_client, series, registration_page):
    date = series.occurrences.order_by("date").first()
    set_own_capacity(date, 4, registration_page)
    parties = crowd(2, occurrence=date, page=registration_page, guests=1)
    alone = crowd(2, occurrence=date, page=registration_page)
    page = send(lead_client, ticked([*parties, *alone], "confirmed"))
    assert "2 of 4 will change. 2 have no place." in page
    assert "2 emails will be sent." in page
    assert "Update 2 registrations" in page
    done = send(lead_client, ticked([*parties, *alone], "confirmed", confirmed="on"))
    assert "2 changed" in done
    assert done.count("No place is left on this date") == 2


def test_the_preview_says_that_attendance_is_marked_from_the_day_on(lead_client, clock):
    date = OccurrenceFactory()
    rows = crowd(2, occurrence=date, status="confirmed")
    page = send(lead_client, ticked(rows, "attended"))
    assert "0 of 2 will change. 2 are for a later day" in page
    send(lead_client, ticked(rows, "attended", confirmed="on"))
    assert statuses() == {"confirmed": 2}
    clock.move_to(date.starts_at)
    assert "2 of 2 will change." in send(lead_client, ticked(rows, "attended"))


def test_the_preview_of_declining_counts_who_may_be_offered_a_place(
    lead_client, evening, registration_page
):
    held = crowd(2, occurrence=evening, status="confirmed", page=registration_page, guests=1)
    crowd(3, occurrence=evening, status="waiting", page=registration_page)
    page = send(lead_client, ticked(held, "declined"))
    assert "Up to 3 on the waiting list will get a place" in page


def test_all_are_confirmed_and_emailed(lead_client, evening):
    rows = crowd(3, occurrence=evening)
    page = send(lead_client, ticked(rows, "confirmed", confirmed="on", note="Checked"))
    assert "Finished: 3 registrations" in page
    assert statuses() == {"confirmed": 3}
    assert OutboundEmail.objects.filter(kind="confirmed").count() == 3
    assert {line.note for row in rows for line in row.history.all()} == {"Checked"}
    assert AccessRecord.objects.filter(action="decided").count() == 3


def test_nobody_is_emailed_if_that_was_chosen(lead_client, evening):
    rows = crowd(2, occurrence=evening)
    send(lead_client, ticked(rows, "declined", confirmed="on", quiet="on"))
    assert not OutboundEmail.objects.exists()


def test_one_that_does_not_fit_is_left_unchanged_and_named_by_its_reference(lead_client, evening):
    Occurrence.objects.update(capacity=2)
    rows = crowd(3, occurrence=evening)
    page = send(lead_client, ticked(rows, "confirmed", confirmed="on"))
    assert "2 changed" in page
    assert "1 not changed" in page
    assert "No place is left on this date" in page
    [left] = Registration.objects.filter(status="received")
    assert left.reference in page
    assert not left.history.exists()
    assert not left.emails.exists()
    assert left.name not in page


def test_a_fault_in_one_undoes_only_that_one(lead_client, evening, monkeypatch):
    rows = crowd(3, occurrence=evening)
    real, calls = actions.outbox.enqueue_emails, []

    def fails_once(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise bulk_actions.DatabaseError("full")
        return real(*args, **kwargs)

    monkeypatch.setattr(actions.outbox, "enqueue_emails", fails_once)
    page = send(lead_client, ticked(rows, "confirmed", confirmed="on"))
    assert "It could not be saved just now" in page
    assert statuses() == {"confirmed": 2, "received": 1}


def test_repeating_it_finds_everything_done(lead_client, evening):
    rows = crowd(2, occurrence=evening)
    for _ in range(2):
        page = send(lead_client, ticked(rows, "confirmed", confirmed="on"))
    assert "2 left as they were" in page
    assert OutboundEmail.objects.filter(kind="confirmed").count() == 2


def test_changes_after_the_preview_are_left_alone(lead_client, evening, clock):
    [row] = crowd(1, occurrence=evening)
    actions.change_status(row, "withdrawn", by=None)
    sent = ticked([row], "confirmed", confirmed="on", seen_at="2026-11-02T11:00:00+00:00")
    assert "It was changed after you opened the preview" in send(lead_client, sent)
    row.refresh_from_db()
    assert row.status == "withdrawn"


def test_all_in_the_filter_means_as_it_was_at_the_preview(lead_client, evening):
    rows = crowd(60, occurrence=evening)
    crowd(2, occurrence=evening, status="withdrawn")
    sent = {"everything": "on", "filter": "status=received", "action": "attended"}
    assert "Mark as attended: 60 registrations" in send(lead_client, sent)
    late = crowd(1, occurrence=evening)
    newest = max(row.pk for row in rows)
    page = send(lead_client, sent | {"newest": newest, "confirmed": "on"})
    assert "Finished: 60 registrations" in page
    late[0].refresh_from_db()
    assert late[0].status == "received"


def test_progress_is_shown_while_it_runs(lead_client, evening):
    rows = crowd(60, occurrence=evening)
    response = lead_client.post(address("bulk"), ticked(rows, "attended", confirmed="on"))
    parts = [part.decode() for part in response]
    told = [part for part in parts if "<progress" in part]
    assert ["25 of 60" in told[0], "50 of 60" in told[1], len(told)] == [True, True, 2]
    assert parts.index(told[0]) < len(parts) - 2


def test_withdrawing_a_right_stops_it_midway(evening, person):
    rows = crowd(60, occurrence=evening)
    lead = person("lead")
    task = bulk_actions.BulkTask("attended", by=lead)
    results = bulk_actions.run([row.pk for row in rows], task)
    first = [next(results) for _ in range(10)]
    lead.user_permissions.clear()
    rest = list(results)
    assert {each.outcome for each in first} == {bulk_actions.DONE}
    assert statuses() == {"attended": 25, "received": 35}
    assert rest[-1].why == "It has been deleted, or you no longer have permission to decide on it"


def test_many_are_assigned_to_someone_who_may_see_them(lead_client, evening, person):
    rows = crowd(2, occurrence=evening)
    to = person("lead")
    page = send(lead_client, ticked(rows, "assign", confirmed="on", assigned_to=to.pk))
    assert "2 changed" in page
    assert Registration.objects.filter(assigned_to=to).count() == 2
    assert AccessRecord.objects.filter(action="assigned").count() == 2


def test_nobody_without_permission_is_assigned(lead_client, evening):
    rows = crowd(1, occurrence=evening)
    sent = ticked(rows, "assign", confirmed="on", assigned_to=UserFactory().pk)
    assert "Choose one of the people in the list" in send(lead_client, sent)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "confirmed"},
        {"action": "erased", "registration": "1"},
        {"action": "confirmed", "registration": "x"},
        {"action": "confirmed", "everything": "on", "filter": "email__startswith=a"},
        {"action": "confirmed", "everything": "on", "newest": "9" * 40},
    ],
)
def test_an_invalid_selection_is_answered_with_a_sentence(lead_client, registration, sent):
    response = lead_client.post(address("bulk"), sent)
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()
    assert NAME not in response.content.decode()


def test_an_unknown_key_selects_nobody(lead_client, registration):
    page = send(lead_client, {"action": "confirmed", "registration": [4711, 10**18]})
    assert "Confirm: 0 registrations" in page


@pytest.fixture
def declined(lead_client, evening):
    """Three registrations declined by one bulk action, and the address to undo it."""
    rows = crowd(3, occurrence=evening)
    page = send(lead_client, ticked(rows, "declined", confirmed="on"))
    assert "You can undo this until" in page
    return rows, re.search(r'action="([^"]+/undo/)"', page)[1]


def test_a_bulk_action_is_undone_with_its_emails(lead_client, declined):
    rows, url = declined
    waiting = OutboundEmail.objects.filter(kind="declined", state="waiting")
    assert {mail.due_at - mail.created_at for mail in waiting} == {timedelta(minutes=10)}
    page = lead_client.post(url).content.decode()
    assert "3 registrations have the status they had before." in " ".join(page.split())
    assert statuses() == {"received": 3}
    assert not OutboundEmail.objects.filter(state="waiting").exists()
    assert {row.history.latest("pk").note for row in rows} == {"Undone"}
    assert "Nothing was undone" not in page


def test_later_changes_and_sent_emails_are_not_undone(lead_client, lead, declined):
    rows, url = declined
    OutboundEmail.objects.filter(registration=rows[0], kind="declined").update(state="sent")
    decisions.add_note(rows[1], "Rang", by=lead)
    page = " ".join(lead_client.post(url).content.decode().split())
    assert "1 registration has the status they had before." in page
    assert "The email about it has been sent" in page
    assert "It was changed again after the bulk action" in page
    assert statuses() == {"declined": 2, "received": 1}


def test_a_place_someone_else_now_has_is_not_withdrawn(lead_client, evening, registration_page):
    set_own_capacity(evening, 1, registration_page)
    [held] = crowd(1, occurrence=evening, page=registration_page)
    send(lead_client, ticked([held], "confirmed", confirmed="on"))
    page = send(lead_client, ticked([held], "declined", confirmed="on"))
    [other] = crowd(1, occurrence=evening, page=registration_page)
    send(lead_client, ticked([other], "confirmed", confirmed="on"))
    answer = lead_client.post(re.search(r'action="([^"]+/undo/)"', page)[1]).content.decode()
    assert "No place is left on this date" in answer
    assert statuses() == {"confirmed": 1, "declined": 1}


def test_nothing_is_undone_after_ten_minutes_or_by_someone_else(
    client_of, lead_client, declined, clock
):
    _rows, url = declined
    assert "Nothing was undone" in client_of("lead").post(url).content.decode()
    clock.shift(timedelta(minutes=10))
    assert "Nothing was undone" in lead_client.post(url).content.decode()
    assert statuses() == {"declined": 3}
