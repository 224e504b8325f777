"""The public pages of events: the list of dates, and one event with its dates."""

from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Site

from prevent_content.links import site_address

from . import calendars
from .availability import add_availability
from .blocks import lines_of
from .listing import ListingError, list_occurrences
from .models import AttendanceMode, EventIndexPage, EventPage, Occurrence
from .structured_data import scripts
from .sync import dates_after_publishing
from .translations import edition_paths, in_language

CHANGES_SHOWN = 50
POSTER = "prevent_events/poster.html"
NOT_GOING_AHEAD = (Occurrence.Status.CANCELLED, Occurrence.Status.POSTPONED)


def event_index(request: HttpRequest, page: EventIndexPage) -> HttpResponse:
    """Show the dates the address asks for; 400 and a sentence if it makes no sense."""
    context = page.get_context(request)
    context["subscription"] = calendars.all_events(request)
    context["atom_path"] = calendars.atom_path()
    status = 200
    try:
        context["listing"] = list_occurrences(page, request.GET.dict(), at=timezone.now())
    except ListingError as error:
        context["problem"] = str(error)
        status = 400
    return TemplateResponse(request, page.get_template(request), context, status=status)


def event(request: HttpRequest, page: EventPage) -> HttpResponse:
    """Show an event at its next date, or at ``?date=YYYY-MM-DD``.

    The original day of a moved date redirects to the new one. 404 if the event is not held on that
    date, 400 if it is not a date.
    """
    now = timezone.now()
    context = page.get_context(request)
    coming = list(page.dates.upcoming(at=now).for_event())
    for occurrence in coming:
        occurrence.show_as(page)
    status = 200
    chosen = None
    try:
        chosen = chosen_occurrence(page, coming, request.GET.get("date", ""))
    except LookupError as error:
        if address := address_after_move(request, page):
            return redirect(address)
        context["problem"] = str(error)
        status = 404
    except ValueError:
        context["problem"] = _("We cannot find that date. Choose one of the dates of this event")
        status = 400
    is_chosen = chosen is not None
    chosen = chosen or next_occurrence(page, coming)
    add_availability([*coming, *([chosen] if chosen and chosen not in coming else [])], at=now)
    context |= at_date(page, chosen, coming, is_chosen=is_chosen, at=now)
    # People who may see a restricted page have a session; calendars and search engines do not.
    if chosen is not None and page.live and not page.get_view_restrictions().exists():
        rows = coming if chosen in coming else [chosen, *coming]
        context |= for_machines(request, page, chosen, rows, at=now)
    view = request.GET.get("view", "")
    if view not in ("", "poster"):
        raise Http404
    is_poster = view == "poster" and chosen is not None
    template = POSTER if is_poster else page.get_template(request)
    return TemplateResponse(request, template, context, status=status)


def preview(request: HttpRequest, page: EventPage) -> HttpResponse:
    """Show an event as it is being edited, at the dates it will have once published."""
    now = timezone.now()
    rows = dates_after_publishing(page, at=now)
    for row in rows:
        row.show_as(page)
    add_availability([row for row in rows if row.pk], at=now)
    coming = [row for row in rows if not row.has_ended(at=now)]
    going_ahead = (row for row in coming if row.status not in NOT_GOING_AHEAD)
    chosen = next(going_ahead, None) or next(iter(coming or reversed(rows)), None)
    context = page.get_context(request) | at_date(page, chosen, coming, is_chosen=False, at=now)
    return TemplateResponse(request, page.get_preview_template(request, ""), context)


