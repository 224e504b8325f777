"""Drafts of new events: a copy of an earlier event, or a pattern, on a new date."""

from dataclasses import dataclass
from datetime import date, time

from django.db import transaction
from django.utils.text import slugify
from recurrence import Recurrence
from wagtail.models import Page

from .agenda import AgendaEntry, shift
from .models import AttendanceMode, EventPage, Organiser, Venue
from .recurrence_values import normalise
from .signals import event_begun

# Belongs to the earlier event alone, as do its dates and registrations, which are never copied.
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
class EventPattern:
    """An event without date, venue and organiser. ``agenda`` is the StreamField's raw value."""

    name: str
    description: str
    title: str
    summary: str
    starts: time
    ends: time
    agenda: tuple[tuple[str, dict], ...]
    attendance_mode: str = AttendanceMode.IN_PERSON
    audience: str = "Partners and members of the public"


def moment(mark: str, at: time, until: time | None = None) -> tuple[str, dict]:
    return "time", {"mark": mark, "starts": at, "ends": until, "note": ""}


def item(starts: time, ends: time, title: str, text: str) -> tuple[str, dict]:
    return "item", {
        "starts": starts,
        "ends": ends,
        "title": title,
        "text": f"<p>{text}</p>",
        "speakers": [],
    }


PATTERNS = {
    "evening": EventPattern(
        name="Evening roundtable",
        description="90 minutes in a hall, with speakers, a break and questions",
        title="Prevent community roundtable",
        summary="Hear about Prevent, ask your questions and find out what happens locally.",
        starts=time(18),
        ends=time(19, 30),
        agenda=(
            moment("doors", time(17, 45)),
            (
                "refreshments",
                {
                    "starts": time(17, 45),
                    "ends": None,
                    "served": "Tea, coffee and soft drinks",
                    "dietary": "",
                },
            ),
            moment("start", time(18)),
            item(time(18), time(18, 10), "Welcome", "How the evening works."),
            item(time(18, 10), time(18, 50), "What Prevent does", "The strategy, and locally."),
            moment("break", time(18, 50), time(19)),
            item(time(19), time(19, 30), "Your questions", "Aloud or on paper."),
            moment("close", time(19, 30)),
        ),
    ),
    "briefing": EventPattern(
        name="Online briefing",
        description="One hour by video call, for partners",
        title="Prevent online briefing",
        summary="A one-hour briefing about Prevent by video call, with time for questions.",
        starts=time(12),
        ends=time(13),
        attendance_mode=AttendanceMode.ONLINE,
        audience="Schools, charities and other partners",
        agenda=(
            moment("start", time(12)),
            item(time(12), time(12, 40), "Briefing", "What is new, and what to look out for."),
            item(time(12, 40), time(13), "Your questions", "Aloud or in the chat."),
            moment("close", time(13)),
        ),
    ),
    "drop-in": EventPattern(
        name="Drop-in",
        description="An afternoon when people come and go as they like",
        title="Prevent drop-in",
        summary="Come when it suits you, have a cup of tea and ask the local team what you like.",
        starts=time(14),
        ends=time(17),
        audience="Everyone",
        agenda=(
            moment("doors", time(14)),
            item(time(14), time(17), "Drop in", "The local team answers questions one to one."),
            moment("close", time(17)),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class NewEventAnswers:
    """The answers that start an event."""

    date: date
    starts: time
    recurrence: Recurrence | None
    venue: Venue | None
    organiser: Organiser | None


def minutes_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


@transaction.atomic
def begin_as_copy(source: EventPage, parent: Page, answers: NewEventAnswers, *, by) -> EventPage:
    """Return a draft by ``by`` of ``source`` below ``parent`` on another date, with its form.

    It copies text, running order, speakers and the form's questions; the hours of the running order
    move with the start. It does not copy dates, their status, registrations or the joining link.
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
    later = minutes_of(answers.starts) - minutes_of(source.starts) if source.starts else 0
    event.starts = answers.starts
    event.ends = moved(source.ends, later) if source.ends else None
    move_agenda(event, later)
    return finish(event, answers, copied_from=source, by=by)


@transaction.atomic
def begin_from_pattern(
    pattern: EventPattern, parent: Page, answers: NewEventAnswers, *, by
) -> EventPage:
    """Return a draft by ``by`` of ``pattern`` below ``parent`` on a date."""
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
    """Move the running order of the unsaved ``event`` by ``minutes``."""
    for child in event.agenda:
        for name in ("starts", "ends"):
            if child.value.get(name):
                child.value[name] = moved(child.value[name], minutes)


def free_slug(parent: Page, title: str, day: date) -> str:
    """Return a slug that is unused below ``parent``."""
    wanted = f"{slugify(title)[:200] or 'event'}-{day.isoformat()}"
    taken = set(
        parent.get_children().filter(slug__startswith=wanted).values_list("slug", flat=True)
    )
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
