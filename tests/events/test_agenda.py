from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.agenda import AgendaEntry, AgendaFinding, AgendaGap, review, shift
from events.english_dates import english_hours, english_time

SIX = time(18)
HALF_PAST_SEVEN = time(19, 30)


def clock(text):
    return time.fromisoformat(text)


def item(label, starts, ends=None):
    return AgendaEntry("item", label, clock(starts), clock(ends) if ends else None)


def mark(meaning, starts, ends=None):
    label = meaning.capitalize() or "Photographs"
    return AgendaEntry("time", label, clock(starts), clock(ends) if ends else None, meaning)


def tea(starts, ends=None):
    return AgendaEntry("refreshments", "Tea", clock(starts), clock(ends) if ends else None)


def evening(*entries):
    return review(entries, SIX, HALF_PAST_SEVEN)


def sentences(found):
    return [f"{finding.severity} {finding.index}: {finding.message}" for finding in found.findings]


ROUNDTABLE = (
    mark("doors", "17:45"),
    tea("17:45", "18:15"),
    mark("start", "18:00"),
    item("Welcome", "18:00", "18:10"),
    item("The Prevent Strategy", "18:10", "18:40"),
    mark("break", "18:40", "18:50"),
    item("What the council does", "18:50", "19:10"),
    item("Questions", "19:10", "19:30"),
    mark("close", "19:30"),
)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("00:00", "midnight"),
        ("00:05", "12:05am"),
        ("01:00", "1am"),
        ("09:30", "9:30am"),
        ("11:59", "11:59am"),
        ("12:00", "midday"),
        ("12:30", "12:30pm"),
        ("13:00", "1pm"),
        ("18:00", "6pm"),
        ("19:30", "7:30pm"),
        ("19:30:59", "7:30pm"),
        ("23:59", "11:59pm"),
    ],
)
def test_times_are_written_in_gov_uk_style(moment, words):
    assert english_time(clock(moment)) == words


def test_a_span_joins_two_times_with_to_and_leaves_out_a_missing_end():
    assert english_hours(SIX, HALF_PAST_SEVEN) == "6pm to 7:30pm"
    assert english_hours(time(12), time(0)) == "midday to midnight"
    assert english_hours(SIX) == "6pm"


def test_a_complete_running_order_has_no_findings_and_fills_the_event():
    found = evening(*ROUNDTABLE)
    assert found.findings == ()
    assert found.gaps == ()
    assert (found.minutes_planned, found.minutes_of_event) == (90, 90)
    assert found.running_totals == (0, 15, 15, 15, 40, 50, 70, 90, 90)
    assert found.summary == "6pm to 7:30pm is 90 minutes; the running order fills all of them."


def test_the_summary_gives_the_length_the_filled_minutes_and_the_gap():
    found = evening(item("Welcome", "18:00", "18:45"), item("Questions", "19:00", "19:30"))
    assert found.summary == (
        "6pm to 7:30pm is 90 minutes; the running order fills 75 of them;"
        " there is a gap of 15 minutes from 6:45pm to 7pm."
    )
    assert found.gaps == (AgendaGap(time(18, 45), time(19), 15, 0),)
    assert sentences(found) == ["warning 0: There is a gap of 15 minutes from 6:45pm to 7pm."]
    assert (found.errors, found.warnings) == ((), found.findings)


def test_the_summary_lists_every_gap_before_between_and_after():
    found = evening(item("Welcome", "18:05", "18:30"), item("Questions", "18:31", "19:00"))
    assert found.summary == (
        "6pm to 7:30pm is 90 minutes; the running order fills 54 of them; there are gaps of"
        " 5 minutes from 6pm to 6:05pm, of 1 minute from 6:30pm to 6:31pm and of 30 minutes"
        " from 7pm to 7:30pm."
    )
    assert [gap.index for gap in found.gaps] == [0, 0, 1]


