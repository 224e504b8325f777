"""Erasure's own papers: what was erased and by which rule, and what may not be erased yet."""

from collections import Counter
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from events.english_dates import LONDON


class ErasureCertificate(models.Model):
    """What one run, or one wish, has erased. It holds numbers and tells nobody apart.

    It is written along with each registration that is erased, so it is right however a run ends;
    one without ``finished_at`` is at work, or was interrupted and another completed its work.
    """

    class Rule(models.TextChoices):
        RETENTION = "retention", "The retention period was over"
        OWN = "own", "The person asked for it, by their own link"
        REQUEST = "request", "Somebody of the council erased it on request"
        COMMAND = "command", "Erased on request, from the command line"

    rule = models.CharField(max_length=9, choices=Rule.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, help_text="What was erased, by kind")

    class Meta:
        ordering = ["-started_at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"EC-{self.pk:06d}" if self.pk else "EC"

    def add(self, erased: Counter) -> None:
        """Count what was ``erased``, in the transaction that erases it."""
        if self.pk is None:
            self.counts = dict(erased)
            self.save(force_insert=True)
            return
        counts = Counter(self.counts) + erased
        type(self).objects.filter(pk=self.pk).update(counts=dict(counts))
        self.counts = dict(counts)

    def finish(self, *, at: datetime) -> None:
        """Write down that it is complete. A run that erased nothing leaves no certificate."""
        if self.pk is not None:
            self.finished_at = at
            self.save(update_fields=["finished_at"])


class ErasureHoldQuerySet(models.QuerySet):
    def in_force(self, *, at: datetime) -> "ErasureHoldQuerySet":
        """Those that stop an erasure at ``at``: not lifted, and their last day not over."""
        return self.filter(lifted_at=None, until__gte=at.astimezone(LONDON).date())


class ErasureHold(models.Model):
    """One registration that is kept longer than was promised, why, and until when at most."""

    registration = models.ForeignKey(
        "prevent_registrations.Registration", on_delete=models.CASCADE, related_name="holds"
    )
    reason = models.TextField(max_length=500)
    until = models.DateField(help_text="The last day that it holds")
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    placed_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureHoldQuerySet.as_manager()

    class Meta:
        ordering = ["until", "id"]
        default_permissions = ()
        permissions = [("hold_erasure", "Can hold registrations back from erasure")]

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d}"

    def is_in_force(self, *, on: date) -> bool:
        return self.lifted_at is None and self.until >= on
