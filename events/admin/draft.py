"""An event as it is being edited: what can be read of it, however unfinished."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.http import QueryDict
from django.utils.translation import gettext as _
from recurrence import Recurrence
from wagtail.admin.forms.models import formfield_for_dbfield

from ..agenda import AgendaEntry
from ..blocks import TIME_MARKS, agenda_entries
from ..english_dates import LONDON
from ..forms import rule_errors
from ..models import EventPage
from ..recurrence_field import RuleField
from ..recurrence_values import schedule_parts
from ..rules import RuleError
from ..schedule import Schedule

ENTRIES_AT_MOST = 1000
LABELLED_BY = {"item": "title", "time": "mark", "refreshments": "served"}


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


def draft_of_page(page: EventPage) -> EventDraft:
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


def draft_of_form(posted: QueryDict) -> EventDraft:
    """Return what the page editor's form holds, valid or not.

    Raises ``ValueError`` for what no editor sends.
    """
    fields = fields_for_model(
        EventPage, ["date", "starts", "ends"], formfield_callback=formfield_for_dbfield
    )
    values: dict = {}
    problems = []
    for name, field in {**fields, "recurrence": RuleField(required=False)}.items():
        typed = field.widget.value_from_datadict(posted, {}, name)
        field.required = False
        try:
            values[name] = field.clean(typed)
        except ValidationError as error:
            values[name] = None
            problems += error.messages
    first, starts, ends = (values[name] for name in ("date", "starts", "ends"))
    if not problems:
        problems = missing(first, starts, ends)
    if not problems:
        problems = rule_errors(values["recurrence"], first)
    return EventDraft(
        first,
        starts,
        ends,
        values["recurrence"],
        tuple(entries_of_form(posted)),
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


def entries_of_form(posted: Mapping[str, str], name: str = "agenda") -> list[AgendaEntry]:
    """Return the running order in a StreamField's form fields, less the entries without a start.

    Nothing but times and labels is read, so that half an entry does not hide the others. Raises
    ``ValueError`` for what no editor sends.
    """
    listed = []
    for index in range(min(int(posted.get(f"{name}-count") or 0), ENTRIES_AT_MOST)):
        prefix = f"{name}-{index}"
        kind = posted.get(f"{prefix}-type", "")
        starts = clock_time(posted.get(f"{prefix}-value-starts", ""))
        if posted.get(f"{prefix}-deleted") or kind not in LABELLED_BY or starts is None:
            continue
        label = posted.get(f"{prefix}-value-{LABELLED_BY[kind]}", "")
        entry = AgendaEntry(
            kind=kind,
            label=dict(TIME_MARKS).get(label, "") if kind == "time" else label,
            starts=starts,
            ends=clock_time(posted.get(f"{prefix}-value-ends", "")),
            mark=label if kind == "time" and label in dict(TIME_MARKS) else "",
        )
        listed.append((int(posted.get(f"{prefix}-order") or index), index, entry))
    return [entry for _order, _index, entry in sorted(listed, key=lambda row: row[:2])]


def clock_time(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None
