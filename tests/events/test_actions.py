from datetime import UTC, datetime, timedelta

import pytest
from wagtail.models import PageLogEntry

from events import actions
from events.models import Occurrence, OccurrenceChange
from events.signals import occurrence_changed
from tests.conftest import NOW
from tests.factories import OccurrenceFactory, VenueFactory

STARTS = datetime(2026, 11, 26, 18, tzinfo=UTC)
NEW_START = datetime(2026, 12, 3, 19, tzinfo=UTC)
NEW_END = NEW_START + timedelta(hours=2)
Status = Occurrence.Status


@pytest.fixture
def row(event):
    return event.occurrences.get()


def cancel(row, **options):
    return actions.cancel_occurrence(row, **{"reason": "Snow", "by": None} | options)


def postpone(row, **options):
    return actions.postpone_occurrence(row, **{"reason": "Snow", "by": None} | options)


def postpone_to_a_time(row, **options):
    return postpone(row, starts_at=NEW_START, ends_at=NEW_END, **options)


def move_online(row, **options):
    return actions.move_online(row, **{"reason": "Snow", "by": None} | options)


def change_venue(row, **options):
    return actions.change_venue(
        row, VenueFactory(name="Elsewhere"), **{"reason": "Snow", "by": None} | options
    )


def reinstate(row, **options):
    return actions.reinstate_occurrence(row, **{"reason": "Thaw", "by": None} | options)


ACTS = [cancel, postpone, postpone_to_a_time, move_online, change_venue]


@pytest.mark.parametrize(
    ("act", "named", "status"),
    [
        (cancel, "cancelled", Status.CANCELLED),
        (postpone, "postponed", Status.POSTPONED),
        (postpone_to_a_time, "rescheduled", Status.SCHEDULED),
        (move_online, "moved_online", Status.MOVED_ONLINE),
        (change_venue, "venue_changed", Status.SCHEDULED),
    ],
)
def test_an_action_changes_the_row_and_writes_a_line_of_the_change_log(
    row, admin, act, named, status
):
    at = NOW + timedelta(hours=1)
    change = act(row, reason="  Snow ", by=admin, at=at)
    kept = Occurrence.objects.get(pk=row.pk)
    assert (kept.status, kept.reason, kept.sequence, kept.changed_at) == (status, "Snow", 1, at)
    assert kept.uuid == row.uuid
    assert OccurrenceChange.objects.get() == change
    assert (change.action, change.reason, change.by, change.at) == (named, "Snow", admin, at)
    assert (change.was_starts_at, change.starts_at, change.sequence) == (
        STARTS,
        kept.starts_at,
        1,
    )


@pytest.mark.parametrize("act", ACTS)
def test_the_row_in_memory_matches_the_database(row, act):
    act(row)
    kept = Occurrence.objects.get(pk=row.pk)
    for field in Occurrence._meta.concrete_fields:
        assert getattr(row, field.attname) == getattr(kept, field.attname)


@pytest.mark.parametrize("act", [*ACTS, reinstate])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nothing_is_done_without_a_reason(row, act, reason):
    with pytest.raises(actions.OccurrenceActionError, match="Enter a reason"):
        act(row, reason=reason)
    assert not OccurrenceChange.objects.exists()
    assert Occurrence.objects.get(pk=row.pk).sequence == 0


@pytest.mark.parametrize("act", ACTS)
def test_an_action_is_in_the_history_of_the_page_with_who_and_why(row, admin, act):
    act(row, by=admin)
    entry = PageLogEntry.objects.get(action__startswith="prevent_events.")
    assert (entry.page_id, entry.user) == (row.event_id, admin)
    assert entry.comment == "Snow"
    assert "Thursday 26 November 2026" in entry.message


@pytest.mark.parametrize("act", ACTS)
def test_a_receiver_is_notified_and_can_undo_it(row, act):
    def object_to(change, **kwargs):
        raise RuntimeError(change.action)

    occurrence_changed.connect(object_to)
    try:
        with pytest.raises(RuntimeError):
            act(row)
    finally:
        occurrence_changed.disconnect(object_to)
    assert Occurrence.objects.get(pk=row.pk).sequence == 0
    assert not OccurrenceChange.objects.exists()
    assert not PageLogEntry.objects.filter(action__startswith="prevent_events.").exists()


