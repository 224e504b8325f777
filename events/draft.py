"""An event as it is being edited: what can be read of it, however unfinished."""

from dataclasses import dataclass
from datetime import date, time

from django.utils.translation import gettext as _
from recurrence import Recurrence

from .agenda import AgendaEntry
from .blocks import agenda_entries
from .english_dates import LONDON
from .recurrence_values import schedule_parts
from .rules import RuleError
from .schedule import Schedule


@dataclass(frozen=True, slots=True)
class EventDraft:
    """The dates, hours and running order of an event that may lack any of them.

    ``problems`` has a sentence for whatever keeps the dates from being worked out.
    """

    first: date | None
    starts: time | None
    ends: time | None
    recurrence: Recurrence | None
    entries: tuple[AgendaEntry, ...]
    problems: tuple[str, ...] = ()

    @property
    def schedule(self) -> Schedule | None:
        if self.problems or not (self.first and self.starts and self.ends):
            return None
        rule, skipped, extra = schedule_parts(self.recurrence)
        return Schedule(self.first, self.starts, self.ends, LONDON, rule, skipped, extra)


def draft_of_page(page) -> EventDraft:
    """Return what a saved page, or a new one, holds."""
    problems = missing(page.date, page.starts, page.ends)
    try:
        schedule_parts(page.recurrence)
    except RuleError as error:
        problems.append(str(error))
    return EventDraft(
        page.date,
        page.starts,
        page.ends,
        page.recurrence,
        tuple(agenda_entries(page.agenda)),
        tuple(problems),
    )


def missing(first: date | None, starts: time | None, ends: time | None) -> list[str]:
    """Return a sentence for what is needed before there can be dates."""
    if first is None:
        return [_("Enter the first date to see the dates that follow from it.")]
    if starts is None or ends is None:
        return [_("Enter the start and end times to see the dates.")]
    if ends <= starts:
        return [_("Enter an end time that is after the start time.")]
    return []
