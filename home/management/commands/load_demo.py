"""Load the demo content, and say where it is and how to sign in."""

import itertools
import os
import secrets
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site

from events import actions
from events.models import EventIndexPage, EventPage, EventSpeaker, Organiser, Speaker, Venue
from events.registrations.models import EventAssignment, RegistrationField, RegistrationPage
from events.registrations.models.questions import default_form_fields
from home.demo import COUNCIL, DISCLAIMER, pictures, prevent, roundtables, standard
from home.models import FooterPage, HomePage, SiteSettings, StandardPage
from prevent_content.conf import setting
from prevent_content.models import PreventPage, PreventSettings

REVIEW_EVERY = timedelta(days=182)

# Logins and the groups that give them rights; without a group, a superuser. Everyone may know the
# password, so never use this in production.
ORGANISER = "organiser"
LOGINS = {
    "editor": "Communications editors",
    "moderator": "Moderators",
    ORGANISER: "Organisers",
    "lead": "Safeguarding leads",
    "dpo": "Data protection",
    "admin": "",
}
# Without 0, 1, I, L, O and U, which are easily confused when copied by eye.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
PASSWORD_LENGTH = 16


class Command(BaseCommand):
    help = (
        "Load the demo content. What is there already is left as it is, so running it again "
        "changes nothing."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="load nothing if the site has pages besides its home page",
        )

    def handle(self, *, if_empty: bool, **options) -> None:
        site = demo_site()
        home = site.root_page.specific
        if not (if_empty and home.get_children().exists()):
            with transaction.atomic():
                load_content(site, home, today=timezone.localdate())
        self.tell_addresses(home)
        self.tell_logins()

    def tell_addresses(self, home: HomePage) -> None:
        address = setting("SITE_URL").rstrip("/")
        pages = [home, *Page.objects.descendant_of(home).live().order_by("path")]
        for page in pages:
            # The path is right even if the site's own address is not set up yet.
            _, _, path = page.get_url_parts()
            self.stdout.write(f"{address}{path}  {page.title}")
        self.stdout.write(f"{address}{reverse('wagtailadmin_home')}  to sign in")

    def tell_logins(self) -> None:
        if not getattr(settings, "DEMO_LOGINS", False):
            self.stdout.write("No demo logins: the setting DEMO_LOGINS is off.")
            return
        try:
            password, is_new = demo_password(settings.VAR_DIR / "demo-password")
        except OSError as error:
            raise CommandError(
                f"The demo password cannot be kept in VAR_DIR ({error.strerror}). Set VAR_DIR to "
                "a folder that can be written, such as VAR_DIR=var"
            ) from error
        with transaction.atomic():
            names = make_logins(password, reset=is_new)
        self.stdout.write(f"logins: {', '.join(names)}")
        self.stdout.write(f"password: {password}")


def demo_password(path: Path) -> tuple[str, bool]:
    """Return the password in the file ``path``, and whether it was made just now.

    Only the file's owner can read it. Raises ``OSError`` if it can be neither made nor read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    password = "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip(), False
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{password}\n")
    return password, True


def demo_site() -> Site:
    """Return the default site. Raises ``CommandError`` unless its root is a ``HomePage``."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if site is None or site.root_page.specific_class is not HomePage:
        raise CommandError(
            "The default site has no home page. Run `manage.py migrate` on an empty database first"
        )
    return site


def make_logins(password: str, *, reset: bool) -> list[str]:
    """Make missing logins, and return the names of all.

    A login whose group is missing is left out. ``reset`` gives existing logins the new password,
    because the old one is lost.
    """
    users = get_user_model().objects
    names = set(users.filter(username__in=LOGINS).values_list("username", flat=True))
    groups = {group.name: group for group in Group.objects.all()}
    wanted = {name: group for name, group in LOGINS.items() if not group or group in groups}
    missing = wanted.keys() - names
    if missing or reset:
        # One slow hash is enough: they share the password.
        hashed = make_password(password)
        if reset:
            users.filter(username__in=names).update(password=hashed)
        for name in missing:
            is_admin = not wanted[name]
            user = users.create(
                username=name,
                email=f"{name}@council.example",
                password=hashed,
                is_staff=is_admin,
                is_superuser=is_admin,
            )
            if not is_admin:
                user.groups.add(groups[wanted[name]])
            if name == ORGANISER:
                assign_series(user)
    return [name for name in LOGINS if name in wanted or name in names]


def assign_series(user) -> None:
    """Limit the organiser's rights to the registrations of the series."""
    for event in EventPage.objects.filter(slug=roundtables.SERIES_SLUG):
        EventAssignment.objects.create(user=user, event=event)


