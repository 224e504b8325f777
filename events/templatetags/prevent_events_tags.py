"""Template tags of event pages: words for times, and the dates that come next."""

from datetime import time

from django import template
from django.template import Context
from django.utils import timezone
from wagtail.models import Site

from events.dates_in_words import hours_in_words, month_and_year, time_in_words, weekday
from events.models import Occurrence

register = template.Library()

register.filter("time_in_words", time_in_words)
register.filter("weekday", weekday)
register.filter("month_and_year", month_and_year)


@register.simple_tag
def hours(starts: time, ends: time | None) -> str:
    """Return ``6pm to 7:30pm``, or ``6pm`` where there is no end."""
    return hours_in_words(starts, ends) if ends else time_in_words(starts)


@register.simple_tag(takes_context=True)
def upcoming_occurrences(context: Context, limit: int = 3) -> list[Occurrence]:
    """Return the next ``limit`` public dates, cancelled ones among them.

    They are those of the site that is asked, in the language of the page that shows them; where
    there is no page (a block's preview), in that of the site.
    """
    site = Site.find_for_request(context.get("request"))
    page = context.get("page") or (site.root_page if site else None)
    rows = Occurrence.objects.public().upcoming(at=timezone.now()).for_display()
    if site and page:
        rows = rows.of_site(site).in_locale_of(page)
    return list(rows[:limit])


@register.filter
def minutes(value: dict) -> int | None:
    """Return how long a block of the running order lasts, if it says when it ends."""
    if not value["ends"]:
        return None
    starts, ends = value["starts"], value["ends"]
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