def at_date(
    page: EventPage,
    chosen: Occurrence | None,
    coming: list[Occurrence],
    *,
    is_chosen: bool,
    at: datetime,
) -> dict:
    """Return the template context of ``page`` at the date ``chosen``."""
    has_ended = chosen is not None and chosen.has_ended(at=at)
    mode = chosen.attendance_mode if chosen else page.attendance_mode
    return {
        "occurrence": chosen,
        "has_ended": has_ended,
        "goes_ahead": chosen is not None and not has_ended and chosen.status not in NOT_GOING_AHEAD,
        "is_chosen": is_chosen,
        "is_series": len(coming) > 1 or bool(page.rule),
        "is_record": not coming and chosen is not None,
        "next_elsewhere": next_elsewhere(page, at=at) if page.path and not coming else None,
        "passed_over": [] if is_chosen else passed_over(coming, chosen),
        "mode": mode,
        "running_order": lines_of(page.agenda, is_online=mode == AttendanceMode.ONLINE),
        "venue": chosen.place if chosen else page.venue,
        "other_occurrences": [row for row in coming if row != chosen],
        "changes": page.changes[:CHANGES_SHOWN],
    }


def for_machines(
    request: HttpRequest,
    page: EventPage,
    chosen: Occurrence,
    rows: list[Occurrence],
    *,
    at: datetime,
) -> dict:
    """Return what calendars and search engines read about ``chosen`` and all ``rows``."""
    site, parts = Site.find_for_request(request), page.get_url_parts(request)
    if site is None or parts is None or parts[2] is None:
        return {}
    address, path = site_address(site), parts[2]
    return {
        "date_links": calendars.links_for(chosen, address=address + path),
        "subscription": calendars.dates_of_event(request, page),
        "atom_path": calendars.atom_path(),
        "share_card": reverse("prevent_events:share_card", args=[chosen.uuid]),
        "share_card_alt": f"{chosen.title}, {chosen.when}",
        "structured_data": scripts(page, rows, site=address, path=path, at=at),
    }


def chosen_occurrence(page: EventPage, coming: list[Occurrence], wanted: str) -> Occurrence | None:
    """Return the date that starts on ``wanted``, or None if it is empty.

    Raises ``ValueError`` if that is not a date and ``LookupError`` if nothing starts on it.
    """
    if not wanted:
        return None
    if len(wanted) != 10:
        raise ValueError(wanted)
    day = date.fromisoformat(wanted)
    for occurrence in coming:
        if occurrence.starts_on == day:
            return occurrence
    past = page.dates.between(day, day).for_event().first()
    if past is None:
        raise LookupError(_("This event is not on that date. Here is the next date instead"))
    past.show_as(page)
    return past


def address_after_move(request: HttpRequest, page: EventPage) -> str:
    """Return the new address of the date that ``?date=`` names, if it has moved."""
    try:
        day = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return ""
    moved = page.dates.moved_from(day).first()
    if moved is None or moved.starts_on == day:
        return ""
    query = request.GET.copy()
    query["date"] = moved.starts_on.isoformat()
    return f"{request.path}?{query.urlencode()}"


def next_occurrence(page: EventPage, coming: list[Occurrence]) -> Occurrence | None:
    """Return the next date that goes ahead, else the next of any kind, else the last."""
    for occurrence in coming:
        if occurrence.status not in NOT_GOING_AHEAD:
            return occurrence
    if coming:
        return coming[0]
    last = page.dates.for_event().order_by("-starts_at").first()
    if last is not None:
        last.show_as(page)
    return last


def next_elsewhere(page: EventPage, *, at: datetime) -> Occurrence | None:
    """Return the next date that goes ahead of an event other than ``page``, if any."""
    beside = (
        Occurrence.objects.public()
        .below(*edition_paths(page.get_parent()))
        .exclude(event__translation_key=page.translation_key)
        .exclude(status__in=NOT_GOING_AHEAD)
        .upcoming(at=at)
        .for_display()
    )
    return next(iter(in_language(beside[:1], page.locale_id)), None)


def passed_over(coming: list[Occurrence], chosen: Occurrence | None) -> list[Occurrence]:
    """Return the coming dates before ``chosen``, none of which goes ahead."""
    return coming[: coming.index(chosen)] if chosen in coming else []


def attach_views() -> None:
    """Attach this module's views to the page types."""
    EventIndexPage.view = event_index
    EventPage.view = event
    EventPage.preview = preview
