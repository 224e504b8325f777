"""Template tags of event pages: times in words, and the next dates."""

from datetime import time

from django import template
from django.db.models import Q, Subquery
from django.template import Context
from django.utils import timezone
from django.utils.translation import get_language
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Site

from events.availability import add_availability
from events.dates_in_words import hours_in_words, month_and_year, time_in_words, weekday
from events.models import EventIndexPage, Occurrence
from events.translations import in_language

register = template.Library()

register.filter("time_in_words", time_in_words)
register.filter("weekday", weekday)
register.filter("month_and_year", month_and_year)


@register.simple_tag
def hours(starts: time, ends: time | None) -> str:
    """Return ``6pm to 7:30pm``, or ``6pm`` if there is no end."""
    return hours_in_words(starts, ends) if ends else time_in_words(starts)


@register.simple_tag(takes_context=True)
def upcoming_occurrences(context: Context, limit: int = 3) -> list[Occurrence]:
    """Return the next ``limit`` public dates, with their booking state.

    A cancelled date is included only if it is the very next.

    They are the dates of the requested site, in the language of the page that shows them where they
    are translated; without a page (a block's preview), in the site's.
    """
    site = Site.find_for_request(context.get("request"))
    page = context.get("page") or (site.root_page if site else None)
    now = timezone.now()
    coming = Occurrence.objects.public().upcoming(at=now).for_display()
    if site and page:
        coming = coming.of_site(site)
    very_next = Q(pk=Subquery(coming.values("pk")[:1]))
    rows = coming.filter(~Q(status=Occurrence.Status.CANCELLED) | very_next)
    shown = in_language(rows[:limit], page.locale_id if page else None)
    return add_availability(shown, at=now)


@register.simple_tag
def next_going_ahead(occurrences: list[Occurrence]) -> Occurrence | None:
    """Return the first of ``occurrences`` that goes ahead."""
    return next((row for row in occurrences if row.goes_ahead), None)


@register.simple_tag
def events_page() -> EventIndexPage | None:
    """Return the page that lists all events, in the active language."""
    language = get_supported_content_language_variant(get_language())
    return EventIndexPage.objects.live().filter(locale__language_code=language).first()


@register.filter
def minutes(value: dict) -> int | None:
    """Return the length of a running-order block in minutes, if it has an end."""
    if not value["ends"]:
        return None
    starts, ends = value["starts"], value["ends"]
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
