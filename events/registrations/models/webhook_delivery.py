"""Signals to front ends and caches that something public has changed, and what became of them."""

import uuid

from django.db import models

from .leased import Leased, LeasedQuerySet


class WebhookDelivery(Leased):
    """One signal to one address. It names pages and dates by their keys, and nobody."""

    class Kind(models.TextChoices):
        PAGE_PUBLISHED = "page.published", "A page was published"
        PAGE_UNPUBLISHED = "page.unpublished", "A page was taken down"
        OCCURRENCE_CHANGED = "occurrence.changed", "A date was changed"
        OCCURRENCE_CANCELLED = "occurrence.cancelled", "A date was cancelled"

    message = models.UUIDField(
        default=uuid.uuid4, editable=False, help_text="The same however often it is tried"
    )
    kind = models.CharField(max_length=24, choices=Kind.choices)
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
