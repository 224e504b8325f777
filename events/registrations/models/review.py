"""What reviewers add: assignments, saved filters, the log of decisions and the access trail."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from wagtail.models import BaseLogEntry, BaseLogEntryManager

SEEN_BATCH = 1000


class ReviewMixin(models.Model):
    """What reviewers add to a registration. The person cannot see it."""

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
    """An event assigned to ``user``, limiting the rights of their groups to their events.

    It survives deletion of the event's page, without an event, so that deleting a page widens
    nobody's view.
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
    """A list filter that ``user`` has saved. It holds no search words."""

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
        """Return the entries about registrations that ``user`` may see, superusers included."""
        registrations = self.model._meta.get_field("registration").related_model.objects
        return self.filter(registration__in=registrations.viewable_by(user).order_by().values("pk"))

    def for_instance(self, instance) -> models.QuerySet:
        return self.filter(registration=instance)


class RegistrationLogEntry(BaseLogEntry):
    """Wagtail's log of decisions (reference, action, status), in a table with its own access."""

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


class AppendOnly(TypeError):
    """A line of the trail cannot be changed or removed."""


class AccessRecordQuerySet(models.QuerySet):
    def about(self, *registration_pks: int) -> "AccessRecordQuerySet":
        """Lines about one of the registrations, alone or in a list."""
        seen = SeenRegistration.objects.filter(
            record=models.OuterRef("pk"), registration_pk__in=registration_pks
        )
        return self.filter(
            models.Q(registration_pk__in=registration_pks) | models.Q(models.Exists(seen))
        )

    def update(self, **kwargs):
        raise AppendOnly("Lines of the trail are added, never changed")

    def delete(self):
        raise AppendOnly("Lines of the trail are added, never removed")


class AccessRecord(models.Model):
    """One action of one CMS user.

    ``registration_pk`` and ``occurrence_pk`` are numbers, not foreign keys, and ``user`` has no
    constraint: a line survives unchanged when the registration is erased or the account closed.
    """

    class Action(models.TextChoices):
        LISTED = "listed", "Saw a list of registrations"
        LOOKED = "looked", "Looked at a registration"
        REVEALED = "revealed", "Read sensitive answers"
        DECIDED = "decided", "Decided on a registration"
        ADDED = "added", "Added a person"
        CHANGED = "changed", "Changed a registration"
        NOTED = "noted", "Wrote a note"
        ASSIGNED = "assigned", "Assigned a registration"
        FLAGGED = "flagged", "Flagged a safeguarding concern"
        CLEARED = "cleared", "Cleared the flag of a concern"
        DOOR = "door", "Opened the list at the door"
        SHEET = "sheet", "Made a sign-in sheet"
        COUNTED = "counted", "Counted answers for a summary"
        MESSAGED = "messaged", "Emailed everyone on a date"
        EXPORTED = "exported", "Exported registrations"
        STOPPED = "stopped", "Lost the right during an export"
        ACCESSED = "accessed", "Answered a request for someone's data"
        ERASED = "erased", "Erased on request"
        HELD = "held", "Held a registration back from erasure"
        LIFTED = "lifted", "Lifted a hold"
        COMPLAINT = "complaint", "Read or answered a complaint"
        TRAIL = "trail", "Read the trail"

    class Purpose(models.TextChoices):
        """Why registrations leave the CMS. A list, because free text may name people."""

        DOOR = "door", "Welcoming people at the door"
        NEEDS = "needs", "Access arrangements and catering"
        CONTACT = "contact", "Contacting people about the date"
        REPORT = "report", "Figures for a report"
        RIGHTS = "rights", "A person's data protection rights"
        SAFEGUARDING = "safeguarding", "Safeguarding"
        OTHER = "other", "Another purpose"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        help_text="Empty for someone at the command line",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    action = models.CharField(max_length=16, choices=Action.choices)
    registration_pk = models.PositiveBigIntegerField(null=True, blank=True, db_index=True)
    occurrence_pk = models.PositiveBigIntegerField(
        null=True, blank=True, db_index=True, help_text="The date, where all of it is of one"
    )
    count = models.PositiveIntegerField(default=1, help_text="How many registrations it was about")
    purpose = models.CharField(max_length=16, choices=Purpose.choices, blank=True)
    sensitive = models.BooleanField(default=False, help_text="Whether sensitive answers were in it")

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        default_permissions = ()
        permissions = [("view_trail", "Can read the trail of who did what with registrations")]
        indexes = [models.Index(fields=["user", "action", "registration_pk"], name="trail_of_user")]

    def __str__(self) -> str:
        return f"{self.get_action_display()}, {self.at:%Y-%m-%d %H:%M}"

    def save(self, **kwargs) -> None:
        """Add the line. Raises ``AppendOnly`` if it already exists."""
        if not self._state.adding:
            raise AppendOnly("Lines of the trail are added, never changed")
        super().save(**kwargs)

    def delete(self, **kwargs):
        raise AppendOnly("Lines of the trail are added, never removed")

    @classmethod
    def record(
        cls,
        user,
        action: str,
        *,
        registration=None,
        seen: Iterable[int] = (),
        occurrence_pk: int | None = None,
        **details,
    ) -> "AccessRecord":
        """Record that ``user`` did ``action``, to one ``registration`` or to ``count`` of them.

        ``seen`` are the keys of the registrations shown in a list. A screen records before it
        shows.
        """
        with transaction.atomic():
            line = cls.objects.create(
                user=user,
                action=action,
                registration_pk=registration and registration.pk,
                occurrence_pk=registration.occurrence_id if registration else occurrence_pk,
                **details,
            )
            for keys in batched(seen):
                SeenRegistration.objects.bulk_create(
                    SeenRegistration(record=line, registration_pk=key) for key in keys
                )
        return line


def batched(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(keys)
    while batch := list(islice(rest, SEEN_BATCH)):
        yield batch


class SeenRegistration(models.Model):
    """A registration that a line about several was about.

    Like the line, it holds only a number, and stays when the registration is erased.
    """

    record = models.ForeignKey(
        AccessRecord, on_delete=models.DO_NOTHING, db_constraint=False, related_name="seen"
    )
    registration_pk = models.PositiveBigIntegerField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.record_id}: {self.registration_pk}"