def load_content(site: Site, home: HomePage, *, today: date) -> None:
    """Make the demo pages missing below ``home``; leave existing ones as they are."""
    review_by = today + REVIEW_EVERY
    if home.latest_revision_id is None:
        fill(home, prevent.home_page())
        home.save_revision().publish()

    statements = []
    for fields in (
        standard.accessibility_page(review_by=review_by),
        standard.cookies_page(review_by=review_by),
        standard.privacy_page(review_by=review_by),
    ):
        page, is_new = place(home, StandardPage, fields)
        statements.append(page)
        if is_new:
            add_to_footer(site, page)
    privacy = statements[-1]

    prevent_page, is_new = place(home, PreventPage, prevent.prevent_page(review_by=review_by))
    if is_new:
        name_council(site)
    place(prevent_page, StandardPage, prevent.help_page(review_by=review_by))
    index, _ = place(prevent_page, EventIndexPage, roundtables.index_page(review_by=review_by))
    lost_link = reverse("prevent_registrations:lost_link")
    place(home, StandardPage, prevent.about_page(review_by=review_by, lost_link=lost_link))
    for fields in (roundtables.past_event(), roundtables.series(today=today)):
        load_event(index, fields, privacy=privacy)


def load_event(index: Page, fields: dict, *, privacy: Page) -> None:
    """Make an event with its form and change two dates of a series, unless it exists."""
    if index.get_children().filter(slug=fields["slug"]).exists():
        return
    venue, _ = Venue.objects.get_or_create(
        name=roundtables.VENUE["name"], defaults=roundtables.VENUE
    )
    organiser, _ = Organiser.objects.get_or_create(
        team=roundtables.ORGANISER["team"], defaults=roundtables.ORGANISER
    )
    speakers = {
        key: Speaker.objects.get_or_create(name=wanted["name"], defaults=wanted)[0]
        for key, wanted in roundtables.SPEAKERS.items()
    }
    image, alt = pictures.picture(fields.pop("picture"))
    event, _ = place(
        index,
        EventPage,
        fields
        | {
            "image": image,
            "image_alt": alt,
            "venue": venue,
            "organiser": organiser,
            "agenda": roundtables.agenda(**speakers),
            "event_speakers": [
                EventSpeaker(speaker=speaker, sort_order=order)
                for order, speaker in enumerate(speakers.values())
            ],
        },
    )
    place(
        event,
        RegistrationPage,
        roundtables.registration_page(privacy_page=privacy) | {"form_fields": questions()},
    )
    dates = list(event.occurrences.order_by("date")[:3])
    if len(dates) == 3:
        actions.move_online(dates[1], reason=roundtables.MOVED_ONLINE, by=None)
        actions.cancel_occurrence(dates[2], reason=roundtables.CANCELLED, by=None)


def questions() -> list[RegistrationField]:
    """Return the form's questions: the organiser's first, then access and dietary needs."""
    fields = [RegistrationField(**question) for question in roundtables.QUESTIONS]
    for order, field in enumerate(itertools.chain(fields, needs := default_form_fields())):
        field.sort_order = order
    return [*fields, *needs]


def place(parent: Page, kind: type[Page], fields: dict) -> tuple[Page, bool]:
    """Return the page with this slug below ``parent``, and whether it was created just now."""
    existing = parent.get_children().filter(slug=fields["slug"]).first()
    if existing is not None:
        return existing.specific, False
    page = kind(live=False)
    fill(page, fields)
    parent.add_child(instance=page)
    page.save_revision().publish()
    return kind.objects.get(pk=page.pk), True


def fill(page: Page, fields: dict) -> None:
    for name, value in fields.items():
        setattr(page, name, value)


def add_to_footer(site: Site, page: Page) -> None:
    shown = SiteSettings.for_site(site)
    shown.footer_pages.add(FooterPage(page=page, sort_order=shown.footer_pages.count()))
    shown.save()


def name_council(site: Site) -> None:
    """Name the council and its local Prevent team, unless someone already has."""
    if not site.site_name:
        site.site_name = COUNCIL
        site.save()
    SiteSettings.for_site(site)
    SiteSettings.objects.filter(site=site, contact_email="").update(
        **prevent.SITE, footer_note=DISCLAIMER, logo=pictures.picture("logo")[0]
    )
    PreventSettings.for_site(site)
    PreventSettings.objects.filter(site=site, team_email="").update(**prevent.CONCERN_TEAM)
