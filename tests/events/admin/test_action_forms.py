"""The actions on one date: what each does, announces and refuses."""

from datetime import UTC, date, datetime

import pytest
from bs4 import BeautifulSoup

from events import actions
from events.models import AttendanceMode
from tests.events.admin.conftest import REASON, address, dates_of, send, text_of
from tests.factories import VenueFactory, publish


@pytest.mark.parametrize(
    ("act", "answers", "status", "recorded"),
    [
        ("cancel", {}, "cancelled", "cancelled"),
        ("postpone", {"until": "open"}, "postponed", "postponed"),
        (
            "postpone",
            {"until": "new", "day": "3 December 2026", "starts": "19:00", "ends": "20:30"},
            "scheduled",
            "rescheduled",
        ),
        ("move-online", {}, "moved_online", "moved_online"),
    ],
)
def test_each_action_leaves_its_status_and_its_line_in_the_log(
    desk, row, act, answers, status, recorded
):
    assert send(desk, row, act, **answers).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.sequence) == (status, 1)
    assert row.changes.get().action == recorded


def test_a_date_moves_to_the_london_time_entered(desk, row):
    send(desk, row, "postpone", until="new", day="27/5/2027", starts="18:30", ends="20:00")
    row.refresh_from_db()
    assert row.starts_at == datetime(2027, 5, 27, 17, 30, tzinfo=UTC)
    assert row.ends_at == datetime(2027, 5, 27, 19, tzinfo=UTC)
    assert row.date == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("day", "typed", "ends", "starts_at", "sentence"),
    [
        (
            "28 March 2027",
            "01:30",
            "04:00",
            datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
            "The clocks go forward and skip 1:30am that night, so it will start at 2:30am.",
        ),
        (
            "31 October 2027",
            "01:30",
            "04:00",
            datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
            "The clocks go back and show 1:30am twice that night. It will start at the first one.",
        ),
    ],
)
def test_a_skipped_or_repeated_hour_is_explained_beforehand_and_stored(
    desk, row, day, typed, ends, starts_at, sentence
):
    answers = {"until": "new", "day": day, "starts": typed, "ends": ends}
    assert sentence in text_of(send(desk, row, "postpone", confirmed=False, **answers))
    send(desk, row, "postpone", **answers)
    row.refresh_from_db()
    assert row.starts_at == starts_at


def test_a_bank_holiday_and_another_date_on_the_new_day_are_pointed_out(desk, row):
    answers = {"until": "new", "starts": "18:00", "ends": "19:30"}
    easter = text_of(send(desk, row, "postpone", confirmed=False, day="29 March 2027", **answers))
    assert "Monday 29 March 2027: Easter Monday." in easter
    taken = text_of(send(desk, row, "postpone", confirmed=False, day="25 February 2027", **answers))
    assert "another date on that day: Thursday 25 February 2027, 6pm to 7:30pm." in taken


def test_another_venue_is_chosen_from_the_list(desk, row):
    other = VenueFactory(name="Library")
    said = text_of(send(desk, row, "change-venue", venue=other.pk, confirmed=False))
    assert f"moves from {row.event.venue.name} to Library." in said
    send(desk, row, "change-venue", venue=other.pk)
    row.refresh_from_db()
    assert row.place == other


def test_a_cancelled_date_is_reinstated(desk, row):
    actions.cancel_occurrence(row, reason=REASON, by=None)
    assert send(desk, row, "reinstate", reason="They are well again.").status_code == 302
    row.refresh_from_db()
    assert (row.status, row.sequence) == ("scheduled", 2)


