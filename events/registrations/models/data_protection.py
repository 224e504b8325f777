"""Erasure certificates and holds, and complaints about how a person's data was used."""

import secrets
from collections import Counter
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from events.english_dates import LONDON
from events.inboxes import validate_inbox

from ..encryption import EncryptedTextField
from ..references import random_reference
from .retention import COMPLAINT_DAYS


class ErasureCertificate(models.Model):
    """What one run or one request has erased. It has only numbers and identifies nobody.

    It is updated with each registration erased, so it is right however a run ends; without
    ``finished_at``, it is in progress, or was interrupted and another run completed its work.
    """

    class Reason(models.TextChoices):
        RETENTION = "retention", "The retention period was over"
        OWN = "own", "The person asked for it, by their own link"
        REQUEST = "request", "Someone of the council erased it on request"
        COMMAND = "command", "Erased on request, from the command line"
        AGAIN = "again", "Erased again after a backup was restored"

    reason = models.CharField(max_length=9, choices=Reason.choices)
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
        """Mark it complete. A run that erased nothing leaves no certificate."""
        if self.pk is not None:
            self.finished_at = at
            self.save(update_fields=["finished_at"])


class ErasureHoldQuerySet(models.QuerySet):
    def in_force(self, *, at: datetime) -> "ErasureHoldQuerySet":
        """Holds that stop an erasure at ``at``: not lifted, and their last day not over."""
        return self.filter(lifted_at=None, until__gte=at.astimezone(LONDON).date())


class ErasureHold(models.Model):
    """A registration kept longer than promised, with the reason and a latest date."""

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


# The Data (Use and Access) Act 2025, section 103, allows 30 days to acknowledge a complaint; we
# promise the answer within the same time.
ANSWER_WITHIN_DAYS = 30


def new_complaint_reference() -> str:
    return random_reference("DP")


def new_request_reference() -> str:
    return random_reference("SR")


def new_submission_key() -> str:
    """Return a key for a case that came without a form, or has been erased."""
    return secrets.token_urlsafe(18)


def one_month_after(day: date) -> date:
    """Return the same day of the next month, or its last day if there is none.

    This is how the time for an answer is counted (UK GDPR, Article 12(3), and the ICO's "Right of
    access"): a request of 31 January is answered by 28 February.
    """
    return day + relativedelta(months=1)


class CaseQuerySet(models.QuerySet):
    def not_erased(self) -> "CaseQuerySet":
        return self.filter(erased_at=None)

    def due_for_erasure(self, *, at: datetime) -> "CaseQuerySet":
        return self.not_erased().filter(erase_at__lte=at)

    def waiting(self, *, at: datetime) -> dict[str, int]:
        """Return how many are ``open``, and how many of those ``overdue``."""
        waiting = self.not_erased().filter(closed_at=None)
        late = waiting.filter(due_on__lt=at.astimezone(LONDON).date())
        return {"open": waiting.count(), "overdue": late.count()}


class Case(models.Model):
    """What a person asks of data protection, the deadline and the outcome. Texts are encrypted."""

    class Channel(models.TextChoices):
        FORM = "form", "The form on the website"
        EMAIL = "email", "Email"
        LETTER = "letter", "Letter"
        PHONE = "phone", "Telephone"
        PERSON = "person", "In person"

    reference: models.CharField
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.FORM)
    name = EncryptedTextField(blank=True)
    email = EncryptedTextField(blank=True)
    contact = EncryptedTextField(blank=True, help_text="A telephone number or postal address")
    text = EncryptedTextField(blank=True)
    outcome = EncryptedTextField(blank=True, help_text="What was answered, and why")
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    due_on = models.DateField(help_text="The last day for the answer")
    closed_at = models.DateTimeField(null=True, blank=True)
    erase_at = models.DateTimeField(null=True, blank=True, help_text="Fixed when it is answered")
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-received_at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.reference

    def is_overdue(self, *, at: datetime) -> bool:
        return self.closed_at is None and self.due_on < at.astimezone(LONDON).date()


class Complaint(Case):
    """One complaint under the data protection law."""

    reference = models.CharField(
        max_length=12, unique=True, default=new_complaint_reference, editable=False
    )
    submission_key = models.CharField(
        max_length=64, unique=True, default=new_submission_key, editable=False
    )

    class Meta(Case.Meta):
        permissions = [("handle_complaints", "Can handle data protection complaints")]

    @staticmethod
    def due_day(*, received_at: datetime) -> date:
        """Return the last day for the answer to a complaint received at ``received_at``."""
        return (received_at.astimezone(LONDON) + timedelta(days=ANSWER_WITHIN_DAYS)).date()


class SubjectRequest(Case):
    """A person's request to use their rights, entered by staff."""

    class Kind(models.TextChoices):
        ACCESS = "access", "A copy of their data (Article 15)"
        RECTIFICATION = "rectification", "Correction (Article 16)"
        ERASURE = "erasure", "Erasure (Article 17)"
        RESTRICTION = "restriction", "Restriction (Article 18)"
        OBJECTION = "objection", "Objection (Article 21)"

    reference = models.CharField(
        max_length=12, unique=True, default=new_request_reference, editable=False
    )
    kind = models.CharField(max_length=13, choices=Kind.choices)

    @staticmethod
    def due_day(*, received_at: datetime) -> date:
        """Return the last day for the answer to a request received at ``received_at``."""
        return one_month_after(received_at.astimezone(LONDON).date())


@register_setting(icon="lock")
class DataProtectionSettings(BaseSiteSetting):
    """Who handles data protection, and how long complaints and requests are stored."""

    inbox = models.EmailField(
        blank=True,
        validators=[validate_inbox],
        help_text=(
            "We email complaints, and erasures stopped by a hold, to this address, without what "
            "they say. Leave blank to use the address the site's emails come from"
        ),
    )
    complaint_days = models.PositiveSmallIntegerField(
        "days until complaints and requests are deleted",
        default=COMPLAINT_DAYS,
        validators=[MinValueValidator(30), MaxValueValidator(2190)],
        help_text="After we answer them",
    )

    panels = [FieldPanel("inbox"), FieldPanel("complaint_days")]

    class Meta:
        verbose_name = "data protection"
