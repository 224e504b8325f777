"""Notices: emails to staff that something needs attention, and two to people. No names in them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from events.english_dates import LONDON
from events.models import EventPage
from events.sync import dates_after_expiry
from prevent_content.models import overdue_by_inbox

from ..mail.alarms import outbox_state
from ..mail.retry_policy import NothingToSay
from ..models import AddressChange, Complaint, EventFeedback, OutboundEmail
from .kinds import EmailKind, register_email_kinds, render_email
from .links import INSPECT, LIST, cms_address, site_of, site_root

Kind = OutboundEmail.Kind
DELIVERIES = "prevent_registrations_outboundemail_modeladmin_index"
PROTECTION = "prevent_data_protection:index"


def nothing_more(email: OutboundEmail, at: datetime) -> dict:
    return {}


@dataclass(frozen=True)
class Notice(EmailKind):
    """An email that contains nothing of a registration.

    ``more`` returns what its template needs besides the row, or raises ``NothingToSay``.
    """

    screen: str = ""
    more: Callable[[OutboundEmail, datetime], dict] = nothing_more

    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        context = {"email": email, "cms_url": cms_address(self.screen) if self.screen else ""}
        context |= self.more(email, at)
        with translation.override(email.facts.get("language") or settings.LANGUAGE_CODE):
            return render_email(self.name, self.subject, context, site=site_of(None))


def flagged_registration(email: OutboundEmail, at: datetime) -> dict:
    if email.registration is None or email.registration.concern_since is None:
        raise NothingToSay
    return {"cms_url": cms_address(INSPECT, email.registration.pk)}


def assigned_list(email: OutboundEmail, at: datetime) -> dict:
    return {"cms_url": f"{cms_address(LIST)}?assigned=me"}


def concern_settings(email: OutboundEmail, at: datetime) -> dict:
    return {"cms_url": cms_address("wagtailsettings:edit", "prevent_content", "preventsettings")}


def expiring_event(email: OutboundEmail, at: datetime) -> dict:
    """Return the dates that end with the page, if it still expires at the time it was about."""
    event = EventPage.objects.live().filter(pk=email.facts.get("page")).first()
    dates = dates_after_expiry(event) if event else []
    if not dates or event.expire_at.isoformat() != email.facts.get("expire_at"):
        raise NothingToSay
    return {
        "event": event,
        "dates": dates,
        "cms_url": cms_address("wagtailadmin_pages:edit", event.pk),
    }


def overdue_pages(email: OutboundEmail, at: datetime) -> dict:
    pages = overdue_by_inbox(on=timezone.localdate(at, LONDON)).get(email.recipient, [])
    if not pages:
        raise NothingToSay
    return {"pages": pages}


def state_of_outbox(email: OutboundEmail, at: datetime) -> dict:
    return {"state": outbox_state(at=at)}


def due_day(email: OutboundEmail, at: datetime) -> dict:
    # A complaint entered by staff was received before this email was made.
    due = Complaint.objects.filter(reference=email.about).values_list("due_on", flat=True)
    return {"due_on": due.first() or Complaint.due_day(received_at=email.created_at)}


def feedback_form(email: OutboundEmail, at: datetime) -> dict:
    """Return the address of the form, the same for everyone who came."""
    registration = email.registration
    if registration is None:
        raise NothingToSay
    token = EventFeedback.link_token(registration.occurrence_id)
    path = reverse("prevent_feedback:event", args=[token])
    return {"link": site_root(site_of(registration.page)) + path}


def new_address(email: OutboundEmail, at: datetime) -> dict:
    """Return the link that confirms a new address, unless it was replaced or used."""
    changes = AddressChange.objects.filter(registration=email.registration, email=email.recipient)
    change = changes.select_related("registration__page").first()
    if change is None:
        raise NothingToSay
    path = reverse("prevent_registrations:new_email", args=[change.link_token()])
    return {"link": site_root(site_of(change.registration.page)) + path}


register_email_kinds(
    Notice(Kind.CONCERN, "A registration needs your attention", more=flagged_registration),
    Notice(Kind.ASSIGNED, "Registrations have been assigned to you", more=assigned_list),
    Notice(Kind.ACCOUNT_CHANGED, "Your CMS account was changed"),
    Notice(Kind.ROUTE_CHANGED, "Registrations are no longer sent to this address"),
    Notice(
        Kind.CONCERN_ROUTES,
        "The concern routes on the website have changed",
        more=concern_settings,
    ),
    Notice(Kind.ROUTE_WAITING, "An inbox is waiting for you to confirm it", "prevent_inboxes"),
    Notice(Kind.EXPIRY, "An event that people booked expires soon", more=expiring_event),
    Notice(Kind.ALARM, "Email from the website is late", DELIVERIES, state_of_outbox),
    Notice(Kind.UNDELIVERABLE, "Some emails could not be delivered", DELIVERIES, state_of_outbox),
    Notice(Kind.COMPLAINT_RECEIVED, _("We have received your complaint"), more=due_day),
    Notice(
        Kind.COMPLAINT_NOTICE, "A data protection complaint has been received", PROTECTION, due_day
    ),
    Notice(Kind.REVIEW_DUE, "Pages due for review", "prevent_reports:overdue", overdue_pages),
    Notice(Kind.ERASURE_HELD, "A request for erasure is waiting for you", PROTECTION),
    Notice(Kind.CONFIRM_EMAIL, _("Confirm your new email address"), more=new_address),
    Notice(Kind.EMAIL_CHANGED, _("Your email address was changed")),
    Notice(Kind.FEEDBACK, _("How was it?"), more=feedback_form),
    Notice(Kind.ERASED, _("We have deleted your details")),
)
