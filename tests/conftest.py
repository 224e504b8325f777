"""Shared by many tests: a stopped clock, the site's tree, and people with their groups."""

import gc
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, connections
from django.utils import timezone, translation
from wagtail.models import Locale, Site

from home.management.commands.load_demo import demo_site, load_content
from home.models import HomePage
from tests.factories import (
    EVERY_THIRD_MONTH,
    EventIndexPageFactory,
    EventPageFactory,
    HomePageFactory,
    PreventPageFactory,
    RegistrationPageFactory,
    UserFactory,
    publish,
)
from tests.migrated_database import migrated_sqlite
from tests.replayed import replayed, rewritten

# Chromium, for the tests of public pages and CMS screens.
pytest_plugins = ["tests.chromium"]

# A Monday in winter, when London time is UTC.
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def pytest_collection_finish():
    """Exempt start-up objects from garbage collection, which takes a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb):
    """Let Django reuse the migrated SQLite file it finds."""
    return django_db_keepdb or connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def migrated_file(django_db_modify_db_settings):
    """Provide the tables before Django migrates, so that nothing is left to do."""
    if connection.vendor != "sqlite":
        yield
        return
    path = Path(connection.settings_dict["TEST"]["NAME"])
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    shutil.copy(migrated_sqlite(), path)
    yield
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


@pytest.fixture(scope="session")
def django_db_setup(migrated_file, django_db_setup):
    """Let every connection know what the migrations loaded, including Chromium's.

    Playwright keeps an event loop, in which Django makes separate connections. Those would restore
    nothing after a test, and create content types again that collide with others.
    """
    for each in connections.all():
        if loaded := getattr(each, "_test_serialized_contents", ""):
            each._test_serialized_contents = content_types_first(loaded)
            type(each)._test_serialized_contents = each._test_serialized_contents


def content_types_first(loaded: str) -> str:
    """Return ``loaded`` with content types first, because pages and tasks create missing ones."""
    rows = json.loads(loaded)
    return json.dumps(sorted(rows, key=lambda row: row["model"] != "contenttypes.contenttype"))


@pytest.fixture(autouse=True)
def restored_database(django_db_serialized_rollback):
    """Give every test the migrated data, even after one that emptied the tables.

    One transactional test that restored nothing would leave new content types, which collide with
    the restored ones.
    """


@pytest.fixture(autouse=True)
def empty_cache():
    """Clear what an earlier test cached from a database that was rolled back."""
    cache.clear()


@pytest.fixture(autouse=True)
def main_language():
    """Reset the language left active by an earlier test's last request."""
    with translation.override("en-gb"):
        yield


@pytest.fixture
def clock():
    """Stop the clock at noon on 2 November 2026; ``clock.move_to`` moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def version_at_once(monkeypatch):
    """Raise the public version at once, although a test's transaction is never committed."""
    at_once = SimpleNamespace(on_commit=lambda function, robust: function())
    monkeypatch.setattr("prevent_content.public_version.transaction", at_once)


@pytest.fixture
def home(db):
    return HomePage.objects.get()


@pytest.fixture
def demo(clock, home):
    """The demo content, without its logins."""
    rewritten("demo", lambda: load_content(demo_site(), home.specific, today=timezone.localdate()))


@pytest.fixture
def prevent_page(clock, home):
    return replayed("prevent page", home, lambda parent: PreventPageFactory(parent=parent))


@pytest.fixture
def event_index(prevent_page):
    return replayed(
        "event index", prevent_page, lambda parent: EventIndexPageFactory(parent=parent)
    )


@pytest.fixture
def event(event_index):
    """An event on 26 November 2026 only, from 6pm to 7:30pm."""
    return replayed(
        "event", event_index, lambda parent: EventPageFactory(parent=parent, title="One evening")
    )


@pytest.fixture
def series(event_index):
    """An event on 26 November 2026 and every last Thursday of the third month after it."""
    return replayed(
        "series",
        event_index,
        lambda parent: EventPageFactory(
            parent=parent, title="Community roundtable", rule=EVERY_THIRD_MONTH
        ),
    )


@pytest.fixture
def registration_page(series):
    return replayed(
        "registration page", series, lambda parent: RegistrationPageFactory(parent=parent)
    )


@pytest.fixture
def two_sites(event_index, settings):
    """Two sites, each in English and in Urdu, each with one event in each language.

    Return {(host, language): event}. The titles are like “first en-gb” and “second ur”; the hosts
    are ``testserver`` (the default site) and ``there.example``.
    """
    settings.ALLOWED_HOSTS = ["*"]
    here = event_index.get_site().root_page
    there = HomePageFactory(parent=here.get_parent(), slug="there")
    Site.objects.create(hostname="there.example", port=80, root_page=there)
    there_index = EventIndexPageFactory(parent=there, slug="evenings")
    urdu = Locale.objects.create(language_code="ur")
    events = {}
    for host, name, index in (
        ("testserver", "first", event_index),
        ("there.example", "second", there_index),
    ):
        event = EventPageFactory(parent=index, title=f"{name} en-gb", slug="roundtable")
        for page in index.get_ancestors(inclusive=True).filter(depth__gt=1).specific():
            copy = page.copy_for_translation(urdu)
            copy.summary = copy.summary or "خلاصہ"
            publish(copy)
        translated = event.copy_for_translation(urdu)
        translated.title = f"{name} ur"
        events |= {(host, "en-gb"): event, (host, "ur"): publish(translated)}
    Site.clear_site_root_paths_cache()
    yield events
    Site.clear_site_root_paths_cache()


@pytest.fixture
def editor(db):
    return UserFactory(username="edith", group="Communications editors")


@pytest.fixture
def moderator(db):
    return UserFactory(username="mona", group="Moderators")


@pytest.fixture
def lead(db):
    return UserFactory(username="leah", group="Safeguarding leads")


@pytest.fixture
def admin(db):
    return UserFactory(username="adam", is_superuser=True)
