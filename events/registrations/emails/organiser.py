"""Emails to organisers about bookings, decisions and changed dates, in the site's language."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Sum
from django.utils import translation

from events.models import Occurrence, OccurrenceChange

from ..mail.retry_policy import NothingToSay, RegistrationErased
from ..models import OutboundEmail, PlaceCount, Registration
from ..models.registration import ACTIVE
from .facts import date_from_facts, place_lines
from .kinds import EmailKind, register_email_kinds, render_email
from .links import INSPECT, LIST, cms_address, site_of

Kind = OutboundEmail.Kind
Status = Registration.Status
# Answers with one of these words reveal what a discreet email must not name.
REVEALING = ("prevent", "terror", "extremis", "radicalis")


@dataclass(frozen=True)
class OrganiserEmail(EmailKind):
    """About one registration: has the answers marked for organisers, never a sensitive one.

    The copy for a discreet registration names no event, so that a reply quotes none either.
    """

    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        registration = email.registration
        if registration is None or registration.erased_at is not None:
            raise RegistrationErased
        if registration.concern_since:
            raise NothingToSay
        with translation.override(settings.LANGUAGE_CODE):
            return self.message(registration, email.facts)

    def message(self, registration: Registration, facts: dict) -> EmailMultiAlternatives:
        occurrence, is_discreet = registration.occurrence, registration.discreet
        answers, hidden = answers_for_organiser(registration)
        context = {
            "registration": registration,
            "reference": registration.reference,
            "occurrence": occurrence,
            "is_discreet": is_discreet,
            "event_title": "" if is_discreet else occurrence.title,
            "where": [] if is_discreet else place_lines(occurrence),
            "answers": answers,
            "hidden_answers": hidden,
            "facts": facts,
            "was": date_from_facts(facts),
            "waits_for_decision": registration.status == Status.RECEIVED,
            "places": places_of(occurrence),
            # The address of the registration's own page would reveal the subject.
            "cms_url": cms_address("wagtailadmin_home")
            if is_discreet
            else cms_address(INSPECT, registration.pk),
        }
        return render_email(
            self.name,
            self.subject,
            context,
            site=site_of(registration.page),
            reply_to=registration.email,
        )


@dataclass(frozen=True)
class DateEmail(EmailKind):
    """About a cancelled, postponed or changed date: what happened, and how many it affects."""

    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        occurrence = email.occurrence
        if occurrence is None:
            raise NothingToSay
        with translation.override(settings.LANGUAGE_CODE):
            action = email.facts["action"]
            context = {
                "reference": occurrence.day,
                "occurrence": occurrence,
                "event_title": occurrence.title,
                "where": place_lines(occurrence),
                "action": action,
                "action_label": dict(OccurrenceChange.Action.choices).get(action, ""),
                "facts": email.facts,
                "was": date_from_facts(email.facts),
                "places": places_of(occurrence),
                "cms_url": cms_address(LIST),
            }
            return render_email(self.name, self.subject, context, site=site_of_date(occurrence))


def site_of_date(occurrence: Occurrence):
    event = occurrence.event
    return (event.get_site() if event else None) or site_of(None)


def places_of(occurrence: Occurrence) -> dict:
    """Return how full ``occurrence`` is, including guests, and how many decisions are due."""
    rows = Registration.objects.filter(occurrence=occurrence, status__in=(*ACTIVE, Status.HELD))
    people = dict(rows.values_list("status").annotate(people=Sum(F("guests") + 1)).order_by())
    count = PlaceCount.objects.filter(pk=occurrence.pk).first()
    capacity = count.capacity if count else occurrence.capacity
    held = people.get(Status.HELD, 0)
    taken = people.get(Status.CONFIRMED, 0) + held
    return {
        "taken": taken,
        "held": held,
        "capacity": capacity,
        "left": max(0, capacity - taken) if capacity is not None else None,
        "waiting": people.get(Status.WAITING, 0),
        "requests": rows.filter(status=Status.RECEIVED).count(),
    }


def answers_for_organiser(registration: Registration) -> tuple[list[dict], int]:
    """Return the answers marked for organisers today, and how many are hidden.

    For a discreet registration, omits answers that would reveal the event.
    """
    if registration.page is None:
        return [], 0
    fields = registration.page.form_fields.filter(in_organiser_email=True, sensitive=False)
    wanted = set(fields.values_list("clean_name", flat=True))
    answers = [answer for answer in registration.answers if answer["name"] in wanted]
    if not registration.discreet:
        return answers, 0
    words = (*REVEALING, registration.occurrence.title.casefold())
    shown = [
        answer
        for answer in answers
        if not any(word in f"{answer['label']} {answer['value']}".casefold() for word in words)
    ]
    return shown, len(answers) - len(shown)


register_email_kinds(
    OrganiserEmail(Kind.ORGANISER_RECEIVED, "New booking"),
    OrganiserEmail(Kind.ORGANISER_CHANGED, "Changed booking"),
    OrganiserEmail(Kind.ORGANISER_WITHDRAWN, "Cancelled booking"),
    OrganiserEmail(Kind.ORGANISER_DECIDED, "Decision on a booking"),
    DateEmail(Kind.ORGANISER_DATE, "A date has changed"),
)
