"""One row for each date of an event: the one truth about time."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Site

from prevent_content.links import is_open

from ..dates_in_words import day_in_words, hours_in_words, month_and_year, time_in_words
from ..english_dates import LONDON

# No occurrence lasts longer, so an index on its start finds those that have not ended. A day has 25
# hours when the clocks go back.
LONGEST = timedelta(hours=25)

UUID_NAMESPACE = uuid.UUID("6f9e4f0e-5d0c-4c5e-9a3c-0d6a3a1f7f52")

# The field ``Occurrence.date`` hides the name inside the class.
Day = date


class AttendanceMode(models.TextChoices):
    IN_PERSON = "in_person", _("In person")
    ONLINE = "online", _("Online")
    BOTH = "both", _("In person and online")


def site_roots(site: Site) -> dict[str, str]:
    """Return the tree path of the home page of ``site`` in each language, its main one first.

    The main language is the one without an address prefix, or else that of the site's root page.
    """
    root = site.root_page
    # Cached by Wagtail: one row for each language.
    languages = [row.language_code for row in Site.get_site_root_paths() if row.site_id == site.pk]
    if len(languages) == 1:
        return {languages[0]: root.path}
    translations = Page.objects.filter(translation_key=root.translation_key)
    rows = translations.values_list("locale__language_code", "path")
    main = settings.LANGUAGE_CODE
    return dict(sorted(rows, key=lambda row: (row[0] != main, row[1] != root.path)))


def site_paths(site: Site) -> list[str]:
    """Return the tree paths of the home pages of ``site``, one for each language."""
    return list(site_roots(site).values())


class OccurrenceQuerySet(models.QuerySet):
    def public(self) -> "OccurrenceQuerySet":
        """Dates whose page is published and open to everyone."""
        return self.filter(is_open("event__path"), event__live=True)

    def cancelled_with_page(self) -> "OccurrenceQuerySet":
        """Dates cancelled because their event's page was unpublished."""
        changes = OccurrenceChange.objects.filter(occurrence=OuterRef("pk"))
        last = changes.order_by("-sequence", "-id").values("with_page")[:1]
        return self.annotate(went_with_page=Subquery(last)).filter(
            status=Occurrence.Status.CANCELLED, went_with_page=True
        )

    def below(self, *paths: str) -> "OccurrenceQuerySet":
        """Dates whose page is below one of the tree ``paths``."""
        below = Q(pk__in=[])
        for path in paths:
            below |= Q(event__path__startswith=path)
        return self.filter(below)

    def of_site(self, site: Site) -> "OccurrenceQuerySet":
        """Dates whose page belongs to ``site``, in every language."""
        return self.below(*site_paths(site))

    def of_event(self, page: Page) -> "OccurrenceQuerySet":
        """Dates of the event on ``page``, in any translation."""
        return self.filter(event__translation_key=page.translation_key)

    def upcoming(self, *, at: datetime) -> "OccurrenceQuerySet":
        """Dates that have not ended at ``at``, earliest first."""
        return self.filter(starts_at__gt=at - LONGEST, ends_at__gt=at).order_by("starts_at", "id")

    def past(self, *, at: datetime) -> "OccurrenceQuerySet":
        """Dates that have ended at ``at``, latest first."""
        # A bound on the start as well, so that the database uses its index from this end.
        return self.filter(starts_at__lt=at, ends_at__lte=at).order_by("-starts_at", "-id")

    def between(self, since: date, until: date) -> "OccurrenceQuerySet":
        """Dates that start from ``since`` to ``until``, both London dates and both included."""
        return self.filter(
            starts_at__gte=datetime.combine(since, time.min, LONDON),
            starts_at__lte=datetime.combine(until, time.max, LONDON),
        ).order_by("starts_at", "id")

    def moved_from(self, day: date) -> "OccurrenceQuerySet":
        """Dates originally on the London date ``day``, most recently moved first."""
        moved = OccurrenceChange.objects.filter(
            action=OccurrenceChange.Action.RESCHEDULED,
            was_starts_at__gte=datetime.combine(day, time.min, LONDON),
            was_starts_at__lte=datetime.combine(day, time.max, LONDON),
        )
        return self.filter(pk__in=moved.values("occurrence")).order_by("-changed_at", "-id")

    def for_display(self) -> "OccurrenceQuerySet":
        """With everything a list reads, without the fields only whole pages need."""
        return self.select_related(
            "event__venue", "event__organiser", "event__image", "venue"
        ).defer("vevent", "event__body", "event__agenda")

    def for_event(self) -> "OccurrenceQuerySet":
        """With everything that the event's own page, already loaded, reads."""
        return self.select_related("venue", *self.model.also_read).defer("vevent")


