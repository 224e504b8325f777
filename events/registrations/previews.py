"""What the e-mails of a registration page will look like, with somebody made up in them."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from events.english_dates import LONDON
from events.models import Occurrence

from . import emails
from .models import OutboundEmail, Registration, RegistrationPage

Kind = OutboundEmail.Kind
Status = Registration.Status
# The status in which somebody gets each mail; a place is confirmed for all others.
STATUSES = {
    Kind.RECEIVED: Status.RECEIVED,
    Kind.WAITING: Status.WAITING,
    Kind.DECLINED: Status.DECLINED,
    Kind.WITHDRAWN: Status.WITHDRAWN,
}


def made_up_date(page: RegistrationPage, kind: str, *, at: datetime) -> Occurrence:
    """Return the next date of the event, or one made up, as it is when ``kind`` is sent."""
    coming = page.coming_occurrences(at=at)
    if coming:
        date = coming[0]
    else:
        starts_at = (at.astimezone(LONDON) + timedelta(days=14)).replace(
            hour=18, minute=0, second=0, microsecond=0
        )
        date = Occurrence(
            event=page.event,
            title=page.event.title if page.event else page.title,
            date=starts_at.date(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=90),
            changed_at=at,
        )
    if kind == Kind.DATE_CANCELLED:
        date.status, date.reason = Occurrence.Status.CANCELLED, "The speaker is ill."
    elif kind == Kind.DATE_CHANGED:
        date.reason = "The hall was flooded."
    return date


def made_up_registration(page: RegistrationPage, kind: str, *, at: datetime) -> Registration:
    """Return a registration that is in no database, and that nobody made."""
    occurrence = made_up_date(page, kind, at=at)
    return Registration(
        reference="PR-EXAM-PPPP",
        link_key="preview",
        page=page,
        occurrence=occurrence,
        status=STATUSES.get(kind, Status.CONFIRMED),
        name="Sam Example",
        email="sam@visitor.example",
        guests=min(1, page.max_guests),
        received_at=at,
        erase_at=page.erase_at(occurrence),
    )


def show_email(request: HttpRequest, page: RegistrationPage, kind: str) -> HttpResponse:
    """Show the e-mail of ``kind`` as ``page``, published or not, would have it sent."""
    registration = made_up_registration(page, kind, at=timezone.now())
    message = emails.compose_for_person(registration, kind)
    context = {
        "page": page,
        "subject": message.subject,
        "recipient": registration.email,
        "reply_to": message.reply_to,
        "attachments": [name for name, *_ in message.attachments],
        "plain": message.body,
        "html": message.alternatives[0].content,
    }
    return TemplateResponse(request, "prevent_registrations/emails/preview.html", context)
