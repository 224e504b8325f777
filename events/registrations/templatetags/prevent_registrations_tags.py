"""Template tags of registration: answers in words."""

from django import template

from events.registrations.questions import answer_texts

register = template.Library()


@register.filter
def answer_text(answer: dict) -> str:
    """Return a kept answer in one line of words: choices by commas, a tick as Yes or No."""
    return ", ".join(answer_texts(answer["value"], answer.get("type", "")))
