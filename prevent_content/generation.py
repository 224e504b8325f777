"""The generation of what the public sees: a mark that differs after every change of any of it.

Every process of the site reads the same mark, so that a page which one of them kept is old for
all of them as soon as any of them changes something. Where it is depends on what they share:

- a cache that is shared (Redis): in that cache, where the pages are;
- local memory and SQLite, so that everything is on one host: the size of a file in ``VAR_DIR``,
  which each change makes one byte longer; looking costs no query;
- local memory and another database: in the database, for the price of one small query.
"""

import os
import tempfile
import time
from functools import cache
from hashlib import blake2b

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection, transaction
from django.utils import timezone

from .api.conf import setting


@cache
def file_for(folder: str, database: str) -> str:
    name = blake2b(database.encode(), digest_size=6).hexdigest()
    return os.path.join(folder, f"generation-{name}")


class InFile:
    """For processes of one host. A file can be made longer by many at once, and loses nothing."""

    def __init__(self):
        folder = getattr(settings, "VAR_DIR", "") or tempfile.gettempdir()
        self.path = file_for(str(folder), str(connection.settings_dict["NAME"]))

    def read(self) -> object:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return 0
        # A file that was deleted and made again is another one.
        return found.st_ino, found.st_size

    def renew(self) -> None:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "ab") as file:
            file.write(b".")


class InDatabase:
    """The number that copies of the API's answers are checked by, too, and when it was raised.

    Where a backup is put back, the same number comes again for something else.
    """

    def read(self) -> object:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT number, changed_at FROM prevent_content_publicversion WHERE id = 1"
            )
            return cursor.fetchone()

    def renew(self) -> None:
        from .versions import count_up

        count_up(at=timezone.now())


class InCache:
    """Beside the pages. A mark that the cache has lost comes back as one that never was."""

    key = "prevent_content.generation"

    def __init__(self, cache):
        self.cache = cache

    def read(self) -> object:
        return self.cache.get_or_set(self.key, time.time_ns, timeout=None)

    def renew(self) -> None:
        if not self.cache.add(self.key, time.time_ns(), timeout=None):
            self.cache.incr(self.key)


Place = InFile | InDatabase | InCache


def place(pages: BaseCache) -> Place:
    """Return where the mark is for what is kept in ``pages``."""
    if not isinstance(pages, LocMemCache | DummyCache):
        return InCache(pages)
    return InFile() if connection.vendor == "sqlite" else InDatabase()


def renew_after_commit(**kwargs) -> None:
    """Make every page that is kept count as old, once the transaction is committed."""
    transaction.on_commit(renew, robust=True)


def renew() -> None:
    place(caches[setting("PREVENT_PAGE_CACHE")]).renew()
