"""The addresses of events and dates."""

from datetime import date
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router
from ninja.errors import ValidationError
from ninja.responses import Response
from wagtail.models import Locale

from prevent_content.api.http import unless_known
from prevent_content.api.openapi import documented
from prevent_content.api.serializers import as_html

from ..models import AttendanceMode, EventPage, Occurrence
from ..models.occurrences import OccurrenceQuerySet, site_roots
from ..translations import in_language
from ..views import NOT_GOING_AHEAD
from . import examples
from .schemas import (
    EPOCH,
    CursorError,
    EventList,
    EventObject,
    EventQuery,
    OccurrenceDetail,
    OccurrenceList,
    OccurrenceQuery,
    PageId,
    read_cursor,
    write_cursor,
)
from .serializers import (
    Publication,
    event_link,
    event_object,
    occurrence_detail,
    occurrence_object,
    public_events,
)

router = Router(tags=["Events"])


def found(schema: type, said: dict) -> Response:
    """Return ``said`` as a ``schema``; raise if they disagree."""
    return Response(schema.model_validate(said).model_dump(mode="json", by_alias=True))


@router.get(
    "/events/",
    response=EventList,
    url_name="events",
    operation_id="listEvents",
    summary="All events",
    openapi_extra=documented(examples.EVENT_LIST, 400),
)
def list_events(request: HttpRequest, query: Query[EventQuery]) -> HttpResponse:
    """Published events, in the order in which they were created."""
    publication = Publication.of(request)

    def build() -> Response:
        events = public_events(publication.site).order_by("pk")
        events = events.filter(path__startswith=edition_root(query.locale, publication))
        if query.cursor:
            events = events.filter(pk__gt=position(query.cursor)[1])
        rows = list(events.select_related("locale").defer_streamfields()[: query.limit + 1])
        shown = rows[: query.limit]
        cursor = write_cursor(EPOCH, shown[-1].pk) if len(rows) > query.limit else None
        items = [event_link(event, request, publication) for event in shown]
        return listed(request, EventList, items, cursor, publication)

    return answer(request, publication, build)


@router.get(
    "/events/{int:page_id}/",
    response=EventObject,
    url_name="event",
    operation_id="getEvent",
    summary="One event",
    openapi_extra=documented(examples.EVENT),
)
def get_event(request: HttpRequest, page_id: Path[PageId]) -> HttpResponse:
    """All public details of an event, including its next date."""
    publication = Publication.of(request)

    def build() -> Response:
        events = public_events(publication.site).select_related("venue", "organiser", "locale")
        event = get_object_or_404(events, pk=page_id)
        coming = next_date(event, publication)
        as_html(request)
        return found(EventObject, event_object(event, request, publication, next_occurrence=coming))

    return answer(request, publication, build)


def next_date(event: EventPage, publication: Publication) -> Occurrence | None:
    """Return the next date from today that goes ahead, or else the next one of any kind."""
    coming = public_occurrences(publication).of_event(event)
    coming = coming.between(publication.today, date.max)
    row = coming.exclude(status__in=NOT_GOING_AHEAD).first() or coming.first()
    if row is not None:
        row.show_as(event)
    return row


@router.get(
    "/occurrences/",
    response=OccurrenceList,
    url_name="occurrences",
    operation_id="listOccurrences",
    summary="Dates of events",
    openapi_extra=documented(examples.OCCURRENCE_LIST, 400),
)
def list_occurrences(request: HttpRequest, query: Query[OccurrenceQuery]) -> HttpResponse:
    """Dates from `from` to `to`, including cancelled ones.

    Follow `next` until it is empty. There is no count: the cost of a page does not depend on how
    many there are.
    """
    publication = Publication.of(request)

    def build() -> Response:
        rows = in_language(
            chosen(query, publication)[: query.limit + 1], edition_locale(query.locale, publication)
        )
        shown = rows[: query.limit]
        is_last = len(rows) <= query.limit
        cursor = None if is_last else write_cursor(shown[-1].starts_at, shown[-1].pk)
        items = [occurrence_object(row, request, publication) for row in shown]
        return listed(request, OccurrenceList, items, cursor, publication)

    return answer(request, publication, build)


