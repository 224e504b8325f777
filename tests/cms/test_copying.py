"""A site moves from SQLite to PostgreSQL with every row, and carries on from there."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.live_site import ROOT, LiveSite
from tests.migrated_database import migrated_sqlite

REGISTRATIONS = """
from datetime import timedelta
from django.utils import timezone
from events.models import Occurrence
from tests.factories import RegistrationFactory
from events.registrations.models import Registration
page = Registration.page.field.related_model.objects.get()
for number in range(40):
    RegistrationFactory(
        page=page, occurrence=Occurrence.objects.get(), name="Zoë", email=f"zoe-{number}@a.example"
    )
registration = Registration.objects.order_by("pk").first()
registration.sensitive_answers = [{"label": "Access needs", "value": "A hearing loop"}]
registration.save()
result = registration.reference
"""
STATE = """
from events.registrations.models import Registration
from tests.factories import RegistrationFactory
first = Registration.objects.order_by("pk").first()
new = RegistrationFactory(
    page=first.page, occurrence=first.occurrence, email="new@visitor.example"
)
result = {
    "reference": first.reference,
    "sensitive": first.sensitive_answers[0]["value"],
    "made": first.received_at.isoformat(),
    "count": Registration.objects.count(),
    "new": new.pk > first.pk,
}
"""
PAGE = """
from django.test import Client
from events.models import EventPage
from wagtail.models import Page
result = [Client(headers={"host": "127.0.0.1"}).get("/").status_code,
    [page.title for page in Page.objects.search("Live")]]
"""


@pytest.fixture
def target():
    """Yield the address of an empty PostgreSQL database."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        pytest.skip("PostgreSQL is not there: set DATABASE_URL")
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    name = f"copied_{os.getpid()}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site(tmp_path):
    site = LiveSite(tmp_path, database_url="", email_url="memorymail://")
    yield site
    site.close()


def test_every_row_arrives_and_the_site_carries_on(site, target, tmp_path):
    reference = site.query(REGISTRATIONS)
    source = f"sqlite:///{tmp_path}/site.sqlite3"
    dry = site.manage("copy_database", source, target, "--dry-run")
    assert "Nothing was written" in dry
    with closing(psycopg.connect(target)) as connection:
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
    said = site.manage("copy_database", source, target)
    assert "prevent_registrations_registration: 40 = 40" in said
    with pytest.raises(RuntimeError, match="is not empty"):
        site.manage("copy_database", source, target)
    moved = LiveSite.__new__(LiveSite)
    moved.__dict__ |= site.__dict__ | {"answering": None, "processes": []}
    moved.environment = {**site.environment, "DATABASE_URL": target}
    try:
        state = moved.query(STATE)
        assert moved.query(PAGE) == [200, ["Live"]]
    finally:
        moved.answering.kill()
        moved.answering.wait()
    made = state.pop("made")
    assert made == site.query(STATE)["made"]
    assert state == {
        "reference": reference,
        "sensitive": "A hearing loop",
        "count": 41,
        "new": True,
    }


def refusal(folder, path, target: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "copy_database", f"sqlite:///{path}", target, *options],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "cms.settings.dev", "VAR_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


def test_what_postgresql_would_refuse_is_named_before_anything_is_written(target, tmp_path):
    path = tmp_path / "site.sqlite3"
    shutil.copy(migrated_sqlite(), path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE wagtailcore_site SET site_name = ?", ["x" * 300])
        connection.commit()
    said = refusal(tmp_path, path, target, "--dry-run")
    assert "site_name is longer than 255 characters" in said


def test_another_kind_of_database_is_not_copied(target, tmp_path):
    path = tmp_path / "other.sqlite3"
    assert "holds none of this site's tables" in refusal(tmp_path, path, target)
    assert not path.exists()
