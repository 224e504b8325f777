"""What readers say of a page: whether it was useful, and a few words."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from wagtail.models import Page, Revision

DAYS_KEPT = 365


class PageFeedbackQuerySet(models.QuerySet):
    def old(self, *, at: datetime) -> "PageFeedbackQuerySet":
        """Those whose time is up at ``at``: after a year, or ``PREVENT_FEEDBACK_DAYS``."""
        days = getattr(settings, "PREVENT_FEEDBACK_DAYS", DAYS_KEPT)
        return self.filter(at__lt=at - timedelta(days=days))


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
