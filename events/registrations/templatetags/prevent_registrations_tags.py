"""Template tags of registration: the way from an event's page to its form."""

from django import template
from django.utils import timezone

from events.models import EventPage, Occurrence
from events.registrations.answers import texts_of
from events.registrations.availability import form_of
from events.registrations.places import is_nearly_full, places_left

register = template.Library()


@register.inclusion_tag("prevent_registrations/includes/call.html")
def registration_call(event: EventPage, occurrence: Occurrence) -> dict:
    """Invite to register for ``occurrence``, or say that it is closed; nothing without a form."""
    page = form_of(event)
    if page is None:
        return {"page": None}
    now = timezone.now()
    opening = page.opening(occurrence)
    left = None if page.approval else places_left(page, occurrence)
    return {
        "page": page,
        "occurrence": occurrence,
        "is_open": page.is_open(occurrence, at=now),
        "opening": opening if opening and opening > now else None,
        "is_full": left == 0,
        "is_nearly_full": not page.approval and is_nearly_full(page, occurrence),
    }


@register.filter
def answer_text(answer: dict) -> str:
    """Return a kept answer in one line of words: choices by commas, a tick as Yes or No."""
    return ", ".join(texts_of(answer["value"], answer.get("type", "")))
