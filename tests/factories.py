"""Rows for tests, published and real: pages go through a revision, as an editor's do.

Nothing here reads the clock; a test that publishes a repeating event uses the ``clock`` fixture.
"""

from datetime import UTC, date, datetime, time

import factory
import wagtail_factories
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from events.english_dates import LONDON
from events.models import (
    EventIndexPage,
    EventPage,
    Occurrence,
    Organiser,
    Speaker,
    Venue,
)
from events.recurrence_values import recurrence_for
from events.registrations.models import (
    OutboundEmail,
    Registration,
    RegistrationField,
    RegistrationPage,
)
from home.models import HomePage, StandardPage
from prevent_content.models import PreventPage

EVERY_THIRD_MONTH = "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH"


def publish(page):
    """Publish ``page`` as it is in memory, and return it as the database then has it."""
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)


class UserFactory(DjangoModelFactory):
    """A CMS user in the group named ``group``; without one, a user without rights."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@council.example")

    @factory.post_generation
    def group(self, create, name, **kwargs):
        if name:
            self.groups.add(Group.objects.get(name=name))


class VenueFactory(DjangoModelFactory):
    class Meta:
        model = Venue

    name = factory.Sequence(lambda number: f"Hall {number}")
    address = "1 High Street\nExampleton"
    postcode = "HP99 9ZZ"


class SpeakerFactory(DjangoModelFactory):
    class Meta:
        model = Speaker

    name = factory.Sequence(lambda number: f"Speaker {number}")


class OrganiserFactory(DjangoModelFactory):
    class Meta:
        model = Organiser

    team = factory.Sequence(lambda number: f"Team {number}")
    inbox = "inbox@council.example"


class PublishedPageFactory(wagtail_factories.PageFactory):
    """A page below ``parent``: published through a revision, unless ``live=False``."""

    class Meta:
        abstract = True

    @classmethod
    def _create_instance(cls, model_class, parent, kwargs):
        is_live = kwargs.pop("live", True)
        page = super()._create_instance(model_class, parent, kwargs | {"live": False})
        return publish(page) if is_live else page


class HomePageFactory(PublishedPageFactory):
    class Meta:
        model = HomePage

    title = "Another home page"
    summary = "The front page of another site."


class StandardPageFactory(PublishedPageFactory):
    class Meta:
        model = StandardPage

    title = "Cookies"
    summary = "What this site keeps in your browser."


class PreventPageFactory(PublishedPageFactory):
    class Meta:
        model = PreventPage

    title = "Prevent"
    summary = "What Prevent is for."


class EventIndexPageFactory(PublishedPageFactory):
    class Meta:
        model = EventIndexPage

    title = "Roundtables"
    summary = "Evenings about Prevent."


class EventPageFactory(PublishedPageFactory):
    """An event on 26 November 2026; ``rule``, an RRULE text, makes it a series."""

    class Meta:
        model = EventPage

    class Params:
        rule = ""
        skipped = ()
        extra = ()

    title = factory.Sequence(lambda number: f"Roundtable {number}")
    summary = "Hear, ask and find out."
    date = date(2026, 11, 26)
    starts = time(18)
    ends = time(19, 30)
    recurrence = factory.LazyAttribute(
        lambda event: recurrence_for(event.rule, event.skipped, event.extra, first=event.date)
    )
    venue = factory.SubFactory(VenueFactory)
    organiser = factory.SubFactory(OrganiserFactory)


class RegistrationPageFactory(PublishedPageFactory):
    """A form below an event, with a question for the organiser and a sensitive one."""

    class Meta:
        model = RegistrationPage

    title = "Book a place"
    slug = "register"
    privacy_text = "<p>We delete what you tell us 30 days after the event.</p>"
    form_fields = factory.LazyFunction(
        lambda: [
            RegistrationField(
                sort_order=0,
                label="Your question",
                field_type="multiline",
                in_organiser_email=True,
            ),
            RegistrationField(
                sort_order=1, label="Access needs", field_type="multiline", sensitive=True
            ),
        ]
    )


class OccurrenceFactory(DjangoModelFactory):
    """A date of an event at its hours, made directly rather than by publishing."""

    class Meta:
        model = Occurrence

    class Params:
        starts = time(18)
        ends = time(19, 30)

    date = date(2026, 11, 26)
    title = factory.LazyAttribute(lambda row: row.event.title if row.event else "Roundtable")
    event = None
    starts_at = factory.LazyAttribute(lambda row: datetime.combine(row.date, row.starts, LONDON))
    ends_at = factory.LazyAttribute(lambda row: datetime.combine(row.date, row.ends, LONDON))
    changed_at = datetime(2026, 11, 2, 12, tzinfo=UTC)


class RegistrationFactory(DjangoModelFactory):
    class Meta:
        model = Registration

    occurrence = factory.SubFactory(OccurrenceFactory)
    name = "Ada Visitor"
    email = "ada@visitor.example"
    received_at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    erase_at = datetime(2026, 12, 26, 19, 30, tzinfo=UTC)


class OutboundEmailFactory(DjangoModelFactory):
    class Meta:
        model = OutboundEmail

    registration = factory.SubFactory(RegistrationFactory)
    kind = OutboundEmail.Kind.RECEIVED
    recipient = factory.SelfAttribute("registration.email")
    created_at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    due_at = factory.SelfAttribute("created_at")
    message_id = factory.Sequence(lambda number: f"<{number}@council.example>")
    idempotency_key = factory.Sequence(lambda number: f"test:{number}")
