"""What people are told when a publication, or an expiry, changes the dates that they booked."""

from django.conf import settings
from django.db import models
from wagtail.models import Page


class AnnouncementQuerySet(models.QuerySet):
    def for_event(self, page: Page, occasion: str) -> "AnnouncementQuerySet":
        """Those of the event that ``page`` is about, whichever translation of it that is."""
        return self.filter(event__translation_key=page.translation_key, occasion=occasion)


class Announcement(models.Model):
    """The reason and the choice that someone gave for ``dates``, before anything happened to them.

    It is used when the event is published, or expires, and then deleted. ``dates`` holds the
    ``uuid`` of each date that was shown.
    """

    class Occasion(models.TextChoices):
        PUBLISHING = "publishing", "Publishing"
        EXPIRY = "expiry", "Expiry"

    event = models.ForeignKey(
        "prevent_events.EventPage", on_delete=models.CASCADE, related_name="announcements"
    )
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    dates = models.JSONField(default=list)
    reason = models.CharField(max_length=250)
    tell = models.BooleanField(default=True, help_text="Email the people who booked")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["event", "occasion"], name="one_announcement_each")
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()}: {len(self.dates)} dates"
