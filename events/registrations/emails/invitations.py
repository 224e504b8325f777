"""Calendar entries in emails: invitations, and the cancellations that remove them.

RFC 5546: an invitation (``METHOD:REQUEST``) and its cancellation (``METHOD:CANCEL``) share a UID,
an ORGANIZER and the person as ATTENDEE, with a SEQUENCE that rises with each.
"""

from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q

from events import ics
from events.calendars import calendar_file
from events.models import Occurrence

from ..models import OutboundEmail, Registration, RegistrationChange
from ..models.registration import COMING

Kind = OutboundEmail.Kind
INVITING = (
    *(Kind.BOOKED, Kind.CONFIRMED, Kind.OFFERED, Kind.CHANGED, Kind.MOVED, Kind.JOINING_LINK),
    *(Kind.DATE_CHANGED, Kind.DATE_POSTPONED, Kind.MOVED_ONLINE, Kind.VENUE_CHANGED),
    Kind.DATE_REINSTATED,
)


def attach_calendar_entries(
    message: EmailMultiAlternatives,
    registration: Registration,
    kind: str,
    facts: dict,
    *,
    at: datetime,
) -> None:
    """Attach the invitation to the date, and the cancellation of one that no longer applies."""
    occurrence = registration.occurrence
    is_cancelled = kind == Kind.DATE_CANCELLED
    if registration.status in COMING and (is_cancelled or kind in INVITING):
        attach(message, registration, occurrence, is_cancelled=is_cancelled, at=at)
    if not facts.get("held_place"):
        return
    left = occurrence
    if was := facts.get("was"):
        left = Occurrence.objects.filter(pk=was["occurrence"]).first() or occurrence
    if registration.status in COMING and left.pk == occurrence.pk:
        return
    if not others_come(registration, left):
        attach(message, registration, left, is_cancelled=True, at=at)


def others_come(registration: Registration, occurrence: Occurrence) -> bool:
    """Whether the address has another booking for the date: its calendar keeps the entry."""
    others = Registration.objects.with_address(registration.email).exclude(pk=registration.pk)
    return others.filter(occurrence=occurrence, status__in=COMING).exists()


def attach(
    message: EmailMultiAlternatives,
    registration: Registration,
    occurrence: Occurrence,
    *,
    is_cancelled: bool,
    at: datetime,
) -> None:
    method: ics.Method = "CANCEL" if is_cancelled else "REQUEST"
    content = ics.scheduling_message(
        calendar_file(occurrence),
        method=method,
        sequence=occurrence.sequence + revisions(registration, occurrence),
        stamp=at,
        organiser=organiser_of(registration, occurrence),
        attendee=(registration.name, registration.email),
    )
    name = "cancelled.ics" if is_cancelled else "date.ics"
    message.attach(name, content.decode(), f"text/calendar; method={method}")


def revisions(registration: Registration, occurrence: Occurrence) -> int:
    """Return how far the SEQUENCE of the person's entry is above the date's own.

    It rises with every change to the address's bookings for the date, so that an invitation after a
    cancellation is newer.
    """
    same = Registration.objects.with_address(registration.email).filter(occurrence=occurrence)
    lines = RegistrationChange.objects.filter(
        Q(registration_id=registration.pk) | Q(registration__in=same.order_by().values("pk"))
    )
    return max(0, lines.count() - 1)


def organiser_of(registration: Registration, occurrence: Occurrence) -> tuple[str, str]:
    """Return the name and address of the ORGANIZER."""
    page, event = registration.page, occurrence.event
    team = event.organiser.team if event and event.organiser else ""
    return team, (page.recipient if page else "") or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
