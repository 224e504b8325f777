"""Feedback on an event: counts and texts, from five answers on."""

from collections import Counter

from django.http import HttpRequest, HttpResponse

from ..models import EventFeedback
from ..models.figures import LEAST_CHOSEN
from .door_list import DateView

QUESTIONS = (
    ("overall", "Overall, how was the event?", EventFeedback.Overall),
    ("learned", "Did you find out what you wanted to know?", EventFeedback.Extent),
    ("took_part", "Could you take part in the way you wanted?", EventFeedback.Extent),
)


class FeedbackResultsView(DateView):
    """With fewer than five answers, anyone who was there could tell who said what."""

    name = "Feedback"
    template_name = "prevent_registrations/review/feedback.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        answers = list(EventFeedback.objects.filter(occurrence=self.occurrence))
        if len(answers) < LEAST_CHOSEN:
            return self.show(least=LEAST_CHOSEN)
        return self.show(number=len(answers), counts=counts(answers), texts=texts(answers))


def counts(answers: list[EventFeedback]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return each fixed question with how often each choice was made."""
    found = []
    for name, question, choices in QUESTIONS:
        made = Counter(getattr(answer, name) for answer in answers)
        found.append((question, [(choice.label, made[choice.value]) for choice in choices]))
    return found


def texts(answers: list[EventFeedback]) -> list[tuple[str, list[str]]]:
    """Return each of the editor's questions with the texts written, in no particular order."""
    written: dict[str, list[str]] = {}
    for answer in answers:
        for question, text in answer.own:
            written.setdefault(question, []).append(text)
    return [(question, sorted(each, key=str.casefold)) for question, each in written.items()]
