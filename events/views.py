"""The public pages of events: the list of dates, and one event with its dates."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from .listing import ListingError, list_occurrences
from .models import EventIndexPage, EventPage, Occurrence, OccurrenceChange


def event_index(request: HttpRequest, page: EventIndexPage) -> HttpResponse:
    """Show the dates that the address asks for; 400 and a sentence if it makes no sense."""
    context = page.get_context(request)
    status = 200
    try:
        context["listing"] = list_occurrences(
            page.occurrences(), request.GET.dict(), at=timezone.now()
        )
    except ListingError as error:
        context["problem"] = str(error)
        status = 400
    return TemplateResponse(request, page.get_template(request), context, status=status)


def event(request: HttpRequest, page: EventPage) -> HttpResponse:
    """Show an event at its next date, or at the one of ``?date=YYYY-MM-DD``.

    404 if it is not held on that date, 400 if that is not a date.
    """
    now = timezone.now()
    context = page.get_context(request)
    coming = list(page.occurrences.upcoming(at=now).select_related("venue")[:60])
    for occurrence in coming:
        occurrence.event = page
    status = 200
    try:
        chosen = chosen_occurrence(page, coming, request.GET.get("date", ""))
    except LookupError as error:
        context["problem"] = str(error)
        status = 404
        chosen = None
    except ValueError:
        context["problem"] = "Enter a date as year, month and day, like 2026-11-26"
        status = 400
        chosen = None
    chosen = chosen or next_occurrence(page, coming)
    context |= {
        "occurrence": chosen,
        "has_ended": chosen is not None and chosen.has_ended(at=now),
        "mode": chosen.attendance_mode if chosen else page.attendance_mode,
        "venue": chosen.place if chosen else page.venue,
        "other_occurrences": [row for row in coming if row != chosen],
        "changes": OccurrenceChange.objects.filter(occurrence__event=page)
        .select_related("occurrence")
        .order_by("-at")[:20],
    }
    return TemplateResponse(request, page.get_template(request), context, status=status)


def chosen_occurrence(
    page: EventPage, coming: list[Occurrence], wanted: str
) -> Occurrence | None:
    """Return the date that starts on ``wanted``, or None if nothing is asked for.

    Raises ``ValueError`` if that is not a date and ``LookupError`` if nothing starts on it.
    """
    if not wanted:
        return None
    day = date.fromisoformat(wanted)
    for occurrence in coming:
        if occurrence.starts_on == day:
            return occurrence
    past = page.occurrences.between(day, day).select_related("venue").first()
    if past is None:
        raise LookupError("This event is not held on that date. Its next date is shown instead")
    past.event = page
    return past


def next_occurrence(page: EventPage, coming: list[Occurrence]) -> Occurrence | None:
    """Return the next date that goes ahead, else the next at all, else the last that was."""
    for occurrence in coming:
        if occurrence.status not in (
            Occurrence.Status.CANCELLED,
            Occurrence.Status.POSTPONED,
        ):
            return occurrence
    if coming:
        return coming[0]
    last = page.occurrences.select_related("venue").order_by("-starts_at").first()
    if last is not None:
        last.event = page
    return last