def test_an_empty_running_order_is_fine():
    found = evening()
    assert found.findings == found.gaps == found.running_totals == ()
    assert found.summary == "6pm to 7:30pm is 90 minutes; the running order fills none of them."


def test_a_drop_in_event_with_only_its_hours_has_no_gap():
    found = evening(mark("doors", "17:30"), mark("start", "18:00"), mark("close", "19:30"))
    assert (found.findings, found.gaps, found.minutes_planned) == ((), (), 0)


FILLED = (item("Welcome", "18:00", "18:45"), item("Questions", "18:45", "19:30"))


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(
            [item("Welcome", "18:00", "19:30"), item("Vote", "19:30", "19:15")],
            [
                "error 1: “Vote” starts at 7:30pm and ends at 7:15pm. It must end after it starts.",
                "error 1: “Vote” starts at 7:30pm, but the event ends at 7:30pm.",
            ],
            id="ends before it starts",
        ),
        pytest.param(
            [*FILLED, AgendaEntry("time", "Vote", time(19), time(19), "break")],
            ["error 2: “Vote” starts at 7pm and ends at 7pm. It must end after it starts."],
            id="ends as it starts",
        ),
        pytest.param(
            [item("Welcome", "17:45", "18:45"), FILLED[1]],
            ["error 0: “Welcome” starts at 5:45pm, but the event starts at 6pm."],
            id="starts before the event",
        ),
        pytest.param(
            [FILLED[0], item("Questions", "18:45", "19:45")],
            ["error 1: “Questions” ends at 7:45pm, but the event ends at 7:30pm."],
            id="ends after the event",
        ),
        pytest.param(
            [*FILLED, item("Goodbye", "19:45", "20:00")],
            ["error 2: “Goodbye” starts at 7:45pm, but the event ends at 7:30pm."],
            id="wholly after the event",
        ),
        pytest.param(
            [*FILLED, item("Goodbye", "19:30")],
            ["error 2: “Goodbye” starts at 7:30pm, but the event ends at 7:30pm."],
            id="starts as the event ends",
        ),
        pytest.param(
            [FILLED[1], FILLED[0]],
            [
                "error 1: “Welcome” starts at 6pm but is listed after “Questions”, which starts at"
                " 6:45pm. Put them in time order."
            ],
            id="listed out of order",
        ),
        pytest.param(
            [FILLED[0], item("Questions", "18:40", "19:30")],
            ["error 1: “Questions” starts at 6:40pm, before “Welcome” ends at 6:45pm."],
            id="overlaps the item before",
        ),
        pytest.param(
            [item("All evening", "18:00", "19:30"), *FILLED],
            [
                "error 1: “Welcome” starts at 6pm, before “All evening” ends at 7:30pm.",
                "error 2: “Questions” starts at 6:45pm, before “All evening” ends at 7:30pm.",
            ],
            id="lies within a longer item",
        ),
        pytest.param(
            [FILLED[0], mark("break", "18:30"), FILLED[1]],
            ["error 1: “Break” starts at 6:30pm, before “Welcome” ends at 6:45pm."],
            id="a break overlaps an item",
        ),
        pytest.param(
            [item("", "18:00", "18:45"), item(" \n", "18:40", "19:30")],
            ["error 1: Entry 2 starts at 6:40pm, before entry 1 ends at 6:45pm."],
            id="entries without a label go by their number",
        ),
        pytest.param(
            [tea("17:45", "18:00"), *FILLED],
            [
                "error 0: “Tea” starts at 5:45pm, but the event starts at 6pm."
                " Add when doors open if they are served before it."
            ],
            id="refreshments before the event and no doors",
        ),
        pytest.param(
            [tea("17:30", "18:00"), mark("doors", "17:45"), *FILLED],
            ["error 0: “Tea” starts at 5:30pm, but doors open at 5:45pm."],
            id="refreshments before the doors open",
        ),
        pytest.param(
            [*FILLED, tea("19:00", "20:00")],
            ["error 2: “Tea” ends at 8pm, but the event ends at 7:30pm."],
            id="refreshments after the event",
        ),
        pytest.param(
            [mark("doors", "18:15"), *FILLED[1:], item("Talk", "18:00", "18:45")],
            [
                "warning 0: “Doors” is at 6:15pm, after the event starts at 6pm.",
                "error 2: “Talk” starts at 6pm but is listed after “Questions”, which starts at"
                " 6:45pm. Put them in time order.",
            ],
            id="doors open after the start, and an item out of order",
        ),
        pytest.param(
            [mark("doors", "05:45"), *FILLED],
            [
                "warning 0: “Doors” is at 5:45am, more than 3 hours before the event starts at 6pm."
                " Check this is right."
            ],
            id="doors in the morning",
        ),
        pytest.param(
            [*FILLED, mark("doors", "19:30")],
            ["error 2: “Doors” starts at 7:30pm, but the event ends at 7:30pm."],
            id="doors as the event ends",
        ),
        pytest.param(
            [item("Talk", "18:00"), mark("start", "18:15"), mark("close", "19:15")],
            [
                "warning 0: There is a gap of 15 minutes from 7:15pm to 7:30pm.",
                "warning 1: “Start” is at 6:15pm, but the event starts at 6pm.",
                "warning 2: “Close” is at 7:15pm, but the event ends at 7:30pm.",
            ],
            id="start and close inside the event but not at its hours",
        ),
        pytest.param(
            [mark("start", "17:55"), *FILLED, mark("close", "19:35")],
            [
                "error 0: “Start” starts at 5:55pm, but the event starts at 6pm.",
                "error 3: “Close” starts at 7:35pm, but the event ends at 7:30pm.",
            ],
            id="start and close outside the event",
        ),
        pytest.param(
            [FILLED[0], mark("break", "18:45"), item("Questions", "19:00", "19:30")],
            [
                "warning 0: There is a gap of 15 minutes from 6:45pm to 7pm."
                " If “Break” fills it, say when that ends."
            ],
            id="a break without an end leaves a gap",
        ),
        pytest.param(
            [item("Questions", "19:00", "19:30")],
            ["warning 0: There is a gap of 60 minutes from 6pm to 7pm."],
            id="a late first item",
        ),
    ],
)
def test_a_wrong_running_order_is_explained_in_plain_sentences(entries, expected):
    assert sentences(evening(*entries)) == expected


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(
            [FILLED[0], mark("break", "18:45", "19:00"), item("Questions", "19:00", "19:30")],
            id="a break with an end fills a gap",
        ),
        pytest.param(
            [FILLED[0], tea("18:45", "19:00"), item("Questions", "19:00", "19:30")],
            id="refreshments with an end fill a gap",
        ),
        pytest.param(
            [tea("18:00", "19:30"), *FILLED], id="refreshments all evening beside the items"
        ),
        pytest.param(
            [FILLED[0], tea("18:10", "18:20"), FILLED[1]], id="refreshments within an item"
        ),
        pytest.param(
            [mark("doors", "17:30"), tea("17:30", "18:15"), *FILLED],
            id="refreshments from doors open",
        ),
        pytest.param([mark("doors", "18:00"), *FILLED], id="doors open at the start"),
        pytest.param(
            [FILLED[0], mark("", "18:45", "19:00"), item("Questions", "19:00", "19:30")],
            id="another time with an end fills a gap",
        ),
        pytest.param(
            [item("Welcome", "18:00"), item("Questions", "18:45"), mark("close", "19:30")],
            id="items without an end run to the next one and to the close",
        ),
        pytest.param(
            [item("Talk", "18:00"), mark("break", "18:40", "18:50"), item("Talk", "18:50")],
            id="an item without an end runs to the break",
        ),
    ],
)
def test_a_running_order_that_fills_the_event_has_no_findings(entries):
    found = evening(*entries)
    assert found.findings == ()
    assert found.minutes_planned == 90


