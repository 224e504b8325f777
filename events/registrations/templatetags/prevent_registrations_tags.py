"""Template tags of registration: the way from an event's page to its form."""

from datetime import date

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from events.models import EventPage, Occurrence
from events.registrations.models import RegistrationPage

register = template.Library()


@register.inclusion_tag("prevent_registrations/includes/call.html")
def registration_call(event: EventPage, occurrence: Occurrence) -> dict:
    """Invite to register for ``occurrence``, or say that it is closed; nothing without a form."""
    page = RegistrationPage.objects.child_of(event).live().first()
    if page is None:
        return {"page": None}
    page.event = event
    return {
        "page": page,
        "occurrence": occurrence,
        "is_open": page.is_open(occurrence, at=timezone.now()),
    }


@register.filter
def answer_text(answer: dict) -> str:
    """Return an answer as a person reads it: choices by commas, a tick as Yes or No."""
    value = answer["value"]
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(value)
    if answer.get("type") == "date":
        return date_format(date.fromisoformat(value), "j F Y")
    return value
