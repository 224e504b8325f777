"""What is wrong with an event before the public reads it. Knows neither Django nor today's date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from prevent_content.checklist.rules import Finding, error, warning

from .agenda import AgendaReview

# People who need an interpreter, a carer or a lift have to ask for one.
FEWEST_DAYS_OF_NOTICE = 7
EARLIEST, LATEST = time(8), time(22)
SENTENCES_AT_MOST = 3

# Personal details: a title and a name, an email address, a phone number.
TELLS_WHO = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Cllr|Councillor)\.? [A-Z][a-z]+|\S+@\S+\.\w+"
    r"|\b0\d{3,4} ?\d{3} ?\d{3,4}\b"
)


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """A coming date in words, its bank holiday if any, and the days until it."""

    words: str
    holiday: str = ""
    days_ahead: int = 0


@dataclass(frozen=True, slots=True)
class Clash:
    """Another event that overlaps one of the dates, at the same venue or elsewhere."""

    title: str
    when: str
    is_at_the_venue: bool


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Facts about an event for the rules; any may be missing.

    ``unknown_access`` names the venue facilities nobody has described; ``problems`` says why there
    are no dates; ``coming`` has the dates that have not ended. ``has_form`` is whether there is a
    form that the public can register with.
    """

    is_online_only: bool = False
    is_online: bool = False
    has_joining_link: bool = False
    venue: str = ""
    unknown_access: tuple[str, ...] = ()
    has_access_notes: bool = False
    organiser: str = ""
    inbox: str = ""
    inbox_is_allowed: bool = True
    audience: str = ""
    needs_alternative_text: bool = False
    starts: time | None = None
    ends: time | None = None
    problems: tuple[str, ...] = ()
    problem_field: str = ""
    coming: tuple[PlannedDate, ...] = ()
    clashes: tuple[Clash, ...] = ()
    agenda: AgendaReview | None = None
    has_agenda: bool = False
    has_form: bool = False
    was_published: bool = False
    has_record: bool = False
    record_texts: tuple[str, ...] = ()
    unexplained_documents: tuple[str, ...] = ()


def review_event(facts: EventFacts) -> Iterator[Finding]:
    """Yield what is wrong with an event; in each part, errors come first."""
    yield from review_dates(facts)
    yield from review_place(facts)
    yield from review_people(facts)
    yield from review_agenda(facts)
    yield from review_clashes(facts)
    yield from review_record(facts)


def review_dates(facts: EventFacts) -> Iterator[Finding]:
    for problem in facts.problems:
        yield error("dates", problem.rstrip("."), facts.problem_field)
    if facts.problems:
        return
    if not facts.coming:
        if not facts.was_published and not facts.has_record:
            yield warning(
                "past",
                "Every date of this event has passed. It will be published as a record",
                "date",
            )
        return
    if not facts.was_published and facts.coming[0].days_ahead < FEWEST_DAYS_OF_NOTICE:
        yield warning(
            "notice",
            f"{facts.coming[0].words} is less than {FEWEST_DAYS_OF_NOTICE} days away: people who "
            "need support to come have little time to ask for it",
            "date",
        )
    if facts.starts and facts.ends and (facts.starts < EARLIEST or facts.ends > LATEST):
        yield warning("hours", "This is very early or very late. Check “am” and “pm”", "starts")
    on_holidays = [day for day in facts.coming if day.holiday]
    for day in on_holidays[:SENTENCES_AT_MOST]:
        yield warning("holiday", f"{day.words} is a bank holiday: {day.holiday}", "date")


def review_place(facts: EventFacts) -> Iterator[Finding]:
    if facts.needs_alternative_text:
        yield error(
            "image-alt",
            "Enter alternative text, or say that the picture is decorative",
            "image_alt",
        )
    if not facts.is_online_only and not facts.venue:
        yield error("venue", "Choose a venue, or make the event online only", "venue")
    if facts.is_online and not facts.has_joining_link:
        yield warning(
            "joining-link",
            "There is no joining link yet. We email it to people with a place",
            "joining_link",
        )
    if not facts.is_online and facts.has_joining_link:
        yield warning(
            "joining-unused",
            "There is a joining link, but the event is not online",
            "joining_link",
        )
    if facts.is_online_only or not facts.venue:
        return
    if facts.unknown_access:
        yield warning(
            "access",
            f"Find out about {facts.venue}, and say so on its own page: "
            f"{', '.join(facts.unknown_access).lower()}",
            "venue",
        )
    if not facts.has_access_notes:
        yield warning(
            "access-notes", f"Describe how to get into {facts.venue}: it says nothing", "venue"
        )


def review_people(facts: EventFacts) -> Iterator[Finding]:
    if not facts.organiser:
        yield error("organiser", "Choose who organises this event", "organiser")
    elif not facts.inbox:
        yield error(
            "inbox", f"{facts.organiser} has no inbox: enter one, or choose another", "organiser"
        )
    elif not facts.inbox_is_allowed:
        yield error(
            "inbox-domain",
            f"Registrations may not be sent to the inbox of {facts.organiser}: its domain is not "
            "one of the council’s",
            "organiser",
        )
    if not facts.audience:
        yield warning("audience", "Say who the event is for", "audience")
    if facts.coming and not facts.has_form:
        yield warning("form", "Nobody can book yet. Publish a registration page below this event")


def review_agenda(facts: EventFacts) -> Iterator[Finding]:
    if not facts.has_agenda:
        yield warning("agenda-empty", "The running order is empty", "agenda")
    elif facts.agenda:
        for finding in facts.agenda.findings:
            say = error if finding.severity == "error" else warning
            yield say("agenda", finding.message.rstrip("."), "agenda")


def review_clashes(facts: EventFacts) -> Iterator[Finding]:
    for clash in sorted(facts.clashes, key=lambda clash: not clash.is_at_the_venue)[
        :SENTENCES_AT_MOST
    ]:
        if clash.is_at_the_venue:
            yield warning(
                "clash-venue", f"“{clash.title}” is at the same venue then: {clash.when}", "date"
            )
        else:
            yield warning(
                "clash-hour", f"“{clash.title}” is at the same time: {clash.when}", "date"
            )


def review_record(facts: EventFacts) -> Iterator[Finding]:
    for text in facts.record_texts:
        if found := TELLS_WHO.search(text):
            yield error(
                "record-name",
                f"Leave “{found[0]}” out of the questions and answers",
                "record_questions",
            )
    for title in facts.unexplained_documents:
        yield warning("record-document", f"Say of “{title}” who can read it", "record_documents")
    if facts.has_record and facts.coming and not facts.was_published:
        yield warning(
            "record-early",
            "There is a record of this event, but it has not taken place yet",
            "record_summary",
        )
