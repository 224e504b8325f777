"""The registration form below an event."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.functional import cached_property
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page
from wagtail.rich_text import get_text_for_indexing

from events.english_dates import LONDON
from events.models import AttendanceMode, EventPage, Occurrence
from events.models.occurrences import OccurrenceQuerySet
from prevent_content.api.serializers import BreadcrumbsField, SearchField
from prevent_content.checklist.rules import Finding
from prevent_content.companions import CompanionMixin
from prevent_content.previews import FrontEndPreviewMixin
from prevent_content.publishing import PublishRulesMixin
from prevent_content.routing import RoutedPageMixin
from prevent_content.sections import PROSE_FEATURES
from prevent_content.translations import SharedFieldsMixin

from ..checklist import FormFacts, Question, review_form
from .delivery import OutboundEmail
from .feedback import EventFeedbackQuestions
from .retention import RetentionPeriods
from .routing import RoutingMixin

GOING_AHEAD = (Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED_ONLINE)
DATES_SHOWN = 12


class RegistrationPage(
    SharedFieldsMixin,
    RoutedPageMixin,
    FrontEndPreviewMixin,
    EventFeedbackQuestions,
    RetentionPeriods,
    RoutingMixin,
    CompanionMixin,
    PublishRulesMixin,
    Page,
):
    """The form for registering for one of the dates of the event above it."""

    parent_page_types = ["prevent_events.EventPage"]
    subpage_types: list[str] = []
    max_count_per_parent = 1
    # People find the event, and from there the form.
    is_searched = False
    allowed_http_methods: ClassVar[list[str]] = ["GET", "HEAD", "OPTIONS", "POST"]

    # The app's label is part of the name because sites often have their own RegistrationPage.
    page_ptr = models.OneToOneField(
        Page, on_delete=models.CASCADE, parent_link=True, related_name="%(app_label)s_%(class)s"
    )
    introduction = RichTextField(features=PROSE_FEATURES, blank=True)
    privacy_text = RichTextField(
        features=PROSE_FEATURES,
        blank=True,
        help_text="What happens to people’s answers, who reads them and what rights people have",
    )
    consent_text = models.CharField(
        "consent to sensitive answers",
        max_length=300,
        default=(
            "I agree that the council uses my access and dietary needs to make arrangements for "
            "this event"
        ),
        help_text="The words people agree to when they answer a sensitive question",
    )
    confirmation_text = RichTextField(
        features=PROSE_FEATURES, blank=True, help_text="What happens next"
    )
    capacity = models.PositiveIntegerField(
        "places",
        null=True,
        blank=True,
        help_text="For each date, unless the date has its own number. Leave blank for no limit",
    )
    max_guests = models.PositiveSmallIntegerField(
        "guests", default=0, validators=[MaxValueValidator(20)], help_text="For each registration"
    )
    waiting_list = models.BooleanField(
        default=True, help_text="Offer a waiting list when a date is full"
    )
    confirm_email = models.BooleanField(
        "people must confirm their email address",
        default=False,
        help_text="We hold a place for an hour, until the link in our email is used",
    )
    approval = models.BooleanField(
        "confirm each by hand",
        default=False,
        help_text="People request a place and a member of staff confirms or declines",
    )
    opens_days_before = models.PositiveSmallIntegerField(
        "opens, days before",
        null=True,
        blank=True,
        help_text="Leave blank to open as soon as it is published",
    )
    closes_hours_before = models.PositiveSmallIntegerField("closes, hours before", default=2)
    opens_at = models.DateTimeField(
        null=True, blank=True, help_text="A fixed time, instead of days before each date"
    )
    closes_at = models.DateTimeField(
        null=True, blank=True, help_text="A fixed time, instead of hours before each date"
    )
    before_text = models.CharField(
        "shown before it opens",
        max_length=300,
        blank=True,
        help_text="Leave blank to use the standard text",
    )
    after_text = models.CharField(
        "shown after it closes",
        max_length=300,
        blank=True,
        help_text="Leave blank to use the standard text",
    )
    check_answers = models.BooleanField(
        default=True, help_text="Let people check their answers before they send them"
    )
    # Translations of an event share its places and how they are allocated.
    shared_fields = (
        *("capacity", "max_guests", "waiting_list", "confirm_email", "approval"),
        *("opens_days_before", "closes_hours_before", "opens_at", "closes_at"),
        *("retention_days", "sensitive_retention_days"),
    )
    # Neither the inboxes nor the number of places, which would reveal attendance.
    api_fields = [
        APIField("introduction"),
        APIField("privacy_text"),
        APIField("consent_text"),
        APIField("confirmation_text"),
        APIField("max_guests"),
        APIField("waiting_list"),
        APIField("approval"),
        APIField("before_text"),
        APIField("after_text"),
        APIField("retention_days"),
        APIField("breadcrumbs", serializer=BreadcrumbsField()),
        APIField("search", serializer=SearchField()),
    ]
    # The form is cached for each date; its address with a person's answers never is.
    page_parameters: ClassVar[frozenset[str]] = frozenset({"date"})
    personal_parameters: ClassVar[frozenset[str]] = frozenset({"answers", "check"})
    # Attached when the app is ready, because models must not import views.
    page_view: ClassVar[Callable]
    email_preview: ClassVar[Callable]
    future_parent: Page | None = None

    class Meta:
        verbose_name = "registration page"

    def clean(self) -> None:
        super().clean()
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": "Enter a time after registration opens"})

    def findings(self, *, at: datetime) -> list[Finding]:
        return [*review_form(self.facts(at=at)), *super().findings(at=at)]

    def facts(self, *, at: datetime) -> FormFacts:
        """Return the checklist's facts about the form as it is in memory at ``at``."""
        opens, closes = self.opens_days_before, self.closes_hours_before
        is_in_person = self.event is None or self.event.attendance_mode != AttendanceMode.ONLINE
        return FormFacts(
            privacy_text=get_text_for_indexing(self.privacy_text),
            consent_text=self.consent_text,
            has_recipient=bool(self.recipient),
            retention_days=self.retention_days,
            sensitive_retention_days=self.sensitive_retention_days,
            questions=tuple(
                Question(row.label, row.required, row.sensitive) for row in self.form_fields.all()
            ),
            capacity=self.capacity,
            is_in_person=is_in_person,
            has_closed=self.closes_at is not None and self.closes_at <= at,
            never_opens=(
                opens is not None
                and not (self.opens_at or self.closes_at)
                and opens * 24 <= (closes or 0)
            ),
        )

    @property
    def page_above(self) -> Page | None:
        """Return the event's page in the tree, or the parent of a new form."""
        return self.pages_above[-1] if self.path else self.future_parent

    def get_admin_display_title(self) -> str:
        """Show the form's event in the CMS's lists, workflows and emails."""
        title = super().get_admin_display_title()
        above = self.page_above
        return f"{title}: {above.title}" if above else title

    @cached_property
    def event(self) -> EventPage | None:
        """Return the event of this page, as published or about to be."""
        if self.published_with:
            return self.published_with
        parent = self.page_above
        if parent is None:
            return None
        return EventPage.objects.select_related("venue", "organiser").filter(pk=parent.pk).first()

    def opening(self, occurrence: Occurrence) -> datetime | None:
        """Return when registration for ``occurrence`` opens; None: as soon as it is published."""
        if self.opens_at:
            return self.opens_at
        if self.opens_days_before is None:
            return None
        return before(occurrence.starts_at, timedelta(days=self.opens_days_before))

    def closing(self, occurrence: Occurrence) -> datetime:
        """Return when registration for ``occurrence`` closes: at its start at the latest."""
        hours = timedelta(hours=self.closes_hours_before)
        asked = self.closes_at or before(occurrence.starts_at, hours)
        return min(asked, occurrence.starts_at)

    def is_open(self, occurrence: Occurrence, *, at: datetime) -> bool:
        """Whether ``occurrence`` goes ahead and can be registered for at ``at``."""
        opening = self.opening(occurrence)
        return (
            occurrence.status in GOING_AHEAD
            and (opening is None or opening <= at)
            and at < self.closing(occurrence)
        )

    def is_for(self, occurrence: Occurrence) -> bool:
        """Whether ``occurrence`` is a date of this form's event."""
        event = occurrence.event
        return event is not None and event.translation_key == self.event.translation_key

    def coming_occurrences(self, *, at: datetime, also: models.Q | None = None) -> list[Occurrence]:
        """Return the next dates, open or not, with their places, earliest first.

        A later date is included if ``also`` asks for it.
        """
        parent = self.page_above
        if parent is None or not parent.live:
            return []
        rows = list(dates_of(parent, at)[:DATES_SHOWN])
        if also is not None and len(rows) == DATES_SHOWN:
            rows += (
                dates_of(parent, at)
                .filter(also, starts_at__gte=rows[-1].starts_at)
                .exclude(pk__in=[row.pk for row in rows])[:1]
            )
        if rows and rows[0].event_id == parent.pk:
            # The event is already loaded, so that nothing fetches it again.
            self.event = rows[0].event
        for occurrence in rows:
            occurrence.show_as(self.event)
        return rows

    @property
    def asks_sensitive(self) -> bool:
        return any(question.sensitive for question in self.form_fields.all())

    def serve(self, request, *args, **kwargs):
        return type(self).page_view(request, self)

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        return [
            ("", "The form"),
            *((kind, f"Email: {label}") for kind, label in OutboundEmail.PERSON_KINDS),
        ]

    def serve_preview(self, request, mode_name: str):
        if mode_name:
            return type(self).email_preview(request, self, mode_name)
        return self.serve(request)


class EmailWording(Orderable):
    """An editor's own opening paragraph for one kind of email to people who register."""

    page = ParentalKey(RegistrationPage, on_delete=models.CASCADE, related_name="wordings")
    kind = models.CharField(max_length=24, choices=OutboundEmail.PERSON_KINDS)
    opening = models.TextField(max_length=1000, help_text="Plain text, before the details")

    panels = [FieldPanel("kind"), FieldPanel("opening")]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["page", "kind"],
                name="one_wording_a_kind",
                violation_error_message="This email already has an opening paragraph",
            )
        ]


def before(moment: datetime, distance: timedelta) -> datetime:
    """Return the moment ``distance`` earlier by the London clock.

    "7 days before" means the same hour to editors and visitors, even if the clocks have changed.
    """
    return (moment.astimezone(LONDON) - distance).astimezone(UTC)


def dates_of(event: Page, at: datetime) -> OccurrenceQuerySet:
    """Return the dates of an event that begin after ``at``, with their places."""
    return (
        Occurrence.objects.of_event(event)
        .filter(starts_at__gt=at)
        .select_related("event__venue", "event__organiser", "venue", "place_count")
        .defer("vevent", "event__body", "event__agenda")
        .order_by("starts_at", "id")
    )
