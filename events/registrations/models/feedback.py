"""What readers say of a page: whether it was useful, and a few words."""

from datetime import datetime, timedelta

from django.db import models
from wagtail.models import Page, Revision

from .retention import page_feedback_days


class PageFeedbackQuerySet(models.QuerySet):
    def old(self, *, at: datetime) -> "PageFeedbackQuerySet":
        """Those whose time is up at ``at``."""
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
