"""The demo site, served once per module, with a page for every state."""

import json
from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings
from pytest_django.live_server_helper import LiveServer
from wagtail.models import Site

from tests.browser.stage import load_stage


def as_migrated() -> None:
    """Reset the database to its state after migrations."""
    content = connection._test_serialized_contents
    call_command(
        "flush",
        interactive=False,
        verbosity=0,
        inhibit_post_migrate=True,
        reset_sequences=False,
    )
    # Content types first: a row that looks one up while loading would create another.
    rows = json.loads(content)
    types = [row for row in rows if row["model"] == "contenttypes.contenttype"]
    connection.creation.deserialize_db_from_string(json.dumps(types))
    ContentType.objects.clear_cache()
    connection.creation.deserialize_db_from_string(content)
    ContentType.objects.clear_cache()
    Site.clear_site_root_paths_cache()


@pytest.fixture(scope="module")
def django_db_serialized_rollback():
    """Make pytest-django save what the migrations loaded; ``db`` restores it."""


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker, django_db_serialized_rollback):
    """Give the database to a whole module: making the demo content takes seconds."""
    with django_db_blocker.unblock():
        as_migrated()
        yield
        as_migrated()


@pytest.fixture(scope="module")
def stage() -> Callable[[], dict[str, str]]:
    """Pages made beside the demo content; a module may override it with fewer."""
    return load_stage


@pytest.fixture(scope="module")
def site(db, stage, tmp_path_factory):
    """Serve the demo content; ``site.url`` is its address, ``site.paths`` names its states.

    Registrations last as long as the module, so each test registers its own people.
    """
    folder = tmp_path_factory.mktemp("site")
    with override_settings(VAR_DIR=folder, MEDIA_ROOT=folder / "media", DEMO_LOGINS=False):
        call_command("load_demo", stdout=StringIO())
        paths = stage()
        server = LiveServer("localhost")
        yield SimpleNamespace(url=server.url, paths=paths)
        server.stop()