class Occurrence(models.Model):
    """One date of an event, identified by the event and the date the rule gave.

    A postponed date keeps its identity when its times move. A date that someone has registered for
    is never deleted; ``event`` is empty once its page is deleted. Translations of an event share
    its dates: ``event`` is the one published first.
    """

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        CANCELLED = "cancelled", _("Cancelled")
        POSTPONED = "postponed", _("Postponed")
        MOVED_ONLINE = "moved_online", _("Moved online")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(
        "prevent_events.EventPage", null=True, on_delete=models.SET_NULL, related_name="occurrences"
    )
    title = models.CharField(max_length=255, help_text="The event's, kept if its page goes")
    date = models.DateField(help_text="The date set by the recurrence rule")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    previous_starts_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.SCHEDULED)
    reason = models.CharField(max_length=250, blank=True, help_text="Shown to the public")
    venue = models.ForeignKey(
        "prevent_events.Venue",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Instead of the event's",
    )
    capacity = models.PositiveIntegerField(
        null=True, blank=True, help_text="Instead of the registration page's"
    )
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(help_text="When what the public sees last changed")
    vevent = models.BinaryField(
        default=bytes, help_text="The calendar entry, rendered when what it shows changes"
    )

    objects = OccurrenceQuerySet.as_manager()

    # The language of its texts if it is not the reader's; see ``translations``.
    foreign_language = ""
    # How many people are registered, where a screen has counted them.
    people: int
    # Relations that the apps above add, to be read wherever an event is shown.
    also_read: ClassVar[list[str]] = []

    class Meta:
        ordering = ["starts_at", "id"]
        default_permissions = ()
        permissions = [("change_occurrence_status", "Can cancel, postpone and move dates")]
        indexes = [models.Index(fields=["starts_at", "id"], name="occurrence_start")]
        constraints = [
            models.UniqueConstraint(fields=["event", "date"], name="occurrence_once_a_date"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="occurrence_ends_after_it_starts",
                violation_error_message="A date must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + LONGEST),
                name="occurrence_lasts_a_day_at_most",
                violation_error_message="A date lasts a day at most.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.starts_on:%-d %B %Y}"

    def show_as(self, page) -> None:
        """Show this date as one of ``page``, a translation of its event. Do not save it then."""
        self.event = page
        self.title = page.title

    @property
    def foreign_language_name(self) -> str:
        """Return the name of its own language in the reader's language."""
        return str(get_language_info(self.foreign_language)["name_translated"])

    @property
    def starts_on(self) -> Day:
        """Return the London date on which it now starts."""
        return self.starts_at.astimezone(LONDON).date()

    @property
    def day(self) -> str:
        """Return the date in words, like ``Thursday 26 May 2022``."""
        return day_in_words(self.starts_on)

    @property
    def day_and_month(self) -> str:
        """Return the date without its weekday, like ``25 February``; with the year if far off."""
        return date_format(self.starts_on, "j F Y" if self.is_far_off else "j F")

    @property
    def is_far_off(self) -> bool:
        """Whether its day and month alone could mean another year."""
        return abs((self.starts_on - timezone.localdate()).days) > 180

    @property
    def hours(self) -> str:
        """Return the London hours, like ``6pm to 7:30pm``."""
        starts, ends = (at.astimezone(LONDON) for at in (self.starts_at, self.ends_at))
        words = hours_in_words(starts.time(), ends.time())
        if starts.date() == ends.date():
            return words
        return gettext("%(hours)s the next day") % {"hours": words}

    @property
    def when(self) -> str:
        """Return day and hours in words, like ``Thursday 26 May 2022, 6pm to 7:30pm``."""
        return gettext("%(day)s, %(hours)s") % {"day": self.day, "hours": self.hours}

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def goes_ahead(self) -> bool:
        """Whether it is neither cancelled nor postponed."""
        return self.status not in (self.Status.CANCELLED, self.Status.POSTPONED)

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the original plan."""
        return self.status != self.Status.SCHEDULED or self.previous_starts_at is not None

    @property
    def is_rescheduled(self) -> bool:
        """Whether it was moved to another known time."""
        return self.previous_starts_at is not None and self.status != self.Status.POSTPONED

    @property
    def moved_from(self) -> str:
        """Return the day or hour it was moved from, like ``Moved from Thursday 25 February``."""
        if not self.is_rescheduled:
            return ""
        was = self.previous_starts_at.astimezone(LONDON)
        is_same_day = was.date() == self.starts_on
        what = time_in_words(was.time()) if is_same_day else day_in_words(was)
        return gettext("Moved from %(when)s") % {"when": what}

    @property
    def attendance_mode(self) -> str:
        """Return this date's own mode, or else its event's."""
        if self.status == self.Status.MOVED_ONLINE:
            return AttendanceMode.ONLINE
        return self.event.attendance_mode if self.event else AttendanceMode.IN_PERSON

    @property
    def place(self):
        """Return the venue, or None if it is held online."""
        if self.attendance_mode == AttendanceMode.ONLINE:
            return None
        return self.venue or (self.event.venue if self.event else None)

    @property
    def month(self) -> str:
        """Return the month in words, like ``May 2022``."""
        return month_and_year(self.starts_on)

    def has_ended(self, *, at: datetime) -> bool:
        return self.ends_at <= at


def occurrence_uuid(event_key: object, day: date) -> uuid.UUID:
    """Return the identifier of an event's date: always the same, even if the row is made again.

    ``event_key`` must be unique across all sites, because calendars mix dates from many.
    """
    return uuid.uuid5(UUID_NAMESPACE, f"{event_key}:{day.isoformat()}")


class OccurrenceChange(models.Model):
    """One line of the public change log: what happened to a date, when and why.

    Lines are added and never rewritten. ``by`` is for the audit and is never published.
    """

    class Action(models.TextChoices):
        CANCELLED = "cancelled", _("Cancelled")
        POSTPONED = "postponed", _("Postponed")
        RESCHEDULED = "rescheduled", _("Moved to another time")
        MOVED_ONLINE = "moved_online", _("Moved online")
        VENUE_CHANGED = "venue_changed", _("Venue changed")
        REINSTATED = "reinstated", _("Going ahead again")

    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    action = models.CharField(max_length=14, choices=Action.choices)
    reason = models.CharField(max_length=250)
    with_page = models.BooleanField(
        default=False, help_text="Cancelled because the page was unpublished, not by itself"
    )
    was_starts_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    sequence = models.PositiveIntegerField()

    class Meta:
        ordering = ["at", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_action_display()}, {self.at:%Y-%m-%d %H:%M}"

    @property
    def sentence(self) -> str:
        """Return what happened to which date, like ``Thursday 26 May 2022: cancelled``."""
        day = day_in_words(self.was_starts_at.astimezone(LONDON))
        if self.action == self.Action.RESCHEDULED:
            starts = self.starts_at.astimezone(LONDON)
            return gettext("%(day)s: moved to %(to)s, %(hour)s") % {
                "day": day,
                "to": day_in_words(starts),
                "hour": time_in_words(starts.time()),
            }
        label = self.get_action_display()
        return f"{day}: {label[0].lower()}{label[1:]}"
