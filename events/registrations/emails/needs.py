"""An email to the organiser the day before a date: numbers and needs, no names.

Access and dietary needs are sensitive answers, which are never emailed. The email has only counts
of choices that enough people made, so that none reveals who made it: see docs/decisions.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from events.models import Occurrence

from ..figures import chosen
from ..mail.retry_policy import NothingToSay
from ..models import OutboundEmail, Registration
from ..models.figures import LEAST_CHOSEN
from ..models.page import GOING_AHEAD
from ..models.registration import COMING
from .facts import place_lines
from .kinds import EmailKind, register_email_kinds, render_email
from .links import LIST, cms_address
from .organiser import places_of, site_of_date


def frequent_needs(occurrence: Occurrence) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return each sensitive question with the choices made by at least ``LEAST_CHOSEN`` people."""
    holders = Registration.objects.not_erased().filter(occurrence=occurrence, status__in=COMING)
    questions: dict[str, list[tuple[str, int]]] = {}
    for (question, choice), number in chosen(holders, "sensitive_answers").most_common():
        if number >= LEAST_CHOSEN:
            questions.setdefault(question, []).append((choice, number))
    return list(questions.items())


@dataclass(frozen=True)
class NeedsEmail(EmailKind):
    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        occurrence = email.occurrence
        if occurrence is None or occurrence.status not in GOING_AHEAD or occurrence.ends_at <= at:
            raise NothingToSay
        with translation.override(settings.LANGUAGE_CODE):
            context = {
                "reference": occurrence.day,
                "occurrence": occurrence,
                "event_title": occurrence.title,
                "where": place_lines(occurrence),
                "places": places_of(occurrence),
                "needs": frequent_needs(occurrence),
                "least": LEAST_CHOSEN,
                "cms_url": cms_address(LIST),
            }
            return render_email(self.name, self.subject, context, site=site_of_date(occurrence))


register_email_kinds(NeedsEmail(OutboundEmail.Kind.ORGANISER_NEEDS, "Numbers and needs"))
