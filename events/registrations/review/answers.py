"""Answers as a reader sees them. Kept answers are JSON from a form that may since have changed."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..encryption import UndecryptableAnswers
from ..models import Registration
from ..questions import answer_texts


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what was answered: one text, or several where several could be chosen."""

    label: str
    texts: tuple[str, ...]


def readable(answers: Iterable[dict]) -> list[Answer]:
    """Return ``answers`` in their own order, which is the form's."""
    return [
        Answer(answer["label"], tuple(answer_texts(answer["value"], answer.get("type", ""))))
        for answer in answers
    ]


def sensitive_answers(registration: Registration) -> list[Answer] | None:
    """Decrypt and return the sensitive answers, or None if no key that is configured fits."""
    try:
        # Read past the instance: screens defer the column, so that only this decrypts it.
        kept = Registration.objects.values_list("sensitive_answers", flat=True).get(
            pk=registration.pk
        )
    except UndecryptableAnswers:
        return None
    return readable(kept)
