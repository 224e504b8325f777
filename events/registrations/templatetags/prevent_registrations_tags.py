"""Template tags of registration: answers in words, and what privacy texts have to say."""

from django import template

from events.registrations import privacy
from events.registrations.questions import answer_texts

register = template.Library()


@register.filter
def answer_text(answer: dict) -> str:
    """Return a kept answer in one line of words: choices by commas, a tick as Yes or No."""
    return ", ".join(answer_texts(answer["value"], answer.get("type", "")))


@register.simple_tag
def flagging_sentences() -> list[str]:
    """Return what the form says about flagging: one sentence where it is on, else none."""
    return privacy.flagging()
