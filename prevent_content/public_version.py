"""The version of everything public, by which every copy of it is checked.

One number in the database, raised after each commit that may change anything public. APIs, calendar
files and feeds build their ETag from it; the page cache compares it with the version a page was
made from. If all processes share the page cache (Redis), a mark of the version is stored beside the
pages, so that both are read at once.

``next_change_requested`` asks for changes that only the clock makes.
"""

from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import models, transaction
from django.db.models import F
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal
from django.utils import timezone
from wagtail.contrib.settings.models import BaseGenericSetting, BaseSiteSetting
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Locale,
    Page,
    PageViewRestriction,
    Site,
)
from wagtail.signals import page_slug_changed, post_page_move
from wagtail.snippets.models import get_snippet_models

from .conf import setting

# Asks when, after ``at``, the clock alone next changes what the public sees. A receiver returns a
# moment or None. Too early only means making a page again; too late would be wrong.
next_change_requested = Signal()

# Sent in the transaction that saves or deletes something public answers are made from:
# ``instance``. Includes drafts of pages.
public_content_saved = Signal()

MARK = "prevent_content.public_version"


class PublicVersion(models.Model):
    """The number, in one row. It rises with every change, and sometimes without one."""

    number = models.PositiveBigIntegerField(default=0)
    # Distinguishes two versions with the same number after a restore.
    changed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> "PublicVersion":
        """Return the current version: number 0, never changed, while there is no row."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


def raise_public_version(**kwargs) -> None:
    """Raise the version once the transaction is committed.

    Not inside it: publishing must not lock a row that every other publisher waits for.
    """
    transaction.on_commit(count_up, robust=True)


def count_up() -> None:
    row = PublicVersion.objects.filter(pk=1)
    newer = {"number": F("number") + 1, "changed_at": timezone.now()}
    if not row.update(**newer):
        PublicVersion.objects.bulk_create([PublicVersion(pk=1)], ignore_conflicts=True)
        row.update(**newer)
    pages = caches[setting("PAGE_CACHE")]
    if is_shared(pages):
        pages.set(MARK, new_mark(), timeout=None)


def is_shared(cache: BaseCache) -> bool:
    """Return whether all processes of the site share ``cache``."""
    return not isinstance(cache, LocMemCache | DummyCache)


def new_mark() -> str:
    return uuid4().hex


def cached_with_version(pages: BaseCache, key: str) -> tuple[object, Hashable]:
    """Return what the page cache has under ``key``, and the version it must have."""
    if is_shared(pages):
        found = pages.get_many([key, MARK])
        # A lost mark is replaced by one that was never used before.
        mark = found.get(MARK) or pages.get_or_set(MARK, new_mark, timeout=None)
        return found.get(key), mark
    version = PublicVersion.current()
    return pages.get(key), (version.number, version.changed_at)


def next_change(at: datetime) -> datetime:
    """Return when, after ``at``, the clock alone next changes what the public sees."""
    answers = [answer for _, answer in next_change_requested.send(sender=None, at=at) if answer]
    return min(answers, default=at + timedelta(days=1))


def is_public_content(sender: type[models.Model], watched: Iterable[type[models.Model]]) -> bool:
    return issubclass(sender, (Page, BaseSiteSetting, BaseGenericSetting, *watched))


def connect() -> None:
    """Watch everything public answers are made from. Call once every app is loaded."""
    watched = (
        *(get_image_model(), get_document_model()),
        *(Collection, CollectionViewRestriction, Locale, PageViewRestriction, Site),
    )

    def follow(sender, instance, raw=False, **kwargs) -> None:
        # Snippets are registered after this app is ready.
        if not raw and is_public_content(sender, (*watched, *get_snippet_models())):
            raise_public_version()
            public_content_saved.send(sender=sender, instance=instance)

    for signal in (post_save, post_delete):
        signal.connect(follow, weak=False, dispatch_uid="prevent_content.public_version")
    for signal in (page_slug_changed, post_page_move):
        signal.connect(raise_public_version, dispatch_uid="prevent_content.public_version")
