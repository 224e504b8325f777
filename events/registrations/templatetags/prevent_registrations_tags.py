"""Template tags of registration: answers in words, and generated privacy texts."""

from django import template

from events.registrations import privacy
from events.registrations.questions import answer_texts

register = template.Library()


@register.filter
def answer_text(answer: dict) -> str:
    """Return a stored answer in one line: choices separated by commas, a tick as Yes or No."""
    return ", ".join(answer_texts(answer["value"], answer.get("type", "")))


@register.simple_tag
def flagging_sentences() -> list[str]:
    """Return the form's text about flagging: one sentence if it is on, else none."""
    return privacy.flagging()
