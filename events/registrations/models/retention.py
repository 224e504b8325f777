"""Retention periods: how long registrations, complaints and page feedback are stored.

The periods for registrations are set on each registration page, for complaints in Settings → Data
protection, and for page feedback in ``FEEDBACK_DAYS``. ``retention.py`` erases what is due;
docs/privacy/retention-schedule.md lists them.
"""

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from events.english_dates import LONDON
from events.models import Occurrence
from prevent_content.conf import setting

REGISTRATION_DAYS = 30
SENSITIVE_ANSWER_DAYS = 7
COMPLAINT_DAYS = 365


class RetentionPeriods(models.Model):
    """How long a registration page stores what people enter."""

    retention_days = models.PositiveSmallIntegerField(
        "days until deletion",
        default=REGISTRATION_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="We delete registrations this many days after the event ends",
    )
    sensitive_retention_days = models.PositiveSmallIntegerField(
        "days until deletion of sensitive answers",
        default=SENSITIVE_ANSWER_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="For example, access and dietary needs. No later than the rest",
    )

    class Meta:
        abstract = True

    def erase_at(self, occurrence: Occurrence) -> datetime:
        """Return when a registration for ``occurrence`` is to be erased."""
        return days_after(occurrence.ends_at, self.retention_days)

    def erase_sensitive_at(self, occurrence: Occurrence) -> datetime:
        """Return when the sensitive answers of a registration for ``occurrence`` are erased."""
        return days_after(occurrence.ends_at, self.days_until_sensitive_erasure)

    @property
    def days_until_sensitive_erasure(self) -> int:
        """Return how many days sensitive answers are stored, at most as long as the rest."""
        return min(self.sensitive_retention_days, self.retention_days)


def page_feedback_days() -> int:
    """Return how many days answers to "Was this page useful?" are stored."""
    return setting("FEEDBACK_DAYS")


def days_after(moment: datetime, days: int) -> datetime:
    """Return the same time of day ``days`` days later by the London clock.

    People are promised a day, so a clock change in between must not move it.
    """
    return moment.astimezone(LONDON) + timedelta(days=days)
