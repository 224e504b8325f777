"""Dates as schema.org events, for search engines (schema.org/Event, JSON-LD 1.1)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString, mark_safe

from prevent_content.templatetags.prevent_content_tags import page_language

from .english_dates import LONDON
from .models import AttendanceMode, EventPage, Occurrence, Venue
from .signals import offers_wanted

# Escaped so that no text can end a script element or begin a comment in it.
_ESCAPED = {ord(character): f"\\u{ord(character):04X}" for character in "<>&"}

Status = Occurrence.Status
MODES = {
    AttendanceMode.IN_PERSON: "OfflineEventAttendanceMode",
    AttendanceMode.ONLINE: "OnlineEventAttendanceMode",
    AttendanceMode.BOTH: "MixedEventAttendanceMode",
}


@dataclass(frozen=True, slots=True)
class RegistrationOffer:
    """Where to register for a date that is open; ``path`` is on the site."""

    path: str
    is_full: bool = False


def registration_offers(
    event: EventPage, occurrences: list[Occurrence], *, at: datetime
) -> dict[int, RegistrationOffer]:
    """Return the offers for those of ``occurrences`` open for registration at ``at``."""
    offers: dict[int, RegistrationOffer] = {}
    for _receiver, answer in offers_wanted.send(
        sender=EventPage, event=event, occurrences=occurrences, at=at
    ):
        offers |= answer
    return offers


def event_object(
    event: EventPage,
    occurrence: Occurrence,
    *,
    site: str,
    path: str,
    offer: RegistrationOffer | None = None,
) -> dict:
    """Return the schema.org ``Event`` of one date.

    ``site`` is the site's absolute address and ``path`` the event page's path on it. The
    organiser's inbox and the joining link are left out.
    """
    url = f"{site}{path}?date={occurrence.starts_on.isoformat()}"
    mode = occurrence.attendance_mode
    found = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": f"urn:uuid:{occurrence.uuid}",
        "name": event.title,
        "description": event.summary,
        "url": url,
        "startDate": local(occurrence.starts_at),
        "endDate": local(occurrence.ends_at),
        "eventStatus": event_status(occurrence),
        "eventAttendanceMode": f"https://schema.org/{MODES[mode]}",
        "isAccessibleForFree": True,
        "inLanguage": page_language(),
    }
    if occurrence.is_rescheduled:
        found["previousStartDate"] = local(occurrence.previous_starts_at)
    if place := location(occurrence.place, mode, url):
        found["location"] = place
    if event.organiser:
        found["organizer"] = {"@type": "Organization", "name": event.organiser.team, "url": site}
    if offer:
        found["offers"] = {
            "@type": "Offer",
            "url": f"{site}{offer.path}",
            "price": "0",
            "priceCurrency": "GBP",
            "availability": f"https://schema.org/{'SoldOut' if offer.is_full else 'InStock'}",
        }
    return found


def local(moment: datetime) -> str:
    return moment.astimezone(LONDON).isoformat()


def event_status(occurrence: Occurrence) -> str | list[str]:
    """Return the status of the date; two values if both place and time have changed."""
    if occurrence.status == Status.CANCELLED:
        return "https://schema.org/EventCancelled"
    if occurrence.status == Status.POSTPONED:
        return "https://schema.org/EventPostponed"
    changes = []
    if occurrence.status == Status.MOVED_ONLINE:
        changes.append("https://schema.org/EventMovedOnline")
    if occurrence.is_rescheduled:
        changes.append("https://schema.org/EventRescheduled")
    if len(changes) > 1:
        return changes
    return changes[0] if changes else "https://schema.org/EventScheduled"


def location(venue: Venue | None, mode: str, url: str) -> dict | list[dict] | None:
    places = []
    if venue and mode != AttendanceMode.ONLINE:
        places.append(place_object(venue))
    if mode != AttendanceMode.IN_PERSON:
        places.append({"@type": "VirtualLocation", "url": url})
    if len(places) > 1:
        return places
    return places[0] if places else None


def place_object(venue: Venue) -> dict:
    place = {
        "@type": "Place",
        "name": venue.name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": ", ".join(venue.address_lines[:-1]),
            "postalCode": venue.postcode,
            "addressCountry": "GB",
        },
    }
    if venue.map_url:
        place["hasMap"] = venue.map_url
    return place


def as_script(found: dict) -> SafeString:
    """Return a ``script`` element with the object; no text in it can end it."""
    text = json.dumps(found, separators=(",", ":")).translate(_ESCAPED)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 # nosec


def scripts(
    event: EventPage,
    occurrences: Iterable[Occurrence],
    *,
    site: str,
    path: str,
    at: datetime,
) -> SafeString:
    """Return a ``script`` element for each date, with where to register if possible."""
    rows = list(occurrences)
    offers = registration_offers(event, rows, at=at)
    objects = (
        event_object(event, row, site=site, path=path, offer=offers.get(row.pk)) for row in rows
    )
    return mark_safe("\n".join(map(as_script, objects)))  # noqa: S308 # nosec
