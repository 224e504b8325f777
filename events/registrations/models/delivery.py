"""Emails and webhooks: stored in the transaction that causes them, sent outside any."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone


class LeasedState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed, retrying"
    ABANDONED = "abandoned", "Abandoned"


class LeasedQuerySet(models.QuerySet):
    def unsent(self) -> "LeasedQuerySet":
        """Rows neither sent nor given up."""
        state = LeasedState
        return self.filter(state__in=[state.WAITING, state.FAILED, state.SENDING])

    def due(self, *, at: datetime) -> "LeasedQuerySet":
        """Rows to be sent at ``at``, oldest first."""
        state = LeasedState
        return self.filter(state__in=[state.WAITING, state.FAILED], due_at__lte=at).order_by(
            "due_at", "id"
        )

    def stranded(self, *, at: datetime) -> "LeasedQuerySet":
        """Rows whose sender let its lease run out because it was killed or cut off."""
        return self.filter(state=LeasedState.SENDING, lease_until__lte=at).order_by(
            "lease_until", "id"
        )


class Leased(models.Model):
    """A row that only one sender at a time can hold, by a lease."""

    State = LeasedState

    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    wanted_at = models.DateTimeField(
        default=timezone.now, help_text="When it was to go at first; its age counts from here"
    )
    due_at = models.DateTimeField(default=timezone.now, help_text="When it is tried next")
    tried_at = models.DateTimeField(null=True, blank=True, help_text="When it was last tried")
    sent_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=120, blank=True, help_text="Class and code only")

    class Meta:
        abstract = True


class OutboundEmailQuerySet(LeasedQuerySet):
    def due(self, *, at: datetime) -> "OutboundEmailQuerySet":
        """Those to be sent at ``at``, by themselves rather than in a digest; the oldest first."""
        return super().due(at=at).filter(in_digest=False, held=False)

    def late(self, *, at: datetime, after: timedelta) -> "OutboundEmailQuerySet":
        """Those still unsent ``after`` their time. Alarms and what is held do not count."""
        return (
            self.unsent()
            .filter(wanted_at__lt=at - after, held=False)
            .exclude(kind__in=[OutboundEmail.Kind.ALARM, OutboundEmail.Kind.UNDELIVERABLE])
        )


class OutboundEmail(Leased):
    """One email to one recipient, rendered when it is sent.

    The row holds what to render and for whom: the kind, its registration or date, and in ``facts``
    what a later change would overwrite, such as a date's previous time. ``facts`` holds no answer,
    name or address. Staff's own text is in ``sentence`` or in ``date_message``.
    """

    class Kind(models.TextChoices):
        ORGANISER_RECEIVED = "organiser_received", "New registration, to the organiser"
        ORGANISER_CHANGED = "organiser_changed", "Registration changed, to the organiser"
        ORGANISER_WITHDRAWN = "organiser_withdrawn", "Place cancelled, to the organiser"
        ORGANISER_DECIDED = "organiser_decided", "Decision by staff, to the organiser"
        ORGANISER_DATE = "organiser_date", "Date changed, to the organiser"
        ORGANISER_DIGEST = "organiser_digest", "Daily summary, to the organiser"
        ORGANISER_NEEDS = "organiser_needs", "Numbers and needs, the day before, to the organiser"
        BOOKED = "booked", "Place booked"
        HELD = "held", "Email address to be confirmed"
        RECEIVED = "received", "Request received"
        CONFIRMED = "confirmed", "Place confirmed by staff"
        WAITING = "waiting", "On the waiting list"
        OFFERED = "offered", "A place became free"
        DECLINED = "declined", "Declined"
        CHANGED = "changed", "Booking changed by the person"
        MOVED = "moved", "Booking moved to another date"
        WITHDRAWN = "withdrawn", "Cancelled by the person"
        CANCELLED_BY_US = "cancelled_by_us", "Cancelled by staff"
        DATE_CHANGED = "date_changed", "Date moved to another time"
        DATE_POSTPONED = "date_postponed", "Date postponed"
        MOVED_ONLINE = "moved_online", "Date moved online"
        VENUE_CHANGED = "venue_changed", "Venue changed"
        JOINING_LINK = "joining_link", "Joining link added or changed"
        DATE_CANCELLED = "date_cancelled", "Date cancelled"
        DATE_REINSTATED = "date_reinstated", "Date going ahead again"
        REMINDER = "reminder", "Reminder"
        LINK = "link", "Lost link"
        CONFIRM_EMAIL = "confirm_email", "New email address to be confirmed"
        EMAIL_CHANGED = "email_changed", "Email address changed, to the old one"
        FEEDBACK = "feedback", "How was the event? Sent to people who came"
        MESSAGE = "message", "Message from staff to everyone on a date"
        ERASED = "erased", "Details deleted"
        CONCERN = "concern", "Something to look at, to a safeguarding lead"
        ASSIGNED = "assigned", "Registrations to look after, to a colleague"
        ROUTE_CHANGED = "route_changed", "Registrations go elsewhere, to the former recipient"
        ALARM = "alarm", "Mail is late, to the technical address"
        UNDELIVERABLE = "undeliverable", "Email refused, to the technical address"
        COMPLAINT_RECEIVED = "complaint_received", "Complaint received, to the person"
        COMPLAINT_NOTICE = "complaint_notice", "Complaint received, to data protection"
        REVIEW_DUE = "review_due", "Pages due for review, to their owner"
        ERASURE_HELD = "erasure_held", "A hold stops an erasure, to data protection"
        CONCERN_ROUTES = "concern_routes", "Concern routes changed, to moderators and leads"
        EXPIRY = "expiry", "An event with bookings expires, to moderators and its owner"
        ROUTE_WAITING = "route_waiting", "An inbox to confirm, to safeguarding leads"
        ACCOUNT_CHANGED = "account_changed", "A second factor changed, to its owner"

    ORGANISER_KINDS = [kind.value for kind in Kind if kind.value.startswith("organiser_")]
    # Editors may write the opening paragraph of these.
    PERSON_KINDS = [
        (kind.value, kind.label)
        for kind in list(Kind)[list(Kind).index(Kind.BOOKED) : list(Kind).index(Kind.LINK)]
    ]

    kind = models.CharField(max_length=24, choices=Kind.choices)
    registration = models.ForeignKey(
        "prevent_registrations.Registration",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="emails",
    )
    occurrence = models.ForeignKey(
        "prevent_events.Occurrence",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The date that an email to organisers is about",
    )
    about = models.CharField(
        max_length=255, blank=True, help_text="What a notice is about, such as a page's title"
    )
    facts = models.JSONField(default=dict, blank=True, help_text="What was so when it was queued")
    sentence = models.CharField(
        max_length=500, blank=True, help_text="What staff added to this email in their own words"
    )
    date_message = models.ForeignKey(
        "prevent_registrations.DateMessage",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="emails",
        help_text="What was written to everyone on a date",
    )
    recipient = models.EmailField(blank=True, help_text="Empty once the person's data is erased")
    server_fault = models.BooleanField(
        default=False, help_text="Whether the mail server could not be used, whatever the mail"
    )
    refused = models.BooleanField(
        default=False, help_text="Whether the recipient's mail server will never take it"
    )
    held = models.BooleanField(
        default=False, help_text="Whether it waits until someone has confirmed the inbox"
    )
    in_digest = models.BooleanField(
        default=False, help_text="Whether it goes in the daily digest and not by itself"
    )
    digest = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="parts",
        help_text="The digest that it went into",
    )
    message_id = models.CharField(max_length=120, unique=True, editable=False)
    idempotency_key = models.CharField(max_length=120, unique=True, editable=False)

    objects = OutboundEmailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ()
        permissions = [("manage_deliveries", "Can see, retry and abandon deliveries")]
        indexes = [
            models.Index(fields=["state", "due_at"], name="outbound_email_due"),
            models.Index(fields=["lease_token"], name="outbound_email_lease"),
            models.Index(fields=["tried_at"], name="outbound_email_tried"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"


def new_message_id(domain: str) -> str:
    """Return an RFC 5322 Message-ID, which stays the same through every retry."""
    return f"<{uuid.uuid4()}@{domain}>"


class WebhookDelivery(Leased):
    """One webhook call to one target. It identifies pages and dates by key, and nobody."""

    class EventType(models.TextChoices):
        PAGE_PUBLISHED = "page.published", "A page was published"
        PAGE_UNPUBLISHED = "page.unpublished", "A page was unpublished"
        OCCURRENCE_CHANGED = "occurrence.changed", "A date was changed"
        OCCURRENCE_CANCELLED = "occurrence.cancelled", "A date was cancelled"
        PLACES_CHANGED = "places.changed", "A date became full, nearly full or free"
        CONTENT_CHANGED = "content.changed", "A venue, speaker, banner, image or other part changed"
        SITE_CHANGED = "site.changed", "The settings, languages or address of the site changed"

    message = models.UUIDField(
        default=uuid.uuid4, editable=False, help_text="The same however often it is tried"
    )
    kind = models.CharField(max_length=24, choices=EventType.choices)
    address = models.URLField(max_length=500)
    content = models.JSONField()

    objects = LeasedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["state", "due_at"], name="webhook_delivery_due"),
            models.Index(fields=["lease_token"], name="webhook_delivery_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"
