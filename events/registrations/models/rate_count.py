"""How often something came from one source lately, counted for all processes together."""

from django.db import models


class RateCount(models.Model):
    """One source in one window of time. ``source`` is a keyed hash that tells nobody apart
    once the key has changed; old rows are deleted by the due jobs."""

    source = models.CharField(max_length=64)
    window = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["source", "window"], name="rate_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.count} in window {self.window}"
