"""Rows that are owed to somebody elsewhere: claimed by a lease, sent, and recorded."""

from datetime import datetime

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
        """Those that are still owed: not sent, and not given up."""
        state = LeasedState
        return self.filter(state__in=[state.WAITING, state.FAILED, state.SENDING])

    def due(self, *, at: datetime) -> "LeasedQuerySet":
        """Those to be sent at ``at``; the oldest first."""
        state = LeasedState
        return self.filter(state__in=[state.WAITING, state.FAILED], due_at__lte=at).order_by(
            "due_at", "id"
        )

    def stranded(self, *, at: datetime) -> "LeasedQuerySet":
        """Those whose sender let its lease run out: it was killed, or cut off."""
        return self.filter(state=LeasedState.SENDING, lease_until__lte=at).order_by(
            "lease_until", "id"
        )


class Leased(models.Model):
    """What a row needs so that exactly one sender at a time has it, until it is through."""

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
