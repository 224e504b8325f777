"""The version of all that the public may read, by which every copy of it is checked.

One number in the database, raised after each commit that may change anything public. APIs,
calendar files and feeds make their ETag of it; the page cache compares it with the version that a
page was made from. Where the page cache is shared by all processes (Redis), a mark of the version
lies beside the pages too, so that both are read in one go. Those are the two places there are.

What only the clock changes is asked for by ``next_change_requested``.
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

# Asks when, after ``at``, the clock alone next changes what the public sees. A receiver returns
# a moment or None. One that is too early costs a page made again, one too late would be wrong.
next_change_requested = Signal()

# Sent in the transaction in which something that public answers are made of is saved or deleted:
# ``instance``. Drafts of pages count too.
public_content_saved = Signal()

MARK = "prevent_content.public_version"


class PublicVersion(models.Model):
    """The number: one row. It may rise when nothing differs, and rises when anything does."""

    number = models.PositiveBigIntegerField(default=0)
    # Also tells two versions of one number apart, after a backup was restored.
    changed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> "PublicVersion":
        """Return the version as it is now: number 0, never changed, while there is no row."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


def raise_public_version(**kwargs) -> None:
    """Raise the version once the transaction is committed.

    After it, and not in it: whoever publishes must not hold a row that everyone else who
    publishes waits for.
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
    """Return whether all processes of the site see the same ``cache``."""
    return not isinstance(cache, LocMemCache | DummyCache)


def new_mark() -> str:
    return uuid4().hex


def cached_with_version(pages: BaseCache, key: str) -> tuple[object, Hashable]:
    """Return what the page cache has under ``key``, and the version that it has to be of."""
    if is_shared(pages):
        found = pages.get_many([key, MARK])
        # A mark that the cache has lost comes back as one that never was.
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
    """Watch whatever a public answer is made of. Call once every app is loaded."""
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
