"""The registration form that stands below an event, and the questions an editor puts on it."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.functional import cached_property
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm
from wagtail.contrib.forms.models import AbstractFormField
from wagtail.fields import RichTextField
from wagtail.models import Page

from events.models import EventPage, Occurrence
from prevent_content.blocks import PROSE_FEATURES
from prevent_content.publishing import PublishRulesForm, PublishRulesMixin

FIELD_TYPES = [
    ("singleline", "One line of text"),
    ("multiline", "Several lines of text"),
    ("email", "Email address"),
    ("number", "Number"),
    ("url", "Web address"),
    ("date", "Date"),
    ("checkbox", "A single checkbox"),
    ("checkboxes", "Checkboxes, several answers"),
    ("radio", "Radio buttons, one answer"),
    ("dropdown", "Drop-down list, one answer"),
]
GOING_AHEAD = (Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED_ONLINE)
WITH_CHOICES = {"checkboxes", "radio", "dropdown"}


class RegistrationField(AbstractFormField):
    """A question. Name and email address are always asked and need no row here."""

    page = ParentalKey(
        "prevent_registrations.RegistrationPage",
        on_delete=models.CASCADE,
        related_name="form_fields",
    )
    field_type = models.CharField("kind of answer", max_length=16, choices=FIELD_TYPES)
    field_type.required_on_save = True
    required = models.BooleanField(
        default=False, help_text="Require only what the event cannot do without"
    )
    choices = models.TextField(blank=True, help_text="One on each line")
    sensitive = models.BooleanField(
        default=False,
        help_text="Encrypted, shown only to people with that right, never e-mailed",
    )
    in_organiser_email = models.BooleanField(
        "in the organiser's e-mail",
        default=False,
        help_text="Whether the organiser reads the answer in their inbox",
    )

    panels = [
        FieldPanel("label"),
        FieldPanel("help_text"),
        FieldPanel("field_type", classname="formbuilder-type", required_on_save=True),
        FieldPanel("choices", classname="formbuilder-choices"),
        FieldPanel("required"),
        FieldPanel("sensitive"),
        FieldPanel("in_organiser_email"),
    ]

    class Meta(AbstractFormField.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(sensitive=True, in_organiser_email=True),
                name="sensitive_answers_are_not_emailed",
                violation_error_message=(
                    "A sensitive answer is never e-mailed. Untick one of the two"
                ),
            )
        ]

    def clean(self) -> None:
        super().clean()
        if self.field_type in WITH_CHOICES and not self.choices.strip():
            raise ValidationError({"choices": "Enter the choices, one on each line"})


def default_form_fields() -> list[RegistrationField]:
    """Return the questions that a new form begins with: optional, sensitive, not e-mailed."""
    return [
        RegistrationField(
            sort_order=order,
            label=label,
            help_text=help_text,
            field_type="multiline",
            required=False,
            sensitive=True,
        )
        for order, (label, help_text) in enumerate(
            [
                (
                    "Access needs",
                    "For example step-free access, a hearing loop or an interpreter",
                ),
                ("Dietary needs", "For example allergies, halal, kosher, vegan or vegetarian"),
            ]
        )
    ]


class RegistrationPageForm(PublishRulesForm, WagtailAdminFormPageForm):
    """The editor's form: publish rules, and no two questions of the same name."""

    def _post_clean(self) -> None:
        # A page that is being created has no place in the tree yet to find its event by.
        self.instance.future_parent = self.parent_page
        super()._post_clean()


class RegistrationPage(PublishRulesMixin, Page):
    """The form with which people register for one of the dates of the event above it."""

    parent_page_types = ["prevent_events.EventPage"]
    subpage_types: list[str] = []
    max_count_per_parent = 1

    introduction = RichTextField(features=PROSE_FEATURES, blank=True)
    privacy_text = RichTextField(
        features=PROSE_FEATURES,
        blank=True,
        help_text="What happens to the answers, who reads them, and what rights people have",
    )
    consent_text = models.CharField(
        "consent wording",
        max_length=300,
        default="I agree that the council keeps these details to organise this event",
    )
    confirmation_text = RichTextField(
        features=PROSE_FEATURES, blank=True, help_text="What happens next"
    )
    retention_days = models.PositiveSmallIntegerField(
        "days until deletion",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="Registrations are deleted this many days after the end of the date",
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        InlinePanel("form_fields", heading="Questions", label="Question"),
        MultiFieldPanel(
            [
                FieldPanel("privacy_text"),
                FieldPanel("consent_text"),
                FieldPanel("retention_days"),
            ],
            heading="Privacy",
        ),
        FieldPanel("confirmation_text"),
    ]
    base_form_class = RegistrationPageForm
    future_parent: Page | None = None

    class Meta:
        verbose_name = "registration page"

    def publish_errors(self) -> dict[str, str]:
        errors = super().publish_errors()
        if not self.privacy_text:
            errors["privacy_text"] = "Tell people what happens to their answers"
        if not self.recipient:
            errors["__all__"] = (
                "Registrations have nowhere to go. Give the event an organiser with an inbox, "
                "publish the event, and then publish this page"
            )
        return errors

    @cached_property
    def event(self) -> EventPage | None:
        """Return the event that this page belongs to, as it is published."""
        parent = self.get_parent() if self.path else self.future_parent
        if parent is None:
            return None
        return EventPage.objects.select_related("venue", "organiser").filter(pk=parent.pk).first()

    @property
    def recipient(self) -> str:
        """Return the inbox that registrations go to, or an empty string."""
        event = self.event
        return event.organiser.inbox if event and event.organiser else ""

    def open_occurrences(self, *, at: datetime):
        """Return the dates that can be registered for at ``at``, the earliest first."""
        return (
            Occurrence.objects.filter(event=self.event, event__live=True, starts_at__gt=at)
            .filter(status__in=GOING_AHEAD)
            .for_display()
            .order_by("starts_at", "id")
        )

    def is_open(self, occurrence: Occurrence, *, at: datetime) -> bool:
        """Whether ``occurrence`` is one of ``open_occurrences``."""
        return occurrence.status in GOING_AHEAD and occurrence.starts_at > at

    def erase_at(self, occurrence: Occurrence) -> datetime:
        """Return when a registration for ``occurrence`` is to be erased."""
        return occurrence.ends_at + timedelta(days=self.retention_days)

    def serve(self, request, *args, **kwargs):
        from ..views import register

        return register(request, self)