def chosen(query: OccurrenceQuery, publication: Publication) -> OccurrenceQuerySet:
    """Return the dates that ``query`` selects, in its order."""
    since = query.since or publication.today
    until = query.until or date.max
    if until < since:
        raise wrong("to", "Enter a date that is not before “from”")
    rows = public_occurrences(publication).between(since, until)
    if query.status:
        rows = rows.filter(status__in=query.status)
    if query.event:
        named = EventPage.objects.filter(pk__in=query.event)
        rows = rows.filter(event__translation_key__in=named.values("translation_key"))
    if query.attendance_mode:
        rows = rows.filter(reduce(or_, map(held, query.attendance_mode)))
    if query.near:
        rows = rows.annotate(postcode=Coalesce("venue__postcode", "event__venue__postcode"))
        rows = rows.filter(~held(AttendanceMode.ONLINE), postcode__istartswith=f"{query.near} ")
    latest_first = query.ordering == "-starts_at"
    if query.cursor:
        starts_at, key = position(query.cursor)
        way = "lt" if latest_first else "gt"
        rows = rows.filter(
            Q(**{f"starts_at__{way}": starts_at}) | Q(starts_at=starts_at, **{f"pk__{way}": key})
        )
    return rows.order_by("-starts_at", "-id") if latest_first else rows


def edition_root(locale: str | None, publication: Publication) -> str:
    """Return the tree path of the site's pages in ``locale``, or in its main language."""
    roots = site_roots(publication.site)
    if locale and locale not in roots:
        raise wrong("locale", f"This site has: {', '.join(roots)}")
    return roots[locale] if locale else next(iter(roots.values()))


def edition_locale(locale: str | None, publication: Publication) -> int | None:
    """Return the key of ``locale``, or of the site's main language."""
    root = publication.site.root_page
    if edition_root(locale, publication) == root.path:
        return root.locale_id
    language = locale or next(iter(site_roots(publication.site)))
    found = Locale.objects.filter(language_code=language).first()
    return found.pk if found else None


def held(mode: str) -> Q:
    """Return the filter for dates held in ``mode``: a date's own mode overrides its event's."""
    moved = Q(status=Occurrence.Status.MOVED_ONLINE)
    if mode == AttendanceMode.ONLINE:
        return moved | Q(event__attendance_mode=mode)
    return ~moved & Q(event__attendance_mode=mode)


def position(cursor: str) -> tuple:
    try:
        return read_cursor(cursor)
    except CursorError:
        raise wrong("cursor", "Use the “next_cursor” of an earlier answer") from None


def wrong(parameter: str, sentence: str) -> ValidationError:
    return ValidationError([{"loc": ("query", parameter), "msg": sentence}])


@router.get(
    "/occurrences/{uuid:uuid}/",
    response=OccurrenceDetail,
    url_name="occurrence",
    operation_id="getOccurrence",
    summary="One date",
    openapi_extra=documented(examples.OCCURRENCE_DETAIL),
)
def get_occurrence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One date of an event."""
    publication = Publication.of(request)

    def build() -> Response:
        row = public_occurrences(publication).filter(uuid=uuid).first()
        if row is None:
            raise Http404
        return found(OccurrenceDetail, occurrence_detail(row, request, publication))

    return answer(request, publication, build)


def public_occurrences(publication: Publication) -> OccurrenceQuerySet:
    return (
        Occurrence.objects.public()
        .of_site(publication.site)
        .for_display()
        .select_related("event__locale")
    )


def answer(request: HttpRequest, publication: Publication, build) -> HttpResponse:
    return unless_known(
        request,
        build,
        etag=publication.etag(request.get_full_path()),
        changed_at=publication.changed_at,
    )


def listed(
    request: HttpRequest,
    schema: type,
    items: list[dict],
    cursor: str | None,
    publication: Publication,
) -> Response:
    """Return a page of a list, with its continuation in the body and the header Link."""
    following = None
    if cursor:
        query = request.GET.copy()
        query["cursor"] = cursor
        following = f"{publication.address}{request.path}?{query.urlencode()}"
    response = found(schema, {"items": items, "next_cursor": cursor, "next": following})
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return response
