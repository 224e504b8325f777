"""Forty kinds of change, each of which the next visitor sees although every page is cached."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.images import ImageFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from PIL import Image
from wagtail.models import PageViewRestriction, Site
from wagtail_factories import ImageFactory

from events import actions
from events.models import EventPage, EventSpeaker, Speaker, Venue
from events.registrations import places
from events.registrations.models import RegistrationPage
from home.models import FooterPage, SiteSettings
from prevent_content import public_version
from prevent_content.models import PreventPage, PreventSettings
from tests.conftest import NOW
from tests.factories import (
    EventIndexPageFactory,
    EventPageFactory,
    PreventPageFactory,
    RegistrationPageFactory,
    SpeakerFactory,
    StandardPageFactory,
    VenueFactory,
    publish,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

INDEX = "/prevent/roundtables/"
EVENT = INDEX + "evening/"
PREVENT = "/prevent/"


def shown(path):
    """Return what a new visitor gets: status, redirect and page."""
    response = Client().get(path)
    return response.status_code, response.get("Location", ""), response.content


class Town:
    """A small site, and everything about it that can change."""

    def __init__(self, home):
        self.home = home
        self.prevent = PreventPageFactory(parent=home, title="Prevent", show_in_menus=True)
        self.index = EventIndexPageFactory(parent=self.prevent, title="Roundtables")
        self.venue = VenueFactory(name="Old hall")
        self.event = EventPageFactory(
            parent=self.index,
            title="Evening",
            slug="evening",
            rule="FREQ=WEEKLY;COUNT=3",
            venue=self.venue,
        )
        self.speaker = SpeakerFactory(name="Sam")
        self.event.event_speakers = [EventSpeaker(speaker=self.speaker)]
        self.image = ImageFactory(title="Hall", file__width=900, file__height=500)
        self.event.body = self.figure("A hall")
        self.event = publish(self.event)
        self.form = RegistrationPageFactory(parent=self.event, capacity=5)
        self.row = self.event.occurrences.first()
        self.site = Site.objects.get(is_default_site=True)
        # The first visitor ever creates the settings, and so raises the version.
        shown(PREVENT)

    @property
    def date(self):
        self.row.refresh_from_db()
        return self.row

    def figure(self, alt):
        self.image.contextual_alt_text = alt
        return [("figure", {"image": self.image, "caption": ""})]

    def edit(self, page, **fields):
        page = type(page).objects.get(pk=page.pk)
        for name, value in fields.items():
            setattr(page, name, value)
        return publish(page)

    def change(self, row, **fields):
        row = type(row).objects.get(pk=row.pk)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()

    def settings(self, model, **fields):
        self.change(model.for_site(self.site), **fields)

    def take_places(self, number):
        places.ensure_count(self.date, self.form)
        assert places.take(self.row.pk, number)

    def give_back(self, number):
        with transaction.atomic():
            places.release(self.row.pk, number, at=NOW)

    def schedule(self):
        """Run the job that publishes a scheduled edit."""
        page = PreventPage.objects.get(pk=self.prevent.pk)
        page.summary = "Scheduled words"
        page.go_live_at = datetime.now(UTC) + timedelta(minutes=1)
        page.save_revision().publish()
        return page

    def replace_image(self):
        self.image.refresh_from_db()
        self.image.file.save("other.png", ImageFile(picture(700, 300), name="other.png"))
        self.image._set_image_file_metadata()
        self.image.renditions.all().delete()
        self.image.save()


def picture(width, height):
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file


def expires_soon(town):
    page = PreventPage.objects.get(pk=town.prevent.pk)
    page.go_live_at, page.expire_at = None, datetime.now(UTC) - timedelta(minutes=1)
    page.live = True
    page.save()
    call_command("publish_scheduled")


# One after the other, each on the result of those before: name, where it shows, and what is done.
CHANGES = [
    ("text of a page", PREVENT, lambda t, _: t.edit(t.prevent, summary="Other words")),
    ("title of a page", PREVENT, lambda t, _: t.edit(t.prevent, title="Prevent duty")),
    ("title in a list of pages", "/", lambda t, _: t.edit(t.prevent, title="Prevent again")),
    (
        "block of the home page",
        "/",
        lambda t, _: t.edit(
            t.home,
            summary="Front",
            body=[("upcoming_roundtables", {"heading": "Next", "limit": 3})],
        ),
    ),
    ("owner of a page", PREVENT, lambda t, _: t.edit(t.prevent, content_owner="Web team")),
    (
        "description for search engines",
        PREVENT,
        lambda t, _: t.edit(t.prevent, search_description="What Prevent is"),
    ),
    ("page out of the menu", "/", lambda t, _: t.edit(t.prevent, show_in_menus=False)),
    ("page into the menu", "/", lambda t, _: t.edit(t.prevent, show_in_menus=True)),
    ("numbers to call", EVENT, lambda t, _: t.settings(PreventSettings, hotline_phone="0800 1")),
    ("local team", EVENT, lambda t, _: t.settings(PreventSettings, team_name="Our team")),
    ("council's name", PREVENT, lambda t, _: t.settings(SiteSettings, council_name="Bucks")),
    (
        "link in the footer",
        PREVENT,
        lambda t, _: (
            FooterPage.objects.create(
                settings=SiteSettings.for_site(t.site),
                page=StandardPageFactory(parent=t.home, title="Cookies"),
            ),
            t.settings(SiteSettings, service_name="Prevent"),
        ),
    ),
    (
        "title of a page in the footer",
        PREVENT,
        lambda t, _: t.edit(t.home.get_children().get(slug="cookies").specific, title="Biscuits"),
    ),
    (
        "another page as the site's root",
        "/",
        lambda t, _: t.change(t.site, root_page=t.prevent.page_ptr),
    ),
    ("the root that it was", "/", lambda t, _: t.change(t.site, root_page=t.home.page_ptr)),
    ("new event", INDEX, lambda t, _: EventPageFactory(parent=t.index, title="Second")),
    ("event unpublished", INDEX, lambda t, _: EventPage.objects.get(title="Second").unpublish()),
    ("third event", INDEX, lambda t, _: EventPageFactory(parent=t.index, title="Third")),
    ("event deleted", INDEX, lambda t, _: EventPage.objects.get(title="Third").delete()),
    ("fourth event", INDEX, lambda t, _: EventPageFactory(parent=t.index, title="Fourth")),
    (
        "address of an event",
        INDEX,
        lambda t, _: t.edit(EventPage.objects.get(title="Fourth"), slug="number-four"),
    ),
    (
        "hours of an event",
        EVENT,
        lambda t, _: t.edit(
            t.event, ends=(datetime.combine(NOW, t.event.ends) + timedelta(hours=1)).time()
        ),
    ),
    ("audience of an event", EVENT, lambda t, _: t.edit(t.event, audience="Everyone")),
    (
        "more dates",
        EVENT,
        lambda t, _: t.edit(
            t.event, recurrence=EventPageFactory.build(rule="FREQ=WEEKLY;COUNT=4").recurrence
        ),
    ),
    ("venue's name", EVENT, lambda t, _: t.change(t.venue, name="New hall")),
    ("venue's access", EVENT, lambda t, _: t.change(t.venue, accessibility_notes="A ramp")),
    ("organiser's name", EVENT, lambda t, _: t.change(t.event.organiser, team="New team")),
    ("speaker's name", EVENT, lambda t, _: t.change(t.speaker, name="Sam Smith")),
    (
        "another speaker",
        EVENT,
        lambda t, _: t.edit(
            t.event,
            event_speakers=[
                *EventPage.objects.get(pk=t.event.pk).event_speakers.all(),
                EventSpeaker(speaker=Speaker.objects.create(name="Kim")),
            ],
        ),
    ),
    ("image", EVENT, lambda t, _: t.replace_image()),
    ("text for an image", EVENT, lambda t, _: t.edit(t.event, body=t.figure("By night"))),
    ("date moved online", EVENT, lambda t, _: actions.move_online(t.date, reason="Snow", by=None)),
    (
        "date at another venue",
        EVENT,
        lambda t, _: actions.change_venue(
            t.date,
            Venue.objects.create(name="Library", address="2 Road", postcode="HP1 1AA"),
            reason="Thaw",
            by=None,
        ),
    ),
    (
        "date cancelled",
        INDEX,
        lambda t, _: actions.cancel_occurrence(t.date, reason="Ice", by=None),
    ),
    (
        "date reinstated",
        INDEX,
        lambda t, _: actions.reinstate_occurrence(t.date, reason="Thaw", by=None),
    ),
    (
        "date postponed",
        INDEX,
        lambda t, _: actions.postpone_occurrence(
            t.date,
            reason="Ice",
            by=None,
            starts_at=t.row.starts_at + timedelta(hours=1),
            ends_at=t.row.ends_at + timedelta(hours=1),
        ),
    ),
    ("few places left", EVENT, lambda t, _: t.take_places(3)),
    ("no place left", EVENT, lambda t, _: t.take_places(2)),
    ("place given back", EVENT, lambda t, _: t.give_back(1)),
    ("capacity of a date", EVENT, lambda t, _: places.set_own_capacity(t.date, 0, t.form, at=NOW)),
    (
        "capacity of the form",
        EVENT,
        lambda t, _: (
            places.set_own_capacity(t.date, None, t.form, at=NOW),
            t.edit(t.form, capacity=100),
        ),
    ),
    (
        "words after closing",
        EVENT,
        lambda t, _: t.edit(t.form, closes_at=NOW - timedelta(days=1), after_text="Too late"),
    ),
    ("form unpublished", EVENT, lambda t, _: RegistrationPage.objects.get().unpublish()),
    (
        "page made private",
        EVENT,
        lambda t, _: PageViewRestriction.objects.create(page=t.event, restriction_type="login"),
    ),
    ("page made public", EVENT, lambda t, _: PageViewRestriction.objects.all().delete()),
    (
        "edit published on time",
        PREVENT,
        lambda t, clock: (
            t.schedule(),
            clock.move_to(NOW + timedelta(minutes=2)),
            call_command("publish_scheduled"),
        ),
    ),
    ("page unpublished on time", PREVENT, lambda t, _: expires_soon(t)),
    ("page published again", PREVENT, lambda t, _: t.edit(t.prevent, expire_at=None)),
    (
        "page moved",
        EVENT,
        lambda t, _: EventPage.objects.get(pk=t.event.pk).move(
            PreventPage.objects.get(pk=t.prevent.pk), pos="last-child"
        ),
    ),
    (
        "page moved back",
        EVENT,
        lambda t, _: EventPage.objects.get(pk=t.event.pk).move(
            type(t.index).objects.get(pk=t.index.pk), pos="last-child"
        ),
    ),
]


def unseen(town, clock):
    """Make each change, and return those the next visitor did not see."""
    names = []
    for name, path, change in CHANGES:
        assert shown(path) == shown(path)
        before = shown(path)
        change(town, clock)
        if shown(path) == before:
            names.append(name)
    return names


@pytest.fixture
def town(clock, home):
    return Town(home)


def test_the_next_visitor_sees_each_of_forty_kinds_of_change(town, clock):
    assert len({name for name, _, _ in CHANGES}) >= 40
    assert unseen(town, clock) == []


def test_control_without_a_version_visitors_would_see_next_to_none_of_them(
    town, clock, monkeypatch
):
    monkeypatch.setattr(public_version, "count_up", lambda: None)
    seen = len(CHANGES) - len(unseen(town, clock))
    assert seen < 6
