"""The email for a staff message to everyone on a date."""

from dataclasses import dataclass
from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from ..date_messages import filled
from ..mail.retry_policy import NothingToSay, RegistrationErased
from ..models import DateMessage, OutboundEmail, Registration
from .booking import booking_context, language_of, show_in_language_of_form
from .kinds import EmailKind, register_email_kinds, render_email
from .links import own_address, site_of


@dataclass(frozen=True)
class MessageEmail(EmailKind):
    """A staff message, with the person's name and date; not sent if the status has changed.

    A discreet one omits subject and text, which may name the event, and links to the person's own
    page, which has both.
    """

    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        registration, message = email.registration, email.date_message
        if registration is None or message is None or registration.erased_at is not None:
            raise RegistrationErased
        is_moved = registration.occurrence_id != message.occurrence_id
        if is_moved or registration.status not in message.statuses:
            raise NothingToSay
        link = own_address(registration, site_of(registration.page))
        return self.written(registration, message, link=link, at=at)

    def written(
        self, registration: Registration, message: DateMessage, *, link: str, at: datetime
    ) -> EmailMultiAlternatives:
        """Return ``message`` as ``registration`` gets it, whether or not either is stored."""
        page, is_discreet = registration.page, registration.discreet
        show_in_language_of_form(registration)
        with translation.override(language_of(registration)):
            named = {"name": registration.name, "date": registration.occurrence.day}
            context = {
                **booking_context(registration, {}, at=at),
                "link": link,
                "text": "" if is_discreet else filled(message.text, **named),
            }
            return render_email(
                self.name,
                self.subject if is_discreet else filled(message.subject, **named),
                context,
                site=site_of(page),
                reply_to=page.recipient if page and not is_discreet else "",
            )


MESSAGE = MessageEmail(OutboundEmail.Kind.MESSAGE, _("A message about your booking"))
register_email_kinds(MESSAGE)
