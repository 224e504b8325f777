"""What an event's draft means: its next dates, and the effect of publishing it on people."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _

from ..agenda import AgendaReview, review
from ..english_dates import LONDON, english_date, english_hours
from ..models import EventPage, Occurrence
from ..models.draft import EventDraft
from ..rules import describe
from ..schedule import Schedule, Slot, notes_for
from ..signals import count_people
from ..sync import SyncPlan, plan_event
from .wording import (
    publishing_adds,
    publishing_cancels,
    publishing_changes_hours,
    publishing_closes,
    publishing_removes,
)

DATES_SHOWN = 12
# A rule with no date in this time is of no use to anyone.
FURTHEST = relativedelta(years=60)


@dataclass(frozen=True, slots=True)
class ListChange:
    """One of the rule's lists of dates after a date is skipped or restored."""

    part: str
    dates: str


@dataclass(frozen=True, slots=True)
class DatesForecastDate:
    """A coming date in words, with its notes and what was already done to it."""

    day: date
    words: str
    hours: str
    notes: tuple[str, ...]
    status: str = ""
    # How to skip the date or, if it is skipped, restore it.
    change: ListChange | None = None


@dataclass(frozen=True, slots=True)
class DatesForecast:
    """The next dates of a draft and the consequences of publishing it, in sentences.

    ``problems`` says why there is nothing else.
    """

    problems: tuple[str, ...] = ()
    rule: str = ""
    dates: tuple[DatesForecastDate, ...] = ()
    has_more: bool = False
    left_out: tuple[DatesForecastDate, ...] = ()
    losses: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


def forecast_for(draft: EventDraft, page: EventPage, *, at: datetime) -> DatesForecast:
    """Return the effects of publishing ``draft`` as ``page`` at ``at``."""
    schedule = draft.schedule
    if schedule is None:
        return DatesForecast(problems=draft.problems)
    rows = list(page.dates.select_related("venue")) if page.pk else []
    row_on = {row.date: row for row in rows}
    today = at.astimezone(LONDON).date()
    slots = schedule.between(max(schedule.first, today), today + FURTHEST)
    # The last day may begin and end before now.
    coming = (slot for slot in slots if slot.ends_at > at)
    found = list(islice(coming, DATES_SHOWN + 1))
    forecast = DatesForecast(
        rule=describe(schedule.rule) if schedule.rule else "",
        dates=tuple(
            forecast_date(slot, row_on.get(slot.date), change=leaving_out(slot.date, schedule))
            for slot in found[:DATES_SHOWN]
        ),
        has_more=len(found) > DATES_SHOWN,
        left_out=tuple(
            forecast_date(slot, None, change=putting_back(slot.date, schedule))
            for slot in left_out_of(schedule, since=today)
        ),
    )
    plan = plan_event(planned_page(draft, page), at=at, rows=rows)
    return with_consequences(forecast, plan, is_new=not rows)


def planned_page(draft: EventDraft, page: EventPage) -> EventPage:
    """Return ``page`` with the dates of ``draft``, for planning only; never save it."""
    return EventPage(
        id=page.pk,
        page_ptr_id=page.pk,
        live=page.live,
        first_published_at=page.first_published_at,
        date=draft.first,
        starts=draft.starts,
        ends=draft.ends,
        recurrence=draft.recurrence,
    )


def left_out_of(schedule: Schedule, *, since: date) -> list[Slot]:
    """Return the next dates that are skipped."""
    skipped = sorted(day for day in schedule.skipped if day >= max(schedule.first, since))
    complete = replace(schedule, skipped=frozenset())
    return [slot for day in skipped[:DATES_SHOWN] for slot in complete.between(day, day)]


def leaving_out(day: date, schedule: Schedule) -> ListChange | None:
    if day in schedule.extra:
        return ListChange("extra", listed(schedule.extra - {day}))
    return ListChange("skipped", listed(schedule.skipped | {day})) if schedule.rule else None


def putting_back(day: date, schedule: Schedule) -> ListChange:
    return ListChange("skipped", listed(schedule.skipped - {day}))


def listed(days: Iterable[date]) -> str:
    return "\n".join(english_date(day) for day in sorted(days))


def forecast_date(
    slot: Slot, row: Occurrence | None, *, change: ListChange | None
) -> DatesForecastDate:
    words = Occurrence(starts_at=slot.starts_at, ends_at=slot.ends_at)
    status = ""
    if row is not None and row.status != Occurrence.Status.SCHEDULED:
        status = row.get_status_display()
    elif row is not None and row.is_rescheduled:
        status = _("Moved to %(when)s") % {"when": row.when}
    return DatesForecastDate(
        slot.date, words.day, words.hours, notes_for(slot.date), status, change
    )


def with_consequences(forecast: DatesForecast, plan: SyncPlan, *, is_new: bool) -> DatesForecast:
    """Return ``forecast`` with the effects of ``plan``; for a new event the dates say enough."""
    people = count_people([row.pk for row, _slot in plan.changed])
    losses = [publishing_cancels(number, row.starts_on) for row, number in plan.cancelled]
    changes = [
        publishing_changes_hours(people[row.pk], row.starts_on, hours_of(slot))
        for row, slot in plan.changed
        if people[row.pk]
    ]
    if plan.removed:
        changes.append(publishing_removes(len(plan.removed)))
    if plan.closed:
        changes.append(publishing_closes(len(plan.closed)))
    if plan.created and not is_new:
        changes.append(publishing_adds(len(plan.created)))
    return replace(
        forecast,
        losses=tuple(losses),
        changes=tuple(changes),
    )


def hours_of(slot: Slot) -> str:
    return english_hours(slot.starts_at.time(), slot.ends_at.time())


def review_of(draft: EventDraft) -> AgendaReview | None:
    """Return the review of the draft's running order, once it has hours."""
    if draft.starts is None or draft.ends is None:
        return None
    return review(draft.entries, draft.starts, draft.ends)


def status_line(forecast: DatesForecast) -> str:
    """Return a sentence or two for people who cannot see the panel."""
    if forecast.problems:
        return forecast.problems[0]
    if not forecast.dates:
        return _("There are no upcoming dates.")
    nearest = _("The next date is %(day)s.") % {"day": forecast.dates[0].words}
    return " ".join([nearest, *forecast.losses])
