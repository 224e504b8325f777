"""An event as it is being edited: what can be read from it, and the facts for the checklist."""

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _
from recurrence import Recurrence

from prevent_content.companions import drafts_published_with

from ..agenda import AgendaEntry
from ..blocks import agenda_entries
from ..checklist import Clash, EventFacts, PlannedDate
from ..dates_in_words import day_in_words
from ..english_dates import LONDON
from ..inboxes import is_allowed
from ..recurrence_values import schedule_parts
from ..rules import RuleError
from ..schedule import Schedule, Slot, bank_holiday
from ..signals import registration_forms
from .occurrences import LONGEST, AttendanceMode, Occurrence
from .snippets import ACCESSIBILITY, Provision

DATES_CHECKED = 12
FURTHEST = relativedelta(years=5)
CALLED_OFF = (Occurrence.Status.CANCELLED, Occurrence.Status.POSTPONED)


@dataclass(frozen=True, slots=True)
class EventDraft:
    """The dates, hours and running order of an event; any may be missing.

    ``problems`` has a sentence for each reason why the dates cannot be worked out.
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
    """Return the draft of a saved or new page."""
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
    """Return a sentence about what is needed before there can be dates."""
    if first is None:
        return [_("Enter the first date to see the dates that follow from it.")]
    if starts is None or ends is None:
        return [_("Enter the start and end times to see the dates.")]
    if ends <= starts:
        return [_("Enter an end time that is after the start time.")]
    return []


def facts_of(event, *, at: datetime) -> EventFacts:
    """Return the facts of ``event``, as it is in memory at ``at``, for the rules."""
    draft = draft_of_page(event)
    slots = coming_slots(draft.schedule, at=at)
    today = at.astimezone(LONDON).date()
    mode, venue, organiser = event.attendance_mode, event.venue, event.organiser
    return EventFacts(
        is_online_only=mode == AttendanceMode.ONLINE,
        is_online=mode in (AttendanceMode.ONLINE, AttendanceMode.BOTH),
        has_joining_link=bool(event.joining_link),
        venue=venue.name if venue else "",
        unknown_access=unknown_access(venue),
        has_access_notes=bool(venue and (venue.accessibility_notes or venue.getting_there)),
        organiser=organiser.team if organiser else "",
        inbox=organiser.inbox if organiser else "",
        inbox_is_allowed=not organiser or is_allowed(organiser.inbox),
        audience=event.audience,
        needs_alternative_text=bool(
            event.image_id and not event.image_alt and not event.image_is_decorative
        ),
        problem_field=field_of_problem(draft),
        starts=event.starts,
        ends=event.ends,
        problems=draft.problems,
        coming=tuple(
            PlannedDate(
                day_in_words(slot.date),
                bank_holiday(slot.date),
                (slot.date - today).days,
            )
            for slot in slots
        ),
        clashes=tuple(clashes(event, slots)),
        agenda=event.review_agenda() if draft.starts and draft.ends else None,
        has_agenda=bool(draft.entries),
        has_form=has_form(event),
        was_published=event.first_published_at is not None,
        has_record=event.has_record,
        record_texts=event.record_texts,
        unexplained_documents=tuple(
            block.value["document"].title
            for block in event.record_documents
            if block.value["document"] and not block.value["accessibility"]
        ),
    )


def has_form(event) -> bool:
    """Whether people can register once ``event`` is published."""
    if event.pk is None:
        return False
    return bool(registration_forms([event.pk])) or any(True for _ in drafts_published_with(event))


def field_of_problem(draft: EventDraft) -> str:
    """Return the field to check first if there are no dates."""
    for name, value in (("date", draft.first), ("starts", draft.starts), ("ends", draft.ends)):
        if value is None:
            return name
    return "ends" if draft.ends <= draft.starts else "recurrence"


def unknown_access(venue) -> tuple[str, ...]:
    """Return the facilities nobody has described for ``venue``."""
    if venue is None:
        return ()
    return tuple(
        label for name, label in ACCESSIBILITY.items() if getattr(venue, name) == Provision.ASK
    )


def coming_slots(schedule, *, at: datetime) -> list[Slot]:
    """Return the next dates that have not ended at ``at``."""
    if schedule is None:
        return []
    today = at.astimezone(LONDON).date()
    slots = schedule.between(max(schedule.first, today), today + FURTHEST)
    return list(islice((slot for slot in slots if slot.ends_at > at), DATES_CHECKED))


def clashes(event, slots: list[Slot]) -> list[Clash]:
    """Return the public dates of other events that overlap one of ``slots``."""
    if not slots:
        return []
    others = (
        Occurrence.objects.filter(
            event__live=True,
            starts_at__gt=slots[0].starts_at - LONGEST,
            starts_at__lt=slots[-1].ends_at,
        )
        .exclude(event=event.pk)
        .exclude(event__translation_key=event.translation_key)
        .exclude(status__in=CALLED_OFF)
        .for_display()
    )
    return [
        Clash(
            row.event.title,
            row.when,
            event.venue_id is not None and row.place is not None and row.place.pk == event.venue_id,
        )
        for row in others
        if any(row.starts_at < slot.ends_at and row.ends_at > slot.starts_at for slot in slots)
    ]
