"""Making the draft: everything that an earlier event or a pattern gives, on a new date."""

from dataclasses import dataclass
from datetime import date, time

from django.db import transaction
from django.utils.text import slugify
from recurrence import Recurrence
from wagtail.models import Page

from ..agenda import AgendaEntry, shift
from ..models import EventPage, Organiser, Venue
from ..recurrence_values import normalise
from ..signals import event_begun
from .patterns import EventPattern

# What belongs to the earlier event alone, beside its dates and registrations, which no copy takes.
LEFT_BEHIND = (
    ("joining_link", ""),
    ("record_summary", ""),
    ("record_questions", []),
    ("record_documents", []),
    ("record_next", ""),
    ("review_by", None),
    ("go_live_at", None),
    ("expire_at", None),
    ("expired", False),
    ("locked", False),
    ("locked_by", None),
    ("locked_at", None),
)


@dataclass(frozen=True, slots=True)
class NewEventAnswers:
    """What is asked before an event begins."""

    date: date
    starts: time
    recurrence: Recurrence | None
    venue: Venue | None
    organiser: Organiser | None


def minutes_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


@transaction.atomic
def begin_as_copy(source: EventPage, parent: Page, answers: NewEventAnswers, *, by) -> EventPage:
    """Return a draft of ``source`` below ``parent`` on another date, with its form, by ``by``.

    Text, running order, speakers and the form's questions come along; the hours of the running
    order move with the start. Dates, their status, registrations and the joining link do not.
    """
    event = source.copy(
        recursive=True,
        to=parent,
        copy_revisions=False,
        keep_live=False,
        user=by,
        update_attrs={"slug": free_slug(parent, source.title, answers.date)},
    )
    event = EventPage.objects.get(pk=event.pk)
    later = minutes_of(answers.starts) - minutes_of(source.starts)
    event.starts, event.ends = answers.starts, moved(source.ends, later)
    move_agenda(event, later)
    return finish(event, answers, copied_from=source, by=by)


@transaction.atomic
def begin_from_pattern(
    pattern: EventPattern, parent: Page, answers: NewEventAnswers, *, by
) -> EventPage:
    """Return a draft of ``pattern`` below ``parent`` on a date, by ``by``."""
    event = EventPage(
        title=pattern.title,
        slug=free_slug(parent, pattern.title, answers.date),
        summary=pattern.summary,
        audience=pattern.audience,
        attendance_mode=pattern.attendance_mode,
        date=answers.date,
        agenda=list(pattern.agenda),
        live=False,
        owner=by,
    )
    later = minutes_of(answers.starts) - minutes_of(pattern.starts)
    event.starts, event.ends = answers.starts, moved(pattern.ends, later)
    move_agenda(event, later)
    parent.add_child(instance=event)
    return finish(event, answers, copied_from=None, by=by)


def finish(event: EventPage, answers: NewEventAnswers, *, copied_from, by) -> EventPage:
    for name, value in LEFT_BEHIND:
        setattr(event, name, value)
    event.date = answers.date
    event.recurrence = normalise(answers.recurrence)
    event.venue, event.organiser = answers.venue, answers.organiser
    event.save()
    event.save_revision(user=by, log_action=True, clean=False)
    event_begun.send(sender=EventPage, event=event, copied_from=copied_from, by=by)
    return event


def moved(clock: time, minutes: int) -> time:
    (entry,) = shift([AgendaEntry("time", "", clock)], minutes)
    return entry.starts


def move_agenda(event: EventPage, minutes: int) -> None:
    """Move the running order of ``event``, which is not saved, by ``minutes``."""
    for child in event.agenda:
        for name in ("starts", "ends"):
            if child.value.get(name):
                child.value[name] = moved(child.value[name], minutes)


def free_slug(parent: Page, title: str, day: date) -> str:
    """Return a slug that no page below ``parent`` has."""
    wanted = f"{slugify(title)[:200] or 'event'}-{day.isoformat()}"
    taken = set(
        parent.get_children().filter(slug__startswith=wanted).values_list("slug", flat=True)
    )
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
