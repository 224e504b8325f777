"""Calendar entries of occurrences, rendered when they change and stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Site

from prevent_content.links import page_address, site_address

from . import ics
from .blocks import lines_of
from .models import AttendanceMode, EventPage, Occurrence, Venue
from .models.occurrences import OccurrenceQuerySet

ROWS_AT_ONCE = 1000
PRIVATE_WORD = "prevent"

Status = Occurrence.Status
STATUSES: dict[str, ics.Status] = {
    Status.CANCELLED: "CANCELLED",
    Status.POSTPONED: "TENTATIVE",
}
PREFIXES = {Status.CANCELLED: "Cancelled: ", Status.POSTPONED: "Postponed: "}
GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/action/compose"
OUTLOOK_AT_WORK = "https://outlook.office.com/calendar/action/compose"


@dataclass(frozen=True, slots=True)
class EventTexts:
    """Texts shared by the calendar entries of all dates of an event."""

    event: EventPage
    title: str
    is_private: bool
    address: str
    paragraphs: tuple[str, ...]
    online_paragraphs: tuple[str, ...] = ()
    # Text for dates with the same status, reason and venue, as most of an event's dates have.
    said: dict[tuple, dict] = field(default_factory=dict)

    @classmethod
    def of(cls, event: EventPage) -> "EventTexts":
        """Return the texts of ``event`` from its page as it is now."""
        return cls(
            event=event,
            title=event.calendar_title or event.title,
            is_private=bool(event.calendar_title),
            address=page_address(event),
            paragraphs=paragraphs_of(event, is_online=False),
            online_paragraphs=paragraphs_of(event, is_online=True),
        )

    def entry(self, row: Occurrence) -> ics.CalendarEntry:
        """Return the calendar entry of the date ``row``."""
        like = (row.status, row.reason, row.is_rescheduled, row.venue_id)
        if like not in self.said:
            self.said[like] = self.words(row)
        return ics.CalendarEntry(
            uid=str(row.uuid),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            stamp=row.changed_at,
            created=row.created_at,
            url=self.url(row),
            sequence=row.sequence,
            **self.said[like],
        )

    def words(self, row: Occurrence) -> dict:
        """Return the entry of ``row`` without its identity, times and revision."""
        place = row.place
        return {
            "title": PREFIXES.get(row.status, "") + self.title,
            "description": self.description(row, place),
            "location": location(row, place),
            "status": STATUSES.get(row.status, "CONFIRMED"),
            "geo": position(place) if place else None,
        }

    def description(self, row: Occurrence, place: Venue | None) -> str:
        parts = [
            f"{change_label(row)}: {row.reason}" if row.reason else "",
            *(self.online_paragraphs if is_held_online(row) else self.paragraphs),
            place.note if place else "",
            self.address,
        ]
        text = "\n\n".join(filter(None, parts))
        if not self.is_private:
            return text
        lines = (line for line in text.split("\n") if PRIVATE_WORD not in line.casefold())
        return "\n".join(lines).strip()

    def url(self, row: Occurrence) -> str:
        """Return the address of the page at this date, or one that does not name the page."""
        if not self.address:
            return ""
        if not self.is_private:
            return f"{self.address}?date={row.starts_on.isoformat()}"
        parts = urlsplit(self.address)
        path = reverse("prevent_events:occurrence", args=[row.uuid])
        return f"{parts.scheme}://{parts.netloc}{path}"


def paragraphs_of(event: EventPage, *, is_online: bool) -> tuple[str, ...]:
    """Return the text for every date of ``event`` that is (or is not) online."""
    lines = [child.block.line(child.value) for child in lines_of(event.agenda, is_online=is_online)]
    paragraphs = [
        event.summary,
        "\n".join(filter(None, [_("Running order"), *lines])) if lines else "",
        _("Organised by %(team)s") % {"team": event.organiser.team} if event.organiser else "",
    ]
    return tuple(filter(None, paragraphs))


def is_held_online(row: Occurrence) -> bool:
    return row.attendance_mode == AttendanceMode.ONLINE


def location(row: Occurrence, place: Venue | None) -> str:
    if is_held_online(row):
        return _("Online")
    if place is None:
        return ""
    where = ", ".join([place.name, *place.address_lines])
    is_online_too = row.attendance_mode == AttendanceMode.BOTH
    return _("%(place)s, and online") % {"place": where} if is_online_too else where


def position(place: Venue) -> tuple[float, float] | None:
    """Return the venue's latitude and longitude, unless they are unknown."""
    geo = place.geo
    return geo if geo and abs(geo[0]) <= 90 and abs(geo[1]) <= 180 else None


def change_label(row: Occurrence) -> str:
    if row.status != Status.SCHEDULED:
        return str(row.get_status_display())
    return _("New time") if row.is_rescheduled else _("Changed")


def in_language_of(event: EventPage) -> translation.override:
    """Activate the language of ``event``, whatever the publisher's own language."""
    return translation.override(event.locale.language_code)


def render(event: EventPage, rows: list[Occurrence]) -> list[bytes]:
    """Return the VEVENT of each of ``rows``, all of them dates of ``event``."""
    with in_language_of(event):
        texts = EventTexts.of(event)
        return [ics.vevent(texts.entry(row)) for row in rows]


