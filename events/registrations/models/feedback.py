"""Feedback from readers of a page and people who came to an event, both anonymous."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision

from .retention import page_feedback_days

FEEDBACK_SALT = "prevent_registrations.event_feedback"


class PageFeedbackQuerySet(models.QuerySet):
    def old(self, *, at: datetime) -> "PageFeedbackQuerySet":
        """Feedback due for deletion at ``at``."""
        return self.filter(at__lt=at - timedelta(days=page_feedback_days()))


class PageFeedback(models.Model):
    """One answer to “Was this page useful?”, about the version that was public then."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    revision = models.ForeignKey(Revision, null=True, on_delete=models.SET_NULL, related_name="+")
    useful = models.BooleanField()
    comment = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(db_index=True)
    submission_key = models.CharField(max_length=64, unique=True, editable=False)

    objects = PageFeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{'Useful' if self.useful else 'Not useful'}, {self.at:%Y-%m-%d}"


class EventFeedbackQuestions(models.Model):
    """Whether people who came are asked about an event, and with which extra questions."""

    ask_feedback = models.BooleanField(
        "ask for feedback",
        default=False,
        help_text="Send everyone who came one email with a link to an anonymous form",
    )
    feedback_question_1 = models.CharField("your first question", max_length=160, blank=True)
    feedback_question_2 = models.CharField("your second question", max_length=160, blank=True)
    feedback_question_3 = models.CharField("your third question", max_length=160, blank=True)

    class Meta:
        abstract = True

    @property
    def feedback_questions(self) -> list[str]:
        """Return the editor's own questions."""
        own = (self.feedback_question_1, self.feedback_question_2, self.feedback_question_3)
        return [question for question in own if question]


class EventFeedbackQuerySet(models.QuerySet):
    def old(self, *, at: datetime) -> "EventFeedbackQuerySet":
        """Feedback due for deletion at ``at``."""
        return self.filter(on__lt=(at - timedelta(days=page_feedback_days())).date())


class EventFeedback(models.Model):
    """One anonymous answer about a date.

    Neither a person nor a time is stored, only the day, so that no answer can be matched with a
    registration. ``own`` is a list of ``[question, answer]``.
    """

    class Overall(models.TextChoices):
        VERY_GOOD = "very_good", _("Very good")
        GOOD = "good", _("Good")
        FAIR = "fair", _("Neither good nor poor")
        POOR = "poor", _("Poor")
        VERY_POOR = "very_poor", _("Very poor")

    class Extent(models.TextChoices):
        YES = "yes", _("Yes")
        PARTLY = "partly", _("Partly")
        NO = "no", _("No")

    occurrence = models.ForeignKey(
        "prevent_events.Occurrence", on_delete=models.CASCADE, related_name="feedback"
    )
    overall = models.CharField(max_length=9, choices=Overall.choices)
    learned = models.CharField(max_length=6, choices=Extent.choices)
    took_part = models.CharField(max_length=6, choices=Extent.choices)
    own = models.JSONField(default=list)
    on = models.DateField()
    submission_key = models.CharField(max_length=64, unique=True, editable=False)

    objects = EventFeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"feedback of {self.on:%Y-%m-%d}"

    @staticmethod
    def link_token(occurrence_pk: int) -> str:
        """Return the token of the form's address, the same for everyone who came."""
        return signing.dumps(occurrence_pk, salt=FEEDBACK_SALT)

    @staticmethod
    def read_link_token(token: str) -> int | None:
        """Return the key of the date that ``token`` is for, or None if it is forged."""
        try:
            return signing.loads(token, salt=FEEDBACK_SALT)
        except signing.BadSignature:
            return None
