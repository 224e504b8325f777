"""Alert banners: shown for a time on every page, or on one page and those below it."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Min, Q, Value
from django.db.models.functions import Left, Length
from django.dispatch import receiver
from django.utils import timezone
from wagtail.fields import RichTextField
from wagtail.models import Page

from .public_version import next_change_requested


class AlertBannerQuerySet(models.QuerySet):
    def at_time(self, *, at: datetime) -> "AlertBannerQuerySet":
        """Banners that have begun at ``at`` and not ended."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)

    def shown(self, *, at: datetime, page: Page | None = None) -> "AlertBannerQuerySet":
        """Banners that apply at ``at`` to the whole site, to ``page`` or to a page above it."""
        places = Q(page=None)
        if page is not None and page.path:
            places |= Q(page__path=Left(Value(page.path), Length("page__path")))
        return self.at_time(at=at).filter(places).order_by("starts_at", "pk")


class AlertBanner(models.Model):
    """What everyone has to know before they read on."""

    title = models.CharField(max_length=160, help_text="What people need to know, in one sentence")
    text = RichTextField(features=["bold", "link"], blank=True, help_text="What people should do")
    page = models.ForeignKey(
        Page,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name="shown on",
        help_text="This page and the pages below it. Leave blank for every page",
    )
    starts_at = models.DateTimeField("shown from", help_text="London time")
    ends_at = models.DateTimeField("until", null=True, blank=True)

    objects = AlertBannerQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="alert_ends_after_it_starts",
                violation_error_message="A banner must end after it starts.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "Enter a time after the banner is first shown"})

    @property
    def place(self) -> str:
        return self.page.get_admin_display_title() if self.page else "Every page"

    @property
    def state(self) -> str:
        """Return whether the banner is shown now."""
        now = timezone.now()
        if self.starts_at > now:
            return "Not shown yet"
        return "Shown now" if self.ends_at is None or self.ends_at > now else "Ended"


@receiver(next_change_requested)
def tell_next_turn(sender, at: datetime, **kwargs) -> datetime | None:
    """Return when, after ``at``, a banner next begins or ends."""
    moments = [
        AlertBanner.objects.filter(**{f"{name}__gt": at}).aggregate(first=Min(name))["first"]
        for name in ("starts_at", "ends_at")
    ]
    return min(filter(None, moments), default=None)
