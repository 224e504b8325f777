"""What the running site records about itself: heartbeats of its jobs, and rate counts."""

from datetime import datetime

from django.db import models
from django.db.models import Q


class Heartbeat(models.Model):
    """The last time the job ``name`` was alive on any host."""

    BACKUP = "backup"

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}, {self.at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def beat(cls, name: str, *, at: datetime) -> None:
        """Record that ``name`` was alive at ``at``. Safe on many hosts at once."""
        if not cls.objects.filter(name=name).update(at=at):
            cls.objects.bulk_create([cls(name=name, at=at)], ignore_conflicts=True)

    @classmethod
    def take_turn(cls, name: str, *, at: datetime, since: datetime) -> bool:
        """Whether this caller should do ``name`` at ``at``: nobody has since ``since``.

        A turn too far in the future was taken by a wrong clock.
        """
        cls.objects.bulk_create(
            [cls(name=name, at=datetime.min.replace(year=1970, tzinfo=at.tzinfo))],
            ignore_conflicts=True,
        )
        free = Q(at__lt=since) | Q(at__gt=at + (at - since))
        return cls.objects.filter(free, name=name).update(at=at) == 1


class RateCount(models.Model):
    """One source in one window of time.

    ``source`` is a keyed hash, meaningless once the key has changed. The due jobs delete old rows.
    """

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
