"""Emails about no single registration: notices, digests and changed routes. They name nobody."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Count
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log

from events.english_dates import LONDON
from events.inboxes import masked
from events.models import Occurrence
from prevent_content.models import overdue_by_inbox

from .. import outbox
from ..models import Complaint, KnownRoute, OutboundEmail, RegistrationPage
from .alarms import outbox_state
from .retry_policy import NothingToSay

Kind = OutboundEmail.Kind
SUBJECTS = {
    Kind.ORGANISER_DIGEST: "Registrations since the last summary",
    Kind.CONCERN: "Something in the CMS waits for you",
    Kind.ASSIGNED: "Registrations have been assigned to you",
    Kind.ROUTE_CHANGED: "Registrations are no longer sent to this address",
    Kind.ALARM: "E-mail from the website is not going out",
    Kind.COMPLAINT_RECEIVED: "We have received your complaint",
    Kind.COMPLAINT_NOTICE: "A data protection complaint has been received",
    Kind.REVIEW_DUE: "Pages to look at again",
    Kind.ERASURE_HELD: "A request for erasure is waiting for you",
    Kind.ACCOUNT_CHANGED: "Your CMS account was changed",
}
KINDS = frozenset(SUBJECTS)
ROUTE_CHANGED = "prevent_registrations.route_changed"


def compose(email: OutboundEmail, *, at: datetime | None = None) -> EmailMessage:
    """Return the plain-text message of a notice, from what is true at ``at``.

    Raises ``NothingToSay`` for a digest whose registrations have all been erased, for a concern
    whose flag has been cleared, and for a reminder of pages that have been looked at.
    """
    cms_url = getattr(settings, "WAGTAILADMIN_BASE_URL", "").rstrip("/")
    context = {"email": email, "cms_url": cms_url}
    if email.kind == Kind.ORGANISER_DIGEST:
        context["lines"] = digest_lines(email)
        if not context["lines"]:
            raise NothingToSay
        context["cms_url"] += reverse("prevent_registrations_registration_modeladmin_index")
    if email.kind == Kind.CONCERN:
        if email.registration is None or email.registration.concern_since is None:
            raise NothingToSay
        name = "prevent_registrations_registration_modeladmin_inspect"
        context["cms_url"] += reverse(name, args=[email.registration.pk])
    if email.kind == Kind.ASSIGNED:
        name = "prevent_registrations_registration_modeladmin_index"
        context["cms_url"] += f"{reverse(name)}?assigned=me"
    if email.kind == Kind.REVIEW_DUE:
        today = timezone.localdate(at, LONDON)
        context["pages"] = overdue_by_inbox(on=today).get(email.recipient, [])
        if not context["pages"]:
            raise NothingToSay
        context["cms_url"] += reverse("prevent_reports:overdue")
    if email.kind == Kind.ALARM:
        context["state"] = outbox_state(at=at or timezone.now())
        context["cms_url"] += reverse("prevent_registrations_outboundemail_modeladmin_index")
    if email.kind in (Kind.COMPLAINT_RECEIVED, Kind.COMPLAINT_NOTICE):
        # One that staff entered was received before the email about it was made.
        due = Complaint.objects.filter(reference=email.about).values_list("due_on", flat=True)
        context["due_on"] = due.first() or Complaint.due_day(received_at=email.created_at)
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


def make_digests(*, at: datetime) -> int:
    """Put the mails that wait for a digest into one for each recipient; return how many digests.

    Each mail belongs to one digest, whatever happens: they are made in one transaction.
    """
    waiting = OutboundEmail.objects.filter(
        state=OutboundEmail.State.WAITING, in_digest=True, digest=None, wanted_at__lte=at
    ).order_by()
    recipients = list(waiting.values_list("recipient", flat=True).distinct())
    made = 0
    for recipient in recipients:
        with transaction.atomic():
            parts = list(
                waiting.filter(recipient=recipient).select_for_update().values_list("pk", flat=True)
            )
            if not parts:
                continue
            day = at.astimezone(LONDON).date()
            digest = outbox.enqueue_notice(
                Kind.ORGANISER_DIGEST, to=recipient, key=f"digest:{day}:{min(parts)}", at=at
            )
            if digest is not None:
                OutboundEmail.objects.filter(pk__in=parts).update(digest=digest)
                made += 1
    return made


def digest_lines(digest: OutboundEmail) -> list[tuple[Occurrence, dict[str, int]]]:
    """Return, for each date in its order, how many registrations were made, changed, withdrawn."""
    counts: dict[int, Counter] = {}
    rows = (
        digest.parts.exclude(registration=None)
        .filter(registration__erased_at=None, registration__concern_since=None)
        .values_list("registration__occurrence", "kind")
        .annotate(number=Count("pk"))
        .order_by()
    )
    for occurrence, kind, number in rows:
        counts.setdefault(occurrence, Counter())[kind.removeprefix("organiser_")] = number
    dates = Occurrence.objects.filter(pk__in=counts).order_by("starts_at", "pk")
    return [(date, dict(counts[date.pk])) for date in dates]


def record_route_changes(pages: Iterable[RegistrationPage], *, at: datetime, by=None) -> None:
    """Compare where registrations of ``pages`` go with where they went; tell and log changes."""
    for page in pages:
        record_route_change(page, at=at, by=by)


@transaction.atomic
def record_route_change(page: RegistrationPage, *, at: datetime, by=None) -> bool:
    """Do so for one page; return whether its route has changed. Safe twice at once."""
    KnownRoute.objects.bulk_create(
        [KnownRoute(page=page, addresses=page.all_recipients())], ignore_conflicts=True
    )
    known = KnownRoute.objects.select_for_update().get(pk=page.pk)
    before, after = known.addresses, page.all_recipients()
    if before == after:
        return False
    known.addresses = after
    known.changes += 1
    known.save()
    kept = {address.lower() for address in after}
    removed = [address for address in before if address.lower() not in kept]
    had = {address.lower() for address in before}
    added = [address for address in after if address.lower() not in had]
    log(
        instance=page,
        action=ROUTE_CHANGED,
        user=by,
        data={"removed": [*map(masked, removed)], "added": [*map(masked, added)]},
    )
    for number, address in enumerate(removed):
        outbox.enqueue_notice(
            OutboundEmail.Kind.ROUTE_CHANGED,
            to=address,
            key=f"route:{page.pk}:{known.changes}:{number}",
            about=page.event.title if page.event else page.title,
            at=at,
        )
    return True