def test_minutes_are_counted_once_and_only_inside_the_event():
    found = evening(
        mark("doors", "17:00"),
        tea("17:00", "18:30"),
        item("Welcome", "18:00", "18:45"),
        item("Overrun", "18:30", "20:00"),
    )
    assert found.minutes_planned == 90
    assert found.running_totals == (0, 30, 45, 90)


def test_an_event_past_midnight_is_one_event():
    entries = [
        mark("doors", "23:15"),
        mark("start", "23:30"),
        item("Vigil", "23:30", "00:10"),
        item("Farewell", "00:10", "00:30"),
        mark("close", "00:30"),
    ]
    found = review(entries, time(23, 30), time(0, 30))
    assert found.findings == ()
    assert found.summary == (
        "11:30pm to 12:30am is 60 minutes; the running order fills all of them."
    )


def test_an_item_past_midnight_is_late_and_not_backwards():
    found = review([item("Talk", "22:00", "00:15")], time(22), time(23, 30))
    assert sentences(found) == ["error 0: “Talk” ends at 12:15am, but the event ends at 11:30pm."]


def test_a_full_day_keeps_early_and_late_entries_on_their_own_side():
    day = [
        item("Set-up", "07:00", "09:00"),
        item("Talks", "09:00", "22:00"),
        item("Clearing", "22:00", "23:00"),
    ]
    assert sentences(review(day, time(9), time(22))) == [
        "error 0: “Set-up” starts at 7am, but the event starts at 9am.",
        "error 2: “Clearing” starts at 10pm, but the event ends at 10pm.",
    ]


