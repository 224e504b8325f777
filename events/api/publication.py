"""Which site is asked, what it shows to everybody, and how recent that is."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from wagtail.models import Site

from prevent_content.api.http import etag_of
from prevent_content.links import site_address
from prevent_content.public_version import PublicVersion
from prevent_content.visibility import restricted_pages

from ..english_dates import LONDON
from ..models import EventPage
from ..models.occurrences import site_paths


@dataclass(frozen=True, slots=True)
class Publication:
    """What the site of a request publishes at present: how copies of it are recognised.

    ``today`` is the London date; answers that depend on it change at midnight.
    """

    site: Site
    address: str
    today: date
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, request: HttpRequest) -> "Publication":
        """Return that of the site that answers to ``request``; raise ``Http404`` without one."""
        site = Site.find_for_request(request)
        if site is None:
            raise Http404("No site answers to this address")
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
    """Return the events that ``site`` shows to everybody, in every language."""
    below = Q()
    for path in site_paths(site):
        below |= Q(path__startswith=path)
    return EventPage.objects.live().filter(below).exclude(restricted_pages())
