"""Template tags of event pages: words for times, and the dates that come next."""

from datetime import time

from django import template
from django.utils import timezone

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


@register.simple_tag
def upcoming_occurrences(limit: int = 3) -> list[Occurrence]:
    """Return the next ``limit`` public dates of all events, cancelled ones among them."""
    return list(Occurrence.objects.public().upcoming(at=timezone.now()).for_display()[:limit])


@register.filter
def minutes(value: dict) -> int | None:
    """Return how long a block of the running order lasts, if it says when it ends."""
    if not value["ends"]:
        return None
    starts, ends = value["starts"], value["ends"]
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
