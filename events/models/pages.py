"""The page types of events: the index that lists them, and the page for each one."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from modelcluster.fields import ParentalKey
from modelcluster.queryset import FakeQuerySet
from recurrence.fields import RecurrenceField
from wagtail.api import APIField
from wagtail.images import get_image_model_string
from wagtail.models import Orderable, Page
from wagtail.search import index

from prevent_content.api.serializers import ClockField, ObjectField, ObjectsField
from prevent_content.checklist.rules import Finding
from prevent_content.models import EditorialPage
from prevent_content.translations import SharedFieldsMixin

from ..agenda import AgendaReview, review
from ..blocks import AgendaField, agenda_entries, agenda_error
from ..checklist import review_event
from ..english_dates import LONDON
from ..recurrence_values import normalise, schedule_parts
from ..rules import RuleError
from ..schedule import Schedule
from .draft import facts_of
from .occurrences import AttendanceMode, Occurrence, OccurrenceChange, OccurrenceQuerySet
from .record import RecordMixin

PageView = Callable[[HttpRequest, Page], HttpResponse]


class EventIndexPage(EditorialPage):
    """Lists the dates of the events below it."""

    subpage_types = ["prevent_events.EventPage"]
    page_parameters = frozenset({"when", "month", "view", "where", "page"})

    class Meta:
        verbose_name = "event index page"

    # Attached by ``views``, which models must not import.
    view: ClassVar[PageView]

    def serve(self, request, *args, **kwargs):
        return type(self).view(request, self)


class EventSpeaker(Orderable):
    page = ParentalKey("EventPage", on_delete=models.CASCADE, related_name="event_speakers")
    speaker = models.ForeignKey("Speaker", on_delete=models.CASCADE, related_name="+")


class EventPage(SharedFieldsMixin, RecordMixin, EditorialPage):
    """An event, held once or repeatedly. Its dates are ``Occurrence`` rows, made on publication."""

    parent_page_types = ["prevent_events.EventIndexPage"]
    # The apps above this one decide what may be below an event.
    subpage_types: list[str] = []
    page_parameters = frozenset({"date", "view"})
    served_with = ("venue", "organiser", "image")
    # Shared by the translations of an event.
    shared_fields = (
        *("date", "starts", "ends", "recurrence", "attendance_mode", "joining_link"),
        *("venue", "organiser"),
    )
    # Attached by ``views``, just as ``admin.panels`` attaches the panels and the form.
    view: ClassVar[PageView]
    preview: ClassVar[PageView]

    # Empty only in drafts.
    date = models.DateField("first date", null=True)
    starts = models.TimeField("start time", null=True, help_text="London time")
    ends = models.TimeField("end time", null=True)
    recurrence = RecurrenceField(verbose_name="repeats", blank=True, include_dtstart=False)
    attendance_mode = models.CharField(
        max_length=9, choices=AttendanceMode.choices, default=AttendanceMode.IN_PERSON
    )
    joining_link = models.URLField(
        blank=True, help_text="Only for people with a confirmed place. Never published"
    )
    venue = models.ForeignKey(
        "Venue", null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    organiser = models.ForeignKey(
        "Organiser", null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    audience = models.CharField("who it is for", max_length=250, blank=True)
    image = models.ForeignKey(
        get_image_model_string(),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="picture",
    )
    image_alt = models.CharField(
        "alternative text",
        max_length=250,
        blank=True,
        help_text="Describe the picture for people who cannot see it",
    )
    image_is_decorative = models.BooleanField(
        "the picture is decorative",
        default=False,
        help_text="It adds nothing to the text, so it needs no alternative text",
    )

    calendar_title = models.CharField(
        "title in calendars",
        max_length=120,
        blank=True,
        help_text=(
            "Used instead of the page title, because other people may see a calendar. "
            "For example “Community evening”; lines that say “Prevent” are then left out too"
        ),
    )
    agenda = AgendaField(blank=True)

    search_fields = [
        *EditorialPage.search_fields,
        index.SearchField("audience"),
        index.SearchField("agenda"),
        index.RelatedFields("venue", [index.SearchField("name"), index.SearchField("address")]),
        *RecordMixin.record_search_fields,
    ]
    # Never the joining link, nor the organiser's inbox.
    api_fields = [
        *EditorialPage.api_fields,
        APIField("date"),
        APIField("starts", serializer=ClockField()),
        APIField("ends", serializer=ClockField()),
        APIField("rule"),
        APIField("time_zone"),
        APIField("attendance_mode"),
        APIField("venue", serializer=ObjectField("VenueObject")),
        APIField("organiser", serializer=ObjectField("OrganiserObject")),
        APIField("speakers", serializer=ObjectsField("SpeakerObject")),
        APIField("audience"),
        APIField("calendar_title"),
        APIField("agenda"),
        *RecordMixin.record_api_fields,
    ]

    class Meta:
        verbose_name = "event page"

    def clean(self) -> None:
        if not self.is_saved_as_draft:
            self.check_hours()
        super().clean()
        if "prevent" in self.calendar_title.casefold():
            raise ValidationError(
                {"calendar_title": "Leave out the word “Prevent”, or leave this blank"}
            )
        try:
            self.recurrence = normalise(self.recurrence)
        except RuleError as error:
            raise ValidationError({"recurrence": str(error)}) from error
        if self.image_is_decorative:
            self.image_alt = ""

    def check_hours(self) -> None:
        """Raise an error that stops publishing, at its field or line of the running order."""
        if not (self.starts and self.ends):
            return
        if self.ends <= self.starts:
            raise ValidationError({"ends": "Enter an end time that is after the start time"})
        if error := agenda_error(self.review_agenda().findings, self.agenda):
            raise ValidationError({"agenda": error})

    def findings(self, *, at: datetime) -> list[Finding]:
        return [*review_event(facts_of(self, at=at)), *super().findings(at=at)]

    def serve(self, request, *args, **kwargs):
        return type(self).view(request, self)

    def serve_preview(self, request, mode_name):
        if mode_name == self.default_preview_mode:
            return type(self).preview(request, self)
        return super().serve_preview(request, mode_name)

    def get_sitemap_urls(self, request=None) -> list[dict]:
        """Report the last change of the page or of any of its dates."""
        changed = self.dates.aggregate(last=models.Max("changed_at"))["last"]
        return [
            entry | {"lastmod": max(filter(None, (entry["lastmod"], changed)), default=None)}
            for entry in super().get_sitemap_urls(request)
        ]

    @property
    def search_texts(self) -> list[str]:
        agenda = self.agenda.stream_block.get_searchable_content(self.agenda)
        people = [f"{speaker.name}, {speaker.description}" for speaker in self.speakers]
        return [
            *super().search_texts,
            self.audience,
            *(self.venue.search_texts if self.venue else []),
            *map(str, agenda),
            *people,
            *self.record_texts,
        ]

    def review_agenda(self) -> AgendaReview:
        """Return what is wrong with the running order, and how it fills the event."""
        return review(agenda_entries(self.agenda), self.starts, self.ends)

    @property
    def dates(self) -> OccurrenceQuerySet:
        """Return the dates of the event, which its translations share."""
        return Occurrence.objects.of_event(self)

    @property
    def schedule(self) -> Schedule:
        """Return the schedule that this page's fields describe."""
        rule, skipped, extra = schedule_parts(self.recurrence)
        return Schedule(
            first=self.date,
            starts=self.starts,
            ends=self.ends,
            zone=LONDON,
            rule=rule,
            skipped=skipped,
            extra=extra,
        )

    @property
    def rule(self) -> str:
        """Return the event's RRULE (RFC 5545); "" for a single date."""
        return schedule_parts(self.recurrence)[0]

    @property
    def time_zone(self) -> str:
        """Return the IANA name of the time zone of its hours."""
        return LONDON.key

    @property
    def speakers(self) -> list:
        rows = self.event_speakers.all()
        # A preview has speakers that may not be in the database.
        if not isinstance(rows, FakeQuerySet):
            rows = rows.select_related("speaker")
        return [row.speaker for row in rows]

    @property
    def changes(self):
        """Return the changes to its dates, latest first."""
        return (
            OccurrenceChange.objects.filter(occurrence__event__translation_key=self.translation_key)
            .select_related("occurrence")
            .defer("occurrence__vevent")
            .order_by("-at", "-id")
        )

    @property
    def refreshments(self) -> list[dict]:
        """Return the refreshments of the running order, in order."""
        return [child.value for child in self.agenda if child.block_type == "refreshments"]