def test_an_event_without_duration_is_the_only_finding():
    found = review(ROUNDTABLE, SIX, SIX)
    assert found.findings == (AgendaFinding("error", None, "The event must end after it starts."),)
    assert found.summary == "Enter the start and end times of the event."
    assert len(found.running_totals) == len(ROUNDTABLE)


def test_shifting_moves_starts_and_ends_past_midnight_and_back():
    later = shift([item("Talk", "22:30", "23:45"), mark("close", "23:45")], 30)
    assert later == (item("Talk", "23:00", "00:15"), mark("close", "00:15"))
    assert shift(later, -30) == (item("Talk", "22:30", "23:45"), mark("close", "23:45"))


minutes = st.integers(0, 24 * 60 - 1).map(lambda count: time(*divmod(count, 60)))
anything = st.lists(
    st.builds(
        AgendaEntry,
        kind=st.sampled_from(["item", "time", "refreshments"]),
        label=st.text(max_size=5),
        starts=minutes,
        ends=st.none() | minutes,
        mark=st.sampled_from(["", "doors", "start", "break", "close"]),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(anything, minutes, minutes)
def test_planned_minutes_and_gaps_always_make_up_the_event(entries, starts, ends):
    found = review(entries, starts, ends)
    if found.minutes_planned:
        missing = sum(gap.minutes for gap in found.gaps)
        assert found.minutes_planned + missing == found.minutes_of_event
    else:
        assert found.gaps == ()
    assert list(found.running_totals) == sorted(found.running_totals)
    assert all(finding.message.endswith(".") for finding in found.findings)


@settings(deadline=None)
@given(anything, minutes, minutes, st.integers(-3000, 3000))
def test_shifting_the_event_and_its_order_together_changes_no_finding(entries, starts, ends, by):
    (hours,) = shift([AgendaEntry("time", "The event", starts, ends)], by)
    before = review(entries, starts, ends)
    after = review(shift(entries, by), hours.starts, hours.ends)
    assert [(f.severity, f.index) for f in before.findings] == [
        (f.severity, f.index) for f in after.findings
    ]
    assert before.running_totals == after.running_totals
