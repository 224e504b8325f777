"""A site's publication, its events and dates as API objects.

Every time has an offset and is in London's zone.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from prevent_content.api.http import etag_of
from prevent_content.api.serializers import search_object, stream_object
from prevent_content.links import page_address, restricted_pages, site_address
from prevent_content.public_version import PublicVersion

from ..calendars import Subscription
from ..english_dates import LONDON
from ..models import AttendanceMode, EventPage, Occurrence, OccurrenceChange
from ..models.occurrences import site_paths
from ..rules import describe
from ..signals import registration_forms

CHANGES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Publication:
    """What the site of a request currently publishes, and how copies of it are validated.

    ``today`` is the London date; answers that depend on it change at midnight.
    """

    site: Site
    address: str
    today: date
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, request: HttpRequest) -> "Publication":
        """Return the publication of the site serving ``request``; raise ``Http404`` without one."""
        site = Site.find_for_request(request)
        if site is None:
            raise Http404("There is no site at this address")
        version = PublicVersion.current()
        today = timezone.now().astimezone(LONDON).date()
        midnight = datetime.combine(today, time(), LONDON)
        return cls(
            site=site,
            address=site_address(site),
            today=today,
            version=version.number,
            changed_at=max(filter(None, (version.changed_at, midnight))),
        )

    def etag(self, *parts: object) -> str:
        return etag_of(self.site.pk, self.version, self.today, *parts)


def public_events(site: Site) -> QuerySet[EventPage]:
    """Return the public events of ``site``, in every language."""
    below = Q()
    for path in site_paths(site):
        below |= Q(path__startswith=path)
    return EventPage.objects.live().filter(below).exclude(restricted_pages())


def local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(LONDON) if moment else None


def event_link(event: EventPage, request: HttpRequest, publication: Publication) -> dict:
    return {
        "id": event.pk,
        "locale": event.locale.language_code,
        "title": event.title,
        "summary": event.summary,
        "url": page_url(event, request, publication),
        "detail_url": api_url(publication, "event", event.pk),
    }


def page_url(event: EventPage, request: HttpRequest, publication: Publication) -> str:
    return page_address(event, request) or publication.address


def api_url(publication: Publication, name: str, *args: object) -> str:
    return publication.address + reverse(f"prevent_api:{name}", args=args)


def occurrence_object(
    occurrence: Occurrence, request: HttpRequest, publication: Publication
) -> dict:
    """Return a date in its current state."""
    event = event_link(occurrence.event, request, publication)
    place = occurrence.place
    ics = reverse("prevent_events:occurrence_calendar", args=[occurrence.uuid])
    return {
        "id": occurrence.uuid,
        "event": event,
        "date": occurrence.starts_on,
        "starts_at": local(occurrence.starts_at),
        "ends_at": local(occurrence.ends_at),
        "time_zone": LONDON.key,
        "previous_starts_at": local(occurrence.previous_starts_at),
        "status": occurrence.status,
        "reason": occurrence.reason,
        "attendance_mode": occurrence.attendance_mode,
        "venue": place.public_object() if place else None,
        "sequence": occurrence.sequence,
        "changed_at": local(occurrence.changed_at),
        "url": f"{event['url']}?date={occurrence.starts_on.isoformat()}",
        "detail_url": api_url(publication, "occurrence", occurrence.uuid),
        "ics_url": publication.address + ics,
    }


def occurrence_detail(
    occurrence: Occurrence, request: HttpRequest, publication: Publication
) -> dict:
    """Return a date with the lines of the running order that apply to it."""
    is_online = occurrence.attendance_mode == AttendanceMode.ONLINE
    agenda = stream_object(occurrence.event.agenda, request)
    return occurrence_object(occurrence, request, publication) | {
        "agenda": [line for line in agenda if not (is_online and line["place_bound"])]
    }


def event_object(
    event: EventPage,
    request: HttpRequest,
    publication: Publication,
    *,
    next_occurrence: Occurrence | None,
) -> dict:
    """Return the public details of an event."""
    link = event_link(event, request, publication)
    calendar = publication.address + reverse("prevent_events:event_calendar", args=[event.pk])
    form = registration_forms([event.pk]).get(event.pk)
    changes = (
        OccurrenceChange.objects.filter(occurrence__event=event)
        .select_related("occurrence")
        .defer("occurrence__vevent")
        .order_by("-at", "-id")[:CHANGES_SHOWN]
    )
    return link | {
        "audience": event.audience,
        "attendance_mode": event.attendance_mode,
        "venue": event.venue.public_object() if event.venue else None,
        "organiser": event.organiser.public_object() if event.organiser else None,
        "speakers": [speaker.public_object() for speaker in event.speakers],
        "schedule": schedule_object(event),
        "agenda": stream_object(event.agenda, request),
        "body": stream_object(event.body, request),
        "next_occurrence": (
            occurrence_object(next_occurrence, request, publication) if next_occurrence else None
        ),
        "occurrences_url": f"{api_url(publication, 'occurrences')}?event={event.pk}",
        "calendar": {"ics_url": calendar, "webcal_url": Subscription("", calendar).webcal},
        "registration": (
            {"form_url": api_url(publication, "registration_form", form)} if form else None
        ),
        "changes": [change_object(change) for change in changes],
        "search": search_object(event, request),
        "first_published_at": local(event.first_published_at),
        "last_published_at": local(event.last_published_at),
    }


def schedule_object(event: EventPage) -> dict:
    return {
        "first_date": event.date,
        "starts": f"{event.starts:%H:%M}",
        "ends": f"{event.ends:%H:%M}",
        "time_zone": LONDON.key,
        "rule": event.rule,
        "in_words": describe(event.rule),
    }


def change_object(change: OccurrenceChange) -> dict:
    return {
        "occurrence": change.occurrence.uuid,
        "at": local(change.at),
        "action": change.action,
        "sentence": change.sentence,
        "reason": change.reason,
    }
