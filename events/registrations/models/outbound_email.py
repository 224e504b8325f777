"""Mail that is owed: written in the transaction that causes it, sent outside any."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OutboundEmailQuerySet(models.QuerySet):
    def due(self, *, at: datetime) -> "OutboundEmailQuerySet":
        """Those to be sent at ``at``, and those whose sender let its lease run out."""
        state = OutboundEmail.State
        return self.filter(
            Q(state__in=[state.WAITING, state.FAILED], due_at__lte=at)
            | Q(state=state.SENDING, lease_until__lte=at)
        ).order_by("due_at", "id")


class OutboundEmail(models.Model):
    """One e-mail to one recipient. Rendered when it is sent; no words of it lie here."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed, will be tried again"
        ABANDONED = "abandoned", "Abandoned"

    class Kind(models.TextChoices):
        ORGANISER_RECEIVED = "organiser_received", "New registration, to the organiser"
        RECEIVED = "received", "Registration received"

    kind = models.CharField(max_length=24, choices=Kind.choices)
    registration = models.ForeignKey(
        "prevent_registrations.Registration",
        null=True,
        on_delete=models.CASCADE,
        related_name="emails",
    )
    recipient = models.EmailField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=120, blank=True, help_text="Class and SMTP code only")
    message_id = models.CharField(max_length=120, unique=True, editable=False)
    idempotency_key = models.CharField(max_length=120, unique=True, editable=False)

    objects = OutboundEmailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["state", "due_at"], name="outbound_email_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"


def new_message_id(domain: str) -> str:
    """Return an RFC 5322 Message-ID that stays the same however often the mail is tried."""
    return f"<{uuid.uuid4()}@{domain}>"