def test_postponing_to_a_time_remembers_the_old_one(row):
    postpone_to_a_time(row)
    assert (row.starts_at, row.ends_at, row.previous_starts_at) == (NEW_START, NEW_END, STARTS)
    assert row.is_rescheduled
    assert row.date.isoformat() == "2026-11-26"


def test_a_postponed_date_goes_ahead_once_its_time_is_known(row):
    postpone(row)
    assert row.starts_at == STARTS
    postpone_to_a_time(row)
    assert (row.status, row.starts_at, row.sequence) == (Status.SCHEDULED, NEW_START, 2)


def test_an_online_date_stays_online_when_it_is_moved_to_another_time(row):
    move_online(row)
    postpone_to_a_time(row)
    assert row.status == Status.MOVED_ONLINE


def test_a_new_venue_makes_an_online_date_in_person_again(row):
    move_online(row)
    change_venue(row)
    assert row.status == Status.SCHEDULED
    assert row.place.name == "Elsewhere"


def test_a_cancelled_date_goes_ahead_again_without_its_reason(row):
    cancel(row)
    change = reinstate(row)
    assert (row.status, row.reason, row.sequence) == (Status.SCHEDULED, "", 2)
    assert (change.action, change.reason) == ("reinstated", "Thaw")


def test_repeated_cancelling_and_reinstating_raises_the_sequence_each_time(row):
    for _ in range(2):
        cancel(row)
        reinstate(row)
    assert row.sequence == 4
    assert list(OccurrenceChange.objects.values_list("action", "sequence")) == [
        ("cancelled", 1),
        ("reinstated", 2),
        ("cancelled", 3),
        ("reinstated", 4),
    ]


@pytest.mark.parametrize(
    ("before", "act", "sentence"),
    [
        ([cancel], cancel, "already cancelled"),
        ([cancel], postpone, "Reinstate it before"),
        ([cancel], postpone_to_a_time, "Reinstate it before"),
        ([cancel], move_online, "going ahead"),
        ([cancel], change_venue, "Reinstate it before"),
        ([postpone], move_online, "going ahead"),
        ([move_online], move_online, "already online"),
        ([], reinstate, "already going ahead"),
        ([move_online], reinstate, "already going ahead"),
        ([postpone_to_a_time], reinstate, "already going ahead"),
    ],
)
def test_an_impossible_action_is_refused_in_words(row, before, act, sentence):
    for earlier in before:
        earlier(row)
    lines = OccurrenceChange.objects.count()
    with pytest.raises(actions.OccurrenceActionError, match=sentence):
        act(row)
    assert OccurrenceChange.objects.count() == lines
    assert Occurrence.objects.get(pk=row.pk).sequence == len(before)


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ({"starts_at": NEW_START}, "both the new start and the new end"),
        ({"ends_at": NEW_END}, "both the new start and the new end"),
        ({"starts_at": NEW_END, "ends_at": NEW_START}, "after the start"),
        ({"starts_at": NEW_START, "ends_at": NEW_START}, "after the start"),
    ],
)
def test_half_a_time_is_refused_in_words(row, times, sentence):
    with pytest.raises(actions.OccurrenceActionError, match=sentence):
        postpone(row, **times)


def test_the_current_venue_is_refused(row):
    with pytest.raises(actions.OccurrenceActionError, match="already at that venue"):
        actions.change_venue(row, row.event.venue, reason="Snow", by=None)


def test_an_action_uses_the_current_row_and_not_the_one_read_earlier(row):
    stale = Occurrence.objects.get(pk=row.pk)
    cancel(row)
    with pytest.raises(actions.OccurrenceActionError, match="already cancelled"):
        cancel(stale)


def test_a_date_whose_page_is_deleted_can_still_be_cancelled(db):
    row = OccurrenceFactory()
    cancel(row)
    assert row.is_cancelled


def test_the_public_reads_what_when_and_why_but_not_by_whom(client, row, admin):
    admin.first_name, admin.last_name = "Adam", "Minister"
    admin.save()
    cancel(row, by=admin, reason="The <hall> is shut")
    shown = client.get(row.event.url).content.decode()
    assert "The &lt;hall&gt; is shut" in shown
    assert "Thursday 26 November 2026 is cancelled" in shown
    assert "Adam" not in shown
    assert "adam" not in shown


def test_a_long_reason_is_refused_before_the_database_refuses_it(row):
    with pytest.raises(actions.OccurrenceActionError, match="250"):
        cancel(row, reason="x" * 251)
