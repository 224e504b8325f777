"""A backup while registrations arrive: whoever was thanked before it began is in it."""

import shutil
import sqlite3
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.live_site import LiveSite, Visitor, scratch_database

BEFORE, MEANWHILE = 6, 4
KNOWN = "SELECT reference FROM prevent_registrations_registration"


class Crowd:
    """People who go on registering until they are told to stop."""

    def __init__(self, site: LiveSite, number: int):
        self.acknowledged: list[str] = []
        self.ending = threading.Event()
        self.more = threading.Condition()
        self.threads = [
            threading.Thread(target=self.register, args=[Visitor(site, site.ports[0]), each])
            for each in range(number)
        ]
        for thread in self.threads:
            thread.start()

    def register(self, visitor: Visitor, number: int) -> None:
        count = 0
        while not self.ending.is_set():
            reference = visitor.register(f"crowd{number}x{count}@visitor.example")
            count += 1
            with self.more:
                self.acknowledged.append(reference)
                self.more.notify_all()

    def wait_for(self, number: int) -> set[str]:
        with self.more:
            assert self.more.wait_for(lambda: len(self.acknowledged) >= number, timeout=60)
            return set(self.acknowledged)

    def stop(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def server_url():
    database = settings.DATABASES["default"]
    if "postgresql" not in database["ENGINE"]:
        return ""
    credentials = f"{database['USER']}:{database['PASSWORD']}"
    return f"postgres://{credentials}@{database['HOST']}:{database['PORT']}/postgres"


def test_who_was_thanked_before_the_backup_is_in_it(tmp_path, server_url):
    with scratch_database(server_url) as database_url:
        site = LiveSite(tmp_path, database_url=database_url, email_url="smtp://127.0.0.1:9")
        try:
            empty = backup(site)
            site.start_web()
            with open_reader(tmp_path / "site.sqlite3", wanted=not server_url):
                crowd = Crowd(site, 2)
                thanked = crowd.wait_for(BEFORE)
                if not server_url:
                    shutil.copy(tmp_path / "site.sqlite3", tmp_path / "copied.sqlite3")
            path = backup(site)
            crowd.wait_for(len(crowd.acknowledged) + MEANWHILE)
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
    """Read from a moment on, so that what is written after it stays in the log meanwhile."""
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
