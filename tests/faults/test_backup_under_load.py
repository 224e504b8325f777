"""A backup while registrations arrive includes everyone thanked before it began."""

import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.live_site import Crowd, LiveSite, scratch_database

BEFORE, MEANWHILE = 6, 4
KNOWN = "SELECT reference FROM prevent_registrations_registration"


@pytest.fixture
def server_url():
    database = settings.DATABASES["default"]
    if "postgresql" not in database["ENGINE"]:
        return ""
    credentials = f"{database['USER']}:{database['PASSWORD']}"
    return f"postgres://{credentials}@{database['HOST']}:{database['PORT']}/postgres"


def test_everyone_thanked_before_the_backup_is_in_it(tmp_path, server_url):
    with scratch_database(server_url) as database_url:
        site = LiveSite(tmp_path, database_url=database_url, email_url="smtp://127.0.0.1:9")
        try:
            empty = backup(site)
            site.start_web()
            with open_reader(tmp_path / "site.sqlite3", wanted=not server_url):
                crowd = Crowd(site, site.ports[0], 2)
                crowd.wait_for(BEFORE)
                thanked = crowd.references
                if not server_url:
                    shutil.copy(tmp_path / "site.sqlite3", tmp_path / "copied.sqlite3")
            path = backup(site)
            crowd.wait_for(MEANWHILE)
            crowd.stop()
            assert thanked <= restored(site, path)
            # The control: an older backup lacks them, and so does the file without its log.
            assert not thanked & restored(site, empty)
            if not server_url:
                assert not thanked <= references(tmp_path / "copied.sqlite3")
        finally:
            site.close()


@contextmanager
def open_reader(path: Path, *, wanted: bool):
    """Open a read transaction, so that later writes stay in the log meanwhile."""
    if not wanted:
        yield
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield


def backup(site: LiveSite) -> Path:
    return Path(site.manage("backup").splitlines()[0])


def restored(site: LiveSite, path: Path) -> set[str]:
    site.manage("restore", str(path))
    return {reference for (reference,) in site.sql(KNOWN)}


def references(path: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as copy:
        return {reference for (reference,) in copy.execute(KNOWN)}
