"""The inboxes for a form's registrations: fields of its page and its site."""

from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import StreamField

from events.english_dates import LONDON
from events.inboxes import parse_inboxes, validate_inboxes

DIGEST_TIME = time(8)
ONE_ON_EACH_LINE = "One address on each line"


def next_digest(*, after: datetime) -> datetime:
    """Return when the first daily digest after ``after`` goes: 8am by the London clock."""
    day = after.astimezone(LONDON).date()
    today = datetime.combine(day, DIGEST_TIME, LONDON)
    if today > after:
        return today
    return datetime.combine(day + timedelta(days=1), DIGEST_TIME, LONDON)


class DateRouteBlock(blocks.StructBlock):
    """One date of the event with its own inboxes."""

    date = blocks.DateBlock(help_text="The date that the event's rule gave")
    addresses = blocks.TextBlock(validators=[validate_inboxes], rows=2, help_text=ONE_ON_EACH_LINE)

    class Meta:
        icon = "mail"
        label = "Date"
        description = "Inboxes for the registrations of one date"
        preview_value = {"date": "2026-11-26", "addresses": "roundtables@council.example"}


class RoutingMixin(models.Model):
    """A page that says where its registrations go, and how.

    Its own inboxes take precedence over its event's, and the event's over the site's; those of a
    single date over all. Copies are sent in addition.
    """

    class OrganiserMail(models.TextChoices):
        EACH = "each", "One email for each registration"
        DAILY = "daily", "One email a day at 8am, with counts and no names"

    organiser_inboxes = models.TextField(
        "inboxes",
        blank=True,
        validators=[validate_inboxes],
        help_text=f"{ONE_ON_EACH_LINE}. Empty: the inbox of the event's organiser",
    )
    copy_inboxes = models.TextField(
        "copies to",
        blank=True,
        validators=[validate_inboxes],
        help_text=f"{ONE_ON_EACH_LINE}, for example a safeguarding lead's",
    )
    organiser_mail = models.CharField(
        "how", max_length=5, choices=OrganiserMail.choices, default=OrganiserMail.EACH
    )
    date_inboxes = StreamField(
        [("date", DateRouteBlock())],
        blank=True,
        verbose_name="inboxes of single dates",
        help_text="Instead of the inboxes above",
    )

    routing_panels = [
        MultiFieldPanel(
            [
                FieldPanel("organiser_inboxes"),
                FieldPanel("copy_inboxes"),
                FieldPanel("organiser_mail"),
                FieldPanel("date_inboxes"),
            ],
            heading="Where registrations go",
        ),
    ]

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        dates = [block.value["date"] for block in self.date_inboxes]
        if len(dates) != len(set(dates)):
            raise ValidationError({"date_inboxes": "Name each date once"})
        try:
            validate_inboxes("\n".join(block.value["addresses"] for block in self.date_inboxes))
        except ValidationError as error:
            raise ValidationError({"date_inboxes": error.messages}) from error

    def inboxes(self, day: date | None = None) -> list[str]:
        """Return the inboxes for registrations on ``day``, the date the event's rule gave.

        Without a day, those for every date that has none of its own.
        """
        for block in self.date_inboxes:
            if block.value["date"] == day:
                return parse_inboxes(block.value["addresses"])
        if own := parse_inboxes(self.organiser_inboxes):
            return own
        if self.event and self.event.organiser and self.event.organiser.inbox:
            return [self.event.organiser.inbox]
        site = self.get_site() if self.path else None
        return RegistrationMailSettings.for_site(site).addresses if site else []

    def mail_route(self, day: date | None = None) -> list[str]:
        """Return every address that registrations on ``day`` go to, copies last."""
        return parse_inboxes("\n".join([*self.inboxes(day), *parse_inboxes(self.copy_inboxes)]))

    def all_recipients(self) -> list[str]:
        """Return the addresses that registrations on any date go to."""
        dates = [block.value["date"] for block in self.date_inboxes]
        return parse_inboxes("\n".join(a for day in [None, *dates] for a in self.mail_route(day)))

    @property
    def recipient(self) -> str:
        """Return the first inbox that registrations go to, or an empty string."""
        return next(iter(self.inboxes()), "")


@register_setting(icon="mail")
class RegistrationMailSettings(BaseSiteSetting):
    """The inbox for registrations for which no page or organiser has one."""

    inboxes = models.TextField(
        blank=True,
        validators=[validate_inboxes],
        help_text=f"{ONE_ON_EACH_LINE}. Used where neither the form nor the event has an inbox",
    )

    panels = [FieldPanel("inboxes")]

    class Meta:
        verbose_name = "registration mail"

    @property
    def addresses(self) -> list[str]:
        return parse_inboxes(self.inboxes)


class KnownRoute(models.Model):
    """The inboxes that a page's registrations went to when they were last compared.

    Emails to those that are ``pending`` wait in the outbox until someone confirms them. Those that
    a form is first published with are ``confirmed``: a moderator has seen them.
    """

    page = models.OneToOneField(
        "prevent_registrations.RegistrationPage",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="known_route",
    )
    addresses = models.JSONField(default=list)
    confirmed = models.JSONField(default=list)
    pending = models.JSONField(default=list)
    changes = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        permissions = [("confirm_inboxes", "Can confirm inboxes that registrations are sent to")]

    def __str__(self) -> str:
        return f"{len(self.addresses)} inboxes"

    def is_pending(self, address: str) -> bool:
        return address.lower() in {waiting.lower() for waiting in self.pending}