@pytest.mark.parametrize(
    ("act", "answers", "sentence"),
    [
        ("cancel", {"reason": "  "}, "Enter a reason. It will be public"),
        ("cancel", {"reason": "x" * 251}, "Enter a reason of 250 characters or fewer"),
        ("postpone", {}, "Choose whether the new date is known"),
        ("postpone", {"until": "later"}, "Choose whether the new date is known"),
        (
            "postpone",
            {"until": "new", "day": "31 June 2027"},
            "Enter a real date, like 27 March 2027",
        ),
        ("postpone", {"until": "new"}, "Enter the new date, like 26 November 2026"),
        (
            "postpone",
            {"until": "new", "day": "3/12/2026", "starts": "late"},
            "Enter a time, like 6pm, 6:30pm or 18:30",
        ),
        (
            "postpone",
            {"until": "new", "day": "3/12/2026", "starts": "19:30", "ends": "18:00"},
            "Enter an end time that is after the start time",
        ),
        (
            "postpone",
            {"until": "new", "day": "1/11/2026", "starts": "18:00", "ends": "19:00"},
            "Enter a date and time in the future",
        ),
        (
            "postpone",
            {"until": "new", "day": "1/11/2062", "starts": "18:00", "ends": "19:00"},
            "Enter a date in the next two years",
        ),
        (
            "postpone",
            {"until": "new", "day": "26/11/2026", "starts": "18:00", "ends": "19:30"},
            "It is already planned for then",
        ),
        ("change-venue", {}, "Choose the new venue"),
        ("change-venue", {"venue": "99999"}, "Choose a venue from the list"),
        ("change-venue", {"venue": "x"}, "Choose a venue from the list"),
    ],
)
def test_invalid_answers_are_refused_with_a_sentence_and_everything_typed(
    desk, row, act, answers, sentence
):
    response = send(desk, row, act, **answers)
    assert response.status_code == 422
    assert sentence in text_of(response)
    page = BeautifulSoup(response.content, "html.parser").find("main")
    for name, typed in answers.items():
        if name in ("day", "starts", "ends"):
            assert page.find("input", {"name": name})["value"] == typed
    if "reason" not in answers:
        assert REASON in page.find("textarea").text
    row.refresh_from_db()
    assert row.sequence == 0


def test_the_current_venue_is_not_a_change(desk, row):
    response = send(desk, row, "change-venue", venue=row.event.venue_id)
    assert response.status_code == 422
    assert "This date is already at that venue" in text_of(response)


def test_an_impossible_action_is_refused_before_and_after(desk, row):
    assert desk.get(address(row, "reinstate")).status_code == 409
    response = send(desk, row, "reinstate")
    assert response.status_code == 409
    assert "This date is already going ahead" in text_of(response)
    assert REASON in text_of(response)


def test_a_past_date_cannot_be_changed(desk, row, clock):
    clock.move_to(datetime(2026, 11, 27, tzinfo=UTC))
    response = send(desk, row)
    assert response.status_code == 409
    assert "This date has passed" in text_of(response)


def test_a_postponed_date_can_get_a_new_time_after_its_old_one(desk, row, clock, editor):
    actions.postpone_occurrence(row, reason=REASON, by=None)
    clock.move_to(datetime(2027, 1, 4, tzinfo=UTC))
    desk.force_login(editor)
    assert "Postponed" in text_of(desk.get(dates_of(row.event)))
    assert send(desk, row, "reinstate").status_code == 409
    send(desk, row, "postpone", until="new", day="4 February 2027", starts="18:00", ends="19:00")
    row.refresh_from_db()
    assert row.when == "Thursday 4 February 2027, 6pm to 7pm"


def test_a_date_is_not_reinstated_while_its_event_does_not_include_it(desk, series, row):
    actions.cancel_occurrence(row, reason=REASON, by=None)
    series.date = date(2026, 12, 1)
    type(series).objects.filter(pk=series.pk).update(date=series.date)
    response = send(desk, row, "reinstate")
    assert response.status_code == 409
    assert "26 November 2026 is no longer one of the event’s dates" in text_of(response)


def test_an_online_event_has_no_venue_to_change(desk, series, row):
    series.attendance_mode = AttendanceMode.ONLINE
    publish(series)
    assert send(desk, row, "change-venue", venue=VenueFactory().pk).status_code == 409
    assert send(desk, row, "move-online").status_code == 409
