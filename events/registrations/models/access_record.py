"""The trail: who looked at, revealed or decided what, without a word of personal data."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class AppendOnly(TypeError):
    """Somebody tried to rewrite or remove a line of the trail."""


class AccessRecordQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise AppendOnly("Lines of the trail are added, never changed")

    def delete(self):
        raise AppendOnly("Lines of the trail are added, never removed")


class AccessRecord(models.Model):
    """One act of one CMS user.

    ``registration_pk`` is a number and no foreign key, and ``user`` has no constraint: a line
    outlives the registration that was erased and the account that was closed, unchanged.
    """

    class Act(models.TextChoices):
        LISTED = "listed", "Saw a list of registrations"
        LOOKED = "looked", "Looked at a registration"
        REVEALED = "revealed", "Read sensitive answers"
        DECIDED = "decided", "Changed a registration"
        ACCESSED = "accessed", "Answered a request for somebody's data"
        ERASED = "erased", "Erased on request"
        HELD = "held", "Held a registration back from erasure"
        LIFTED = "lifted", "Lifted a hold"
        COMPLAINT = "complaint", "Read or answered a complaint"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        help_text="Empty for somebody at the command line",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    act = models.CharField(max_length=12, choices=Act.choices)
    registration_pk = models.PositiveBigIntegerField(null=True, blank=True, db_index=True)
    count = models.PositiveIntegerField(default=1, help_text="How many registrations it showed")

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_act_display()}, {self.at:%Y-%m-%d %H:%M}"

    def save(self, **kwargs) -> None:
        """Add the line. Raises ``AppendOnly`` for one that is there already."""
        if not self._state.adding:
            raise AppendOnly("Lines of the trail are added, never changed")
        super().save(**kwargs)

    def delete(self, **kwargs):
        raise AppendOnly("Lines of the trail are added, never removed")
