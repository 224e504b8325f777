"""Mail that is about no single registration: digests, alarms, changed routes. No names in it."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from events.english_dates import LONDON
from prevent_content.ownership import overdue_by_inbox

from ..models import Complaint, OutboundEmail
from . import alarm, digest
from .failures import NothingToSay

Kind = OutboundEmail.Kind
SUBJECTS = {
    Kind.ORGANISER_DIGEST: "Registrations since the last summary",
    Kind.CONCERN: "Something in the CMS waits for you",
    Kind.ROUTE_CHANGED: "Registrations are no longer sent to this address",
    Kind.ALARM: "E-mail from the website is not going out",
    Kind.COMPLAINT_RECEIVED: "We have received your complaint",
    Kind.COMPLAINT_NOTICE: "A data protection complaint has been received",
    Kind.REVIEW_DUE: "Pages to look at again",
    Kind.ERASURE_HELD: "A request for erasure is waiting for you",
}
KINDS = frozenset(SUBJECTS)


def compose(email: OutboundEmail, *, at: datetime | None = None) -> EmailMessage:
    """Return the plain-text message of a notice, from what is true at ``at``.

    Raises ``NothingToSay`` for a digest whose registrations have all been erased, for a concern
    whose flag has been cleared, and for a reminder of pages that have been looked at.
    """
    cms_url = getattr(settings, "WAGTAILADMIN_BASE_URL", "").rstrip("/")
    context = {"email": email, "cms_url": cms_url}
    if email.kind == Kind.ORGANISER_DIGEST:
        context["lines"] = digest.lines_of(email)
        if not context["lines"]:
            raise NothingToSay
        context["cms_url"] += reverse("prevent_registrations_registration_modeladmin_index")
    if email.kind == Kind.CONCERN:
        if email.registration is None or email.registration.concern_since is None:
            raise NothingToSay
        name = "prevent_registrations_registration_modeladmin_inspect"
        context["cms_url"] += reverse(name, args=[email.registration.pk])
    if email.kind == Kind.REVIEW_DUE:
        today = timezone.localdate(at, LONDON)
        context["pages"] = overdue_by_inbox(on=today).get(email.recipient, [])
        if not context["pages"]:
            raise NothingToSay
        context["cms_url"] += reverse("prevent_reports:overdue")
    if email.kind == Kind.ALARM:
        context["state"] = alarm.look(at=at or timezone.now())
        context["cms_url"] += reverse("prevent_registrations_outboundemail_modeladmin_index")
    if email.kind in (Kind.COMPLAINT_RECEIVED, Kind.COMPLAINT_NOTICE):
        context["due_on"] = Complaint.due_day(received_at=email.created_at)
    if email.kind in (Kind.COMPLAINT_NOTICE, Kind.ERASURE_HELD):
        context["cms_url"] += reverse("prevent_data_protection:index")
    return EmailMessage(
        subject=SUBJECTS[email.kind],
        body=render_to_string(f"prevent_registrations/emails/{email.kind}.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[email.recipient],
        headers={
            "Message-ID": email.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
