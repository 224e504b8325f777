"""Staff messages to everyone on a date."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class DateMessage(models.Model):
    """One message to people with one of ``statuses`` on a date.

    Each person's email is a separate ``OutboundEmail``, erased with the person. The message is
    deleted with the last of them.
    """

    occurrence = models.ForeignKey(
        "prevent_events.Occurrence", on_delete=models.CASCADE, related_name="messages"
    )
    subject = models.CharField(max_length=100)
    text = models.TextField(max_length=4000)
    statuses = models.JSONField(help_text="Who gets it, by the status that they have")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    key = models.CharField(
        max_length=64, unique=True, editable=False, help_text="The same form is sent once"
    )

    class Meta:
        ordering = ["-at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"message of {self.at:%Y-%m-%d %H:%M}"
