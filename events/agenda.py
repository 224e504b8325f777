"""What is wrong with a running order, in sentences an editor can act on.

All times are London wall-clock times of one event. An event may pass midnight (11:30pm to 12:30am):
its end is the first such time after its start. Times are shown as GOV.UK writes them (style guide,
"Times": 6pm, 7:30pm, midday, midnight, and "to" between two of them). Seconds are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import time
from itertools import pairwise
from typing import Literal

from .english_dates import english_hours, english_time

AgendaKind = Literal["item", "time", "refreshments"]
AgendaMark = Literal["", "doors", "start", "break", "close"]
Severity = Literal["error", "warning"]

MINUTES_IN_A_DAY = 24 * 60
# A time this long after the end still counts as running late; one further away is more likely an
# "am" typed for a "pm", and counts as too early.
LATE_AT_MOST = 6 * 60
DOORS_BEFORE_START_AT_MOST = 3 * 60


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """One line of a running order.

    An item without an end runs to the next item, break, other time or close,
    or to the end of the event. Any other entry without an end is a moment and
    fills no time. ``mark`` says what a ``time`` entry means; other kinds have none.
    """

    kind: AgendaKind
    label: str
    starts: time
    ends: time | None = None
    mark: AgendaMark = ""


@dataclass(frozen=True, slots=True)
class AgendaFinding:
    """One sentence about one entry; ``index`` is None if it is about the event.

    If two entries disagree, ``index`` is the one to check first; a gap belongs to the entry before
    it, or to the first if there is none.
    """

    severity: Severity
    index: int | None
    message: str


@dataclass(frozen=True, slots=True)
class AgendaGap:
    """Minutes of the event that nothing fills, after the entry at ``index``."""

    starts: time
    ends: time
    minutes: int
    index: int

    def __str__(self) -> str:
        return f"{_counted(self.minutes)} from {english_hours(self.starts, self.ends)}"


@dataclass(frozen=True, slots=True)
class AgendaReview:
    """What ``review`` found.

    ``findings`` are in the order of the entries, those about the event first. ``running_totals``
    has one number for each entry: the minutes of the event filled by the entries up to it, in the
    order listed, each minute counted once. ``gaps`` are in time order.
    """

    starts: time
    ends: time
    findings: tuple[AgendaFinding, ...]
    minutes_planned: int
    minutes_of_event: int
    gaps: tuple[AgendaGap, ...]
    running_totals: tuple[int, ...]

    @property
    def errors(self) -> tuple[AgendaFinding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[AgendaFinding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def summary(self) -> str:
        """Return one sentence: how long the event is, how much of it is filled, and every gap."""
        if not self.minutes_of_event:
            return "Enter the start and end times of the event."
        words = {0: "none", self.minutes_of_event: "all"}
        filled = words.get(self.minutes_planned, str(self.minutes_planned))
        parts = [
            f"{english_hours(self.starts, self.ends)} is {_counted(self.minutes_of_event)}",
            f"the running order fills {filled} of them",
        ]
        if len(self.gaps) == 1:
            parts.append(f"there is a gap of {self.gaps[0]}")
        elif self.gaps:
            *others, last = (f"of {gap}" for gap in self.gaps)
            parts.append(f"there are gaps {', '.join(others)} and {last}")
        return "; ".join(parts) + "."


def shift(entries: Iterable[AgendaEntry], minutes: int) -> tuple[AgendaEntry, ...]:
    """Return the entries moved later by ``minutes``, or earlier if negative."""
    return tuple(
        replace(
            entry,
            starts=_moved(entry.starts, minutes),
            ends=None if entry.ends is None else _moved(entry.ends, minutes),
        )
        for entry in entries
    )


def review(entries: Sequence[AgendaEntry], starts: time, ends: time) -> AgendaReview:
    """Compare a running order with the hours of its event.

    Errors: an entry that does not end after it starts, lies outside the event, is out of order or
    overlaps another. Doors may open before the event, and refreshments may be served from then on,
    alongside anything. Warnings: gaps, and marks that disagree with the event's hours. There are no
    warnings if there are no entries, or only moments.
    """
    hours = _Hours(starts, ends)
    if not hours.length:
        no_length = AgendaFinding("error", None, "The event must end after it starts.")
        return AgendaReview(starts, ends, (no_length,), 0, 0, (), (0,) * len(entries))

    stretches = _placed(entries, hours)
    filled = [_filled(stretch, hours) for stretch in stretches]
    gaps = tuple(_gaps(stretches, filled, hours))
    findings = [
        *_ends_before_start(stretches),
        *_outside(stretches, hours),
        *_misplaced_marks(stretches, hours),
        *_out_of_order(stretches),
        *_overlaps(stretches, hours),
        *(_gap_finding(gap, entries) for gap in gaps),
    ]
    findings.sort(key=lambda finding: -1 if finding.index is None else finding.index)
    totals = _running_totals(filled)
    return AgendaReview(
        starts=starts,
        ends=ends,
        findings=tuple(findings),
        minutes_planned=totals[-1] if totals else 0,
        minutes_of_event=hours.length,
        gaps=gaps,
        running_totals=totals,
    )


class _Hours:
    """The hours of the event, and times as minutes after its start."""

    def __init__(self, starts: time, ends: time) -> None:
        self.starts = starts
        self.ends = ends
        self.length = (_minutes(ends) - _minutes(starts)) % MINUTES_IN_A_DAY

    def offset(self, moment: time) -> int:
        """Return minutes after the start, negative before it, on the likelier day."""
        after_start = (_minutes(moment) - _minutes(self.starts)) % MINUTES_IN_A_DAY
        late = after_start - self.length
        early = MINUTES_IN_A_DAY - after_start
        return after_start if late <= 0 or late <= min(LATE_AT_MOST, early) else -early

    def clock(self, offset: int) -> time:
        return _moved(self.starts, offset)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """An entry in minutes after the start of the event; ``ends`` is None for a moment."""

    index: int
    entry: AgendaEntry
    starts: int
    ends: int | None

    @property
    def name(self) -> str:
        return _named(self.entry, self.index)

    @property
    def is_backwards(self) -> bool:
        return self.ends is not None and self.ends <= self.starts


def _placed(entries: Sequence[AgendaEntry], hours: _Hours) -> list[_Stretch]:
    stoppers = sorted(
        hours.offset(entry.starts)
        for entry in entries
        if _takes_the_floor(entry) or _is(entry, "close")
    )
    stretches = []
    for index, entry in enumerate(entries):
        starts = hours.offset(entry.starts)
        ends = None if entry.ends is None else hours.offset(entry.ends)
        if ends is None and entry.kind == "item" and starts < hours.length:
            later = (stop for stop in stoppers if stop > starts)
            ends = min(next(later, hours.length), hours.length)
        stretches.append(_Stretch(index, entry, starts, ends))
    return stretches


def _filled(stretch: _Stretch, hours: _Hours) -> range:
    """Return the minutes of the event that this entry fills."""
    fills = _takes_the_floor(stretch.entry) or stretch.entry.kind == "refreshments"
    if not fills or stretch.ends is None or stretch.is_backwards:
        return range(0)
    return range(max(stretch.starts, 0), min(stretch.ends, hours.length))


def _running_totals(filled: Iterable[range]) -> tuple[int, ...]:
    planned: set[int] = set()
    totals = []
    for minutes in filled:
        planned.update(minutes)
        totals.append(len(planned))
    return tuple(totals)


def _gaps(
    stretches: Sequence[_Stretch], filled: Sequence[range], hours: _Hours
) -> Iterator[AgendaGap]:
    by_clock = sorted(
        (minutes.start, minutes.stop, stretch.index)
        for stretch, minutes in zip(stretches, filled, strict=True)
        if minutes
    )
    if not by_clock:
        return
    reached, before = 0, by_clock[0][2]
    for starts, stops, index in [*by_clock, (hours.length, hours.length, -1)]:
        if starts > reached:
            yield AgendaGap(hours.clock(reached), hours.clock(starts), starts - reached, before)
        if stops > reached:
            reached, before = stops, index


def _gap_finding(gap: AgendaGap, entries: Sequence[AgendaEntry]) -> AgendaFinding:
    message = f"There is a gap of {gap}."
    for index, entry in enumerate(entries):
        open_ended = entry.ends is None and (entry.kind == "refreshments" or _is(entry, "break"))
        if open_ended and entry.starts == gap.starts:
            message += f" If {_named(entry, index)} fills it, say when that ends."
    return AgendaFinding("warning", gap.index, message)


def _ends_before_start(stretches: Iterable[_Stretch]) -> Iterator[AgendaFinding]:
    for stretch in stretches:
        if stretch.is_backwards and stretch.entry.ends is not None:
            yield _finding(
                "error",
                stretch,
                f"starts at {english_time(stretch.entry.starts)} and ends at"
                f" {english_time(stretch.entry.ends)}. It must end after it starts.",
            )


def _outside(stretches: Sequence[_Stretch], hours: _Hours) -> Iterator[AgendaFinding]:
    doors = min((stretch.starts for stretch in stretches if _is(stretch.entry, "doors")), default=0)
    event_starts = f"but the event starts at {english_time(hours.starts)}"
    event_ends = f"but the event ends at {english_time(hours.ends)}"
    for stretch in stretches:
        served = stretch.entry.kind == "refreshments"
        begins = f"starts at {english_time(stretch.entry.starts)}"
        if stretch.starts < 0 and served:
            if doors >= 0:
                hint = "Add when doors open if they are served before it."
                yield _finding("error", stretch, f"{begins}, {event_starts}. {hint}")
            elif stretch.starts < doors:
                opening = english_time(hours.clock(doors))
                yield _finding("error", stretch, f"{begins}, but doors open at {opening}.")
        elif stretch.starts < 0 and not _is(stretch.entry, "doors"):
            yield _finding("error", stretch, f"{begins}, {event_starts}.")
        needs_time = served or stretch.entry.kind == "item" or _is(stretch.entry, "doors")
        if stretch.starts > hours.length or (stretch.starts == hours.length and needs_time):
            yield _finding("error", stretch, f"{begins}, {event_ends}.")
        elif stretch.entry.ends is not None and (stretch.ends or 0) > hours.length:
            yield _finding(
                "error", stretch, f"ends at {english_time(stretch.entry.ends)}, {event_ends}."
            )


def _misplaced_marks(stretches: Iterable[_Stretch], hours: _Hours) -> Iterator[AgendaFinding]:
    for stretch in stretches:
        at = f"is at {english_time(stretch.entry.starts)}"
        inside = 0 <= stretch.starts <= hours.length
        if _is(stretch.entry, "start") and inside and stretch.starts != 0:
            yield _finding(
                "warning", stretch, f"{at}, but the event starts at {english_time(hours.starts)}."
            )
        if _is(stretch.entry, "close") and inside and stretch.starts != hours.length:
            yield _finding(
                "warning", stretch, f"{at}, but the event ends at {english_time(hours.ends)}."
            )
        if _is(stretch.entry, "doors") and 0 < stretch.starts < hours.length:
            yield _finding(
                "warning", stretch, f"{at}, after the event starts at {english_time(hours.starts)}."
            )
        if _is(stretch.entry, "doors") and stretch.starts < -DOORS_BEFORE_START_AT_MOST:
            longest = DOORS_BEFORE_START_AT_MOST // 60
            yield _finding(
                "warning",
                stretch,
                f"{at}, more than {longest} hours before the event starts"
                f" at {english_time(hours.starts)}. Check this is right.",
            )


def _out_of_order(stretches: Sequence[_Stretch]) -> Iterator[AgendaFinding]:
    for before, after in pairwise(stretches):
        if after.starts < before.starts:
            yield _finding(
                "error",
                after,
                f"starts at {english_time(after.entry.starts)} but is listed after {before.name},"
                f" which starts at {english_time(before.entry.starts)}."
                " Put them in time order.",
            )


def _overlaps(stretches: Iterable[_Stretch], hours: _Hours) -> Iterator[AgendaFinding]:
    rivals = sorted(
        (
            stretch
            for stretch in stretches
            if _takes_the_floor(stretch.entry)
            and not stretch.is_backwards
            and (stretch.ends is not None or _is(stretch.entry, "break"))
        ),
        key=lambda stretch: (stretch.starts, stretch.index),
    )
    longest: _Stretch | None = None
    for stretch in rivals:
        if longest is not None and longest.ends is not None and stretch.starts < longest.ends:
            yield _finding(
                "error",
                stretch,
                f"starts at {english_time(stretch.entry.starts)}, before {longest.name}"
                f" ends at {english_time(hours.clock(longest.ends))}.",
            )
        if stretch.ends is not None and (
            longest is None or longest.ends is None or stretch.ends > longest.ends
        ):
            longest = stretch


def _is(entry: AgendaEntry, mark: AgendaMark) -> bool:
    return entry.kind == "time" and entry.mark == mark


def _takes_the_floor(entry: AgendaEntry) -> bool:
    """Whether nothing except refreshments may happen at the same time."""
    return entry.kind == "item" or _is(entry, "") or _is(entry, "break")


def _finding(severity: Severity, stretch: _Stretch, predicate: str) -> AgendaFinding:
    subject = stretch.name[0].upper() + stretch.name[1:]
    return AgendaFinding(severity, stretch.index, f"{subject} {predicate}")


def _named(entry: AgendaEntry, index: int) -> str:
    label = " ".join(entry.label.split())
    return f"“{label}”" if label else f"entry {index + 1}"


def _counted(minutes: int) -> str:
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _moved(moment: time, minutes: int) -> time:
    hour, minute = divmod((_minutes(moment) + minutes) % MINUTES_IN_A_DAY, 60)
    return moment.replace(hour=hour, minute=minute)
