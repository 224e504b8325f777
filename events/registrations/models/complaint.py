"""Complaints about how somebody's data was used, and where they go."""

import secrets
from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from events.english_dates import LONDON
from events.inboxes import validate_inbox

from ..encryption import EncryptedTextField
from .registration import REFERENCE_ALPHABET

# The Data (Use and Access) Act 2025, section 103, gives 30 days to acknowledge a complaint; the
# answer is promised in the same time.
ANSWER_WITHIN_DAYS = 30


def new_complaint_reference() -> str:
    """Return a reference such as ``DP-7K3M-9QXZ``: 39 random bits, in no sequence."""
    letters = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"DP-{letters[:4]}-{letters[4:]}"


def new_submission_key() -> str:
    """Return a key for a complaint that came without a form, or has been erased."""
    return secrets.token_urlsafe(18)


class ComplaintQuerySet(models.QuerySet):
    def kept(self) -> "ComplaintQuerySet":
        return self.filter(erased_at=None)

    def due_for_erasure(self, *, at: datetime) -> "ComplaintQuerySet":
        return self.kept().filter(erase_at__lte=at)


class Complaint(models.Model):
    """One complaint under the data protection law. Who complains, and of what, is encrypted."""

    reference = models.CharField(
        max_length=12, unique=True, default=new_complaint_reference, editable=False
    )
    submission_key = models.CharField(
        max_length=64, unique=True, default=new_submission_key, editable=False
    )
    name = EncryptedTextField(blank=True)
    email = EncryptedTextField(blank=True)
    text = EncryptedTextField("complaint", blank=True)
    outcome = EncryptedTextField(blank=True, help_text="What was answered, and why")
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    due_on = models.DateField(help_text="The last day for the answer, told to the person")
    closed_at = models.DateTimeField(null=True, blank=True)
    erase_at = models.DateTimeField(null=True, blank=True, help_text="Fixed when it is answered")
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        default_permissions = ()
        permissions = [("handle_complaints", "Can handle data protection complaints")]

    def __str__(self) -> str:
        return self.reference

    def is_overdue(self, *, at: datetime) -> bool:
        return self.closed_at is None and self.due_on < at.astimezone(LONDON).date()

    @staticmethod
    def due_day(*, received_at: datetime):
        """Return the last day for the answer to a complaint received at ``received_at``."""
        return (received_at.astimezone(LONDON) + timedelta(days=ANSWER_WITHIN_DAYS)).date()


@register_setting(icon="lock")
class DataProtectionSettings(BaseSiteSetting):
    """Who looks after data protection, and how long complaints are kept."""

    inbox = models.EmailField(
        blank=True,
        validators=[validate_inbox],
        help_text=(
            "Told of complaints and of erasures that a hold stops, without a word of what they "
            "say. Empty: the address that the site's e-mails come from"
        ),
    )
    complaint_days = models.PositiveSmallIntegerField(
        "days until complaints are deleted",
        default=365,
        validators=[MinValueValidator(30), MaxValueValidator(2190)],
        help_text="After they were answered",
    )

    panels = [FieldPanel("inbox"), FieldPanel("complaint_days")]

    class Meta:
        verbose_name = "data protection"
