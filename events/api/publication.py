"""Which site is asked, what it shows to everybody, and how recent that is."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet, Subquery
from django.http import Http404, HttpRequest
from django.utils import timezone
from wagtail.models import Site

from prevent_content.addresses import site_address
from prevent_content.api.conditional import etag_of
from prevent_content.api.representations import restricted_pages
from prevent_content.models import PublicVersion

from ..english_dates import LONDON
from ..models import CalendarVersion, EventPage
from ..models.occurrences import site_paths


@dataclass(frozen=True, slots=True)
class Publication:
    """What the site of a request publishes at present: how copies of it are recognised.

    ``today`` is the London date; answers that depend on it change at midnight.
    """

    site: Site
    address: str
    today: date
    numbers: tuple[int, int]
    changed_at: datetime

    @classmethod
    def of(cls, request: HttpRequest) -> "Publication":
        """Return that of the site that answers to ``request``; raise ``Http404`` without one."""
        site = Site.find_for_request(request)
        if site is None:
            raise Http404("No site answers to this address")
        public = PublicVersion.objects.filter(pk=1)
        version = (
            CalendarVersion.objects.filter(pk=1)
            .annotate(
                public_number=Subquery(public.values("number")),
                public_changed_at=Subquery(public.values("changed_at")),
            )
            .first()
        )
        if version is None:
            # There never was a date; as soon as there is one, there is a row.
            version, row = CalendarVersion(changed_at=None), public.first()
            version.public_number = row.number if row else 0
            version.public_changed_at = row.changed_at if row else None
        today = timezone.now().astimezone(LONDON).date()
        midnight = datetime.combine(today, time(), LONDON)
        moments = [version.changed_at, version.public_changed_at, midnight]
        return cls(
            site=site,
            address=site_address(site),
            today=today,
            numbers=(version.number, version.public_number or 0),
            changed_at=max(filter(None, moments)),
        )

    def etag(self, *parts: object) -> str:
        return etag_of(self.site.pk, self.numbers, self.today, *parts)


def public_events(site: Site) -> QuerySet[EventPage]:
    """Return the events that ``site`` shows to everybody."""
    below = Q()
    for path in site_paths(site):
        below |= Q(path__startswith=path)
    return EventPage.objects.live().filter(below).exclude(restricted_pages())
