"""Calendar files to download or subscribe to, and the Atom feed of coming dates.

They contain only what the requested site shows to everyone.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import wraps
from hashlib import blake2b
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Max, Sum
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe
from wagtail.models import Locale, PageLogEntry, Site

from prevent_content.links import is_open, site_address
from prevent_content.public_version import PublicVersion

from . import ics
from .calendars import PREFIXES, ROWS_AT_ONCE, calendar_name, file_name, kept_entries, render
from .models import EventPage, Occurrence
from .models.occurrences import OccurrenceQuerySet, site_paths, site_roots
from .translations import in_language

View = Callable[..., HttpResponse]

CALENDAR_NAME = "Community events"
ATOM_ENTRIES = 50
# The largest page key; databases refuse to look for larger ones.
LARGEST_PAGE_KEY = 2**31 - 1
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Copies are revalidated after a minute, which costs one small query.
CACHE_CONTROL = "public, max-age=60"


class Gone(Exception):
    """An event that was public is not any more, and nothing of it lies ahead."""


def public_file(*parameters: str) -> Callable[[View], View]:
    """Let a view answer GET and HEAD, and 400 to parameters other than ``parameters``.

    So no address makes copies in the page cache.
    """

    def decorated(view: View) -> View:
        @require_safe
        @wraps(view)
        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            unknown = sorted(set(request.GET) - {*parameters})
            if unknown:
                known = f"It takes {', '.join(parameters)}." if parameters else "It takes none."
                text = f"This address does not take the parameter {unknown[0]}. {known}\n"
                return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
            try:
                return view(request, *args, **kwargs)
            except Gone:
                text = "This event is no longer on this website. You can remove its calendar.\n"
                return HttpResponse(text, status=410, content_type="text/plain; charset=utf-8")

        wrapper.cached_by_whole_query = True
        return wrapper

    return decorated


def requesting_site(request: HttpRequest) -> Site:
    site = Site.find_for_request(request)
    if site is None:
        raise Http404("There is no site at this address")
    return site


def public_dates(request: HttpRequest) -> OccurrenceQuerySet:
    return Occurrence.objects.public().of_site(requesting_site(request))


def chosen_edition(request: HttpRequest, site: Site) -> tuple[str, OccurrenceQuerySet]:
    """Return the language of ``?language=`` (default: the site's), and the site's public dates.

    404 for a language that the site does not have.
    """
    roots = site_roots(site)
    language = request.GET.get("language") or next(iter(roots))
    if language not in roots:
        raise Http404("This site has no such language")
    return language, Occurrence.objects.public().below(*roots.values())


def translated_entries(occurrences: OccurrenceQuerySet, language: str) -> Iterator[bytes]:
    """Yield the VEVENTs of ``occurrences``, in ``language`` where they are translated."""
    locale = Locale.objects.filter(language_code=language).first()
    rows = occurrences.order_by("pk").select_related(
        "event__venue", "event__organiser", "event__locale", "venue"
    )
    for batch in batched(rows.iterator(chunk_size=ROWS_AT_ONCE)):
        kept = {row.pk: (row.event_id, row.vevent) for row in batch}
        for row in in_language(batch, locale.pk if locale else None):
            event_id, vevent = kept[row.pk]
            if row.event_id == event_id and vevent:
                yield bytes(vevent)
            else:
                yield render(row.event, [row])[0]


def batched(rows: Iterator[Occurrence]) -> Iterator[list[Occurrence]]:
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        yield batch


@public_file("language")
def all_dates(request: HttpRequest) -> HttpResponse:
    """Answer with all public dates of the site, including past and cancelled ones.

    In one language: see ``chosen_edition``.
    """
    site = requesting_site(request)
    language, occurrences = chosen_edition(request, site)
    version = PublicVersion.current()
    return calendar_response(
        request,
        occurrences,
        name=site.site_name or CALENDAR_NAME,
        file=file_name(None),
        version=(site.pk, language, version.number),
        changed_at=version.changed_at,
        language=language,
    )


@public_file()
def dates_of_event(request: HttpRequest, page_id: int) -> HttpResponse:
    """Answer with all dates of one event, which is public and has a date, else 404.

    An event that is no longer published has its remaining dates as cancelled until they have
    passed, then 410.
    """
    event = was_public(page_id)
    occurrences = public_dates(request).of_event(event)
    state = occurrences.aggregate(
        rows=Count("pk"), revisions=Sum("sequence"), changed_at=Max("changed_at")
    )
    if not state["rows"]:
        return remaining_dates(request, event)
    return calendar_response(
        request,
        occurrences,
        name=event.calendar_title or event.title,
        file=file_name(event),
        version=tuple(state.values()),
        # A date that was removed changed last, and is no longer there to say so.
        changed_at=max(filter(None, (state["changed_at"], PublicVersion.current().changed_at))),
        language=event.locale.language_code,
    )


def was_public(page_id: int) -> EventPage:
    """Return the event that is or was published for everyone; 404 if there never was one.

    Raises ``Gone`` for a page that was deleted: only the log still knows of it.
    """
    if page_id > LARGEST_PAGE_KEY:
        raise Http404("No such event")
    pages = EventPage.objects.filter(is_open("path"), pk=page_id, first_published_at__isnull=False)
    event = pages.select_related("locale").defer("body", "agenda").first()
    if event is not None:
        return event
    of_events = ContentType.objects.get_for_model(EventPage)
    log = PageLogEntry.objects.filter(page_id=page_id, content_type=of_events)
    actions = set(log.values_list("action", flat=True))
    if {"wagtail.delete", "wagtail.publish"} <= actions:
        raise Gone
    raise Http404("No such event")


def remaining_dates(request: HttpRequest, event: EventPage) -> HttpResponse:
    """Answer with the coming dates of an unpublished ``event``, each cancelled; 410 without any."""
    site = requesting_site(request)
    if event.live or not any(event.path.startswith(path) for path in site_paths(site)):
        raise Http404("No such event")
    coming = Occurrence.objects.of_event(event).upcoming(at=timezone.now())
    rows = list(coming.select_related("event__venue", "event__organiser", "venue"))
    if not rows:
        raise Gone
    for row in rows:
        row.status = Occurrence.Status.CANCELLED
    version = PublicVersion.current()
    return calendar_response(
        request,
        coming,
        name=event.calendar_title or event.title,
        file=file_name(event),
        version=(event.pk, version.number, len(rows)),
        changed_at=version.changed_at,
        entries=iter(render(event, rows)),
    )


@public_file()
def one_date(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer with one date. 404 unless its page is public."""
    occurrence = find_date(request, uuid)
    return calendar_response(
        request,
        Occurrence.objects.filter(pk=occurrence.pk),
        name=calendar_name(occurrence),
        file=file_name(occurrence.event, occurrence),
        version=(occurrence.sequence, occurrence.changed_at),
        changed_at=occurrence.changed_at,
    )


@require_safe
def page_of_date(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Redirect to the event's page at this date, from an address that does not name the event."""
    occurrence = find_date(request, uuid)
    address = occurrence.event.get_url(request)
    return HttpResponseRedirect(f"{address}?date={occurrence.starts_on.isoformat()}")


def find_date(request: HttpRequest, uuid: UUID) -> Occurrence:
    return get_object_or_404(public_dates(request).for_display(), uuid=uuid)


def calendar_response(
    request: HttpRequest,
    occurrences: OccurrenceQuerySet,
    *,
    name: str,
    file: str,
    version: Iterable[object],
    changed_at: datetime | None,
    language: str = "",
    entries: Iterator[bytes] | None = None,
) -> HttpResponse:
    """Stream a calendar of ``occurrences``, or answer 304 without querying any of them.

    ``version`` differs whenever the entries do; ``changed_at`` is when they last did. ``entries``
    are VEVENTs to stream instead of those of the database.
    """
    if entries is None:
        is_translated = language and language != settings.LANGUAGE_CODE
        entries = (
            translated_entries(occurrences, language)
            if is_translated
            else kept_entries(occurrences)
        )
    stream = ics.calendar(entries, name=name)
    # The head is part of the ETag: it has the calendar's name, and a new release may write another.
    head = next(stream)
    tag = blake2b(repr((*version,)).encode() + head, digest_size=12).hexdigest()
    headers = {
        "Content-Disposition": f'attachment; filename="{file}.ics"',
        "Cache-Control": CACHE_CONTROL,
        "ETag": f'"{tag}"',
    }
    last_modified = int(changed_at.timestamp()) if changed_at else None
    if last_modified is not None:
        headers["Last-Modified"] = http_date(last_modified)
    content_type = "text/calendar; charset=utf-8"
    if request.method == "HEAD":
        response = HttpResponse(content_type=content_type, headers=headers)
    else:
        response = StreamingHttpResponse(
            joined(head, stream), content_type=content_type, headers=headers
        )
    # A time to come is no valid condition (RFC 9110, section 13.1.3): nobody has a copy of then.
    asked = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    is_to_come = asked is not None and asked > timezone.now().timestamp()
    return get_conditional_response(
        request,
        etag=headers["ETag"],
        last_modified=None if is_to_come else last_modified,
        response=response,
    )


def joined(head: bytes, rest: Iterable[bytes]) -> Iterable[bytes]:
    yield head
    yield from rest


@public_file("language")
def atom(request: HttpRequest) -> HttpResponse:
    """Answer with the coming dates, the next one first, for feed readers."""
    site = requesting_site(request)
    address = site_address(site)
    language, occurrences = chosen_edition(request, site)
    coming = occurrences.upcoming(at=timezone.now()).for_display()
    feed = Atom1Feed(
        title=printable(site.site_name or CALENDAR_NAME),
        subtitle="Coming dates, and what has changed about them",
        link=f"{address}/",
        feed_url=address + request.get_full_path(),
        description="",
        language=language,
        author_name=printable(site.site_name or CALENDAR_NAME),
    )
    locale = Locale.objects.filter(language_code=language).first()
    for row in in_language(coming[:ATOM_ENTRIES], locale.pk if locale else None):
        title = f"{PREFIXES.get(row.status, '')}{row.title}, {row.when}"
        feed.add_item(
            title=printable(title),
            link=f"{address}{row.event.get_url_parts(request)[2]}?date={row.starts_on.isoformat()}",
            # Feed readers treat a summary as HTML.
            description=escape(printable(" ".join(filter(None, [row.reason, row.event.summary])))),
            unique_id=f"urn:uuid:{row.uuid}",
            pubdate=row.created_at,
            updateddate=row.changed_at,
        )
    response = HttpResponse(content_type=feed.content_type)
    feed.write(response, "utf-8")
    response["Cache-Control"] = CACHE_CONTROL
    response["ETag"] = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    return get_conditional_response(request, etag=response["ETag"], response=response)


def printable(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return _NOT_IN_XML.sub("", text)
