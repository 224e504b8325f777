"""Where a visitor's own calendar finds an event: files, subscriptions, and other services."""

from dataclasses import dataclass
from datetime import UTC
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from wagtail.models import Site

from prevent_content.links import site_address

from .calendars import EventTexts, location
from .models import EventPage, Occurrence

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/action/compose"
OUTLOOK_AT_WORK = "https://outlook.office.com/calendar/action/compose"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A calendar to subscribe to: its path on the site, and its absolute address."""

    path: str
    address: str

    @property
    def webcal(self) -> str:
        """Return the address that makes a device's own calendar subscribe."""
        return f"webcal://{self.address.partition('://')[2]}"


@dataclass(frozen=True, slots=True)
class DateLinks:
    """Ways to put one date into a calendar."""

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

    The times in them are in UTC. What they say is public, and as neutral as the calendar file.
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