def revise(event: EventPage, rows: list[Occurrence], *, at: datetime) -> list[Occurrence]:
    """Render ``rows`` again; return those whose entry differs, for the caller to save.

    A row whose entry changes gets a new revision: next sequence, changed at ``at``. A first entry
    does not.
    """
    with in_language_of(event):
        texts = EventTexts.of(event)
        entries = [ics.vevent(texts.entry(row)) for row in rows]
    new, differing = [], []
    for row, rendered in zip(rows, entries, strict=True):
        if not row.vevent:
            row.vevent = rendered
            new.append(row)
        elif bytes(row.vevent) != rendered or row.title != event.title:
            row.sequence += 1
            row.changed_at = at
            differing.append(row)
        row.title = event.title
    with in_language_of(event):
        for row in differing:
            row.vevent = ics.vevent(texts.entry(row))
    return new + differing


def kept_entries(occurrences: OccurrenceQuerySet) -> Iterator[bytes | memoryview]:
    """Yield the VEVENTs of ``occurrences`` in batches, in key order.

    Keys never change, so nothing is repeated or missed while dates are moved.
    """
    last = 0
    while True:
        rows = list(
            occurrences.order_by("pk")
            .filter(pk__gt=last)
            .values_list("pk", "vevent")[:ROWS_AT_ONCE]
        )
        missing = [key for key, vevent in rows if not vevent]
        rendered = render_missing(missing) if missing else {}
        for key, vevent in rows:
            yield vevent or rendered[key]
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1][0]


def render_missing(keys: list[int]) -> dict[int, bytes]:
    """Return the VEVENTs of dates not rendered yet, by key."""
    rows = Occurrence.objects.filter(pk__in=keys).select_related(
        "event__venue", "event__organiser", "event__locale", "venue"
    )
    return {row.pk: render(row.event, [row])[0] for row in rows}


def calendar_file(occurrence: Occurrence) -> bytes:
    """Return a calendar file of one date, as attached to an email.

    A date whose page is gone keeps its last entry; without one, the file has no events.
    """
    vevent = bytes(occurrence.vevent)
    if not vevent and occurrence.event:
        (vevent,) = render(occurrence.event, [occurrence])
    return b"".join(ics.calendar([vevent], name=calendar_name(occurrence)))


def calendar_name(occurrence: Occurrence) -> str:
    event = occurrence.event
    return (event.calendar_title if event else "") or occurrence.title


def file_name(event: EventPage | None, occurrence: Occurrence | None = None) -> str:
    """Return a neutral name for a calendar file, without extension."""
    name = slugify(event.calendar_title) if event else ""
    name = name or ("event" if event else "events")
    return f"{name}-{occurrence.starts_on.isoformat()}" if occurrence else name


@dataclass(frozen=True, slots=True)
class Subscription:
    """A calendar to subscribe to: its path on the site, and its absolute address."""

    path: str
    address: str

    @property
    def webcal(self) -> str:
        """Return the address that makes a device subscribe in its own calendar."""
        return f"webcal://{self.address.partition('://')[2]}"


@dataclass(frozen=True, slots=True)
class DateLinks:
    """Ways to add one date to a calendar."""

    download: str
    google: str
    outlook: str
    outlook_at_work: str


def all_events(request: HttpRequest) -> Subscription | None:
    """Return the calendar of all dates of the site in the active language."""
    return subscription(request, reverse("prevent_events:calendar") + edition_query())


def atom_path() -> str:
    """Return the path of the Atom feed in the active language."""
    return reverse("prevent_events:atom") + edition_query()


def edition_query() -> str:
    """Return the query that asks a feed for the active language; the main one needs none."""
    language = get_language() or settings.LANGUAGE_CODE
    return "" if language == settings.LANGUAGE_CODE else f"?language={language}"


def dates_of_event(request: HttpRequest, event: EventPage) -> Subscription | None:
    return subscription(request, reverse("prevent_events:event_calendar", args=[event.pk]))


def subscription(request: HttpRequest, path: str) -> Subscription | None:
    site = Site.find_for_request(request)
    return Subscription(path, site_address(site) + path) if site else None


def links_for(occurrence: Occurrence, *, address: str) -> DateLinks:
    """Return the links for ``occurrence``, whose page is at the absolute ``address``.

    Their times are in UTC. Their text is public, and as neutral as the calendar file.
    """
    event = occurrence.event
    texts = EventTexts(
        event=event,
        title=event.calendar_title or event.title,
        is_private=bool(event.calendar_title),
        address=address,
        paragraphs=(),
    )
    entry = texts.entry(occurrence)
    starts, ends = (moment.astimezone(UTC) for moment in (entry.starts_at, entry.ends_at))
    where = location(occurrence, occurrence.place)
    google = {
        "action": "TEMPLATE",
        "text": entry.title,
        "dates": f"{starts:%Y%m%dT%H%M%SZ}/{ends:%Y%m%dT%H%M%SZ}",
        "location": where,
        "details": entry.url,
    }
    outlook = urlencode(
        {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "subject": entry.title,
            "startdt": f"{starts:%Y-%m-%dT%H:%M:%SZ}",
            "enddt": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
            "location": where,
            "body": entry.url,
        }
    )
    return DateLinks(
        download=reverse("prevent_events:occurrence_calendar", args=[occurrence.uuid]),
        google=f"{GOOGLE}?{urlencode(google)}",
        outlook=f"{OUTLOOK}?{outlook}",
        outlook_at_work=f"{OUTLOOK_AT_WORK}?{outlook}",
    )
