"""What the review desk keeps: who looks after what, which lists they come back to, and its log."""

from django.conf import settings
from django.db import models
from wagtail.models import BaseLogEntry, BaseLogEntryManager


class ReviewMixin(models.Model):
    """What reviewers add to a registration. The person never sees it."""

    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who looks after it",
    )
    concern_since = models.DateTimeField(
        null=True,
        blank=True,
        db_index=True,
        help_text="When it was flagged as holding a safeguarding concern; empty once cleared",
    )

    class Meta:
        abstract = True


class EventAssignment(models.Model):
    """An event whose registrations ``user`` looks after, with the rights of their groups.

    Whoever has one is limited to the events of theirs. It outlives the event's page, with no
    event: deleting a page widens nobody's view.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="event_assignments"
    )
    event = models.ForeignKey(
        "prevent_events.EventPage", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["user__username", "event__title", "pk"]
        default_permissions = ()
        permissions = [("assign_events", "Can assign events to people")]
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="assigned_once")]

    def __str__(self) -> str:
        return f"{self.user.get_username()}: {self.event.title if self.event else 'deleted event'}"


class SavedFilter(models.Model):
    """A filter of the list that ``user`` comes back to. It holds no word that was searched for."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="registration_filters"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True, help_text="As in the list's address")
    opens = models.BooleanField(default=False, help_text="Whether the list opens with it")

    class Meta:
        ordering = ["name", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_filter_name"),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(opens=True), name="one_filter_opens_the_list"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RegistrationLogEntryManager(BaseLogEntryManager):
    def log_action(self, instance, action, **kwargs) -> "RegistrationLogEntry":
        return super().log_action(instance, action, registration=instance, **kwargs)

    def viewable_by_user(self, user) -> models.QuerySet:
        """Return the entries about registrations that ``user`` may see, superusers not excepted."""
        registrations = self.model._meta.get_field("registration").related_model.objects
        return self.filter(registration__in=registrations.viewable_by(user).order_by().values("pk"))

    def for_instance(self, instance) -> models.QuerySet:
        return self.filter(registration=instance)


class RegistrationLogEntry(BaseLogEntry):
    """Wagtail's own log of decisions: reference, act, status. A log apart, with a lock apart."""

    registration = models.ForeignKey(
        "prevent_registrations.Registration", on_delete=models.CASCADE, related_name="log_entries"
    )

    objects = RegistrationLogEntryManager()

    class Meta(BaseLogEntry.Meta):
        ordering = ["-timestamp", "-id"]
        default_permissions = ()

    @property
    def object_id(self) -> int:
        return self.registration_id
