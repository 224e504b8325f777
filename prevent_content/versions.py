"""One number that is raised whenever anything public may differ: what copies are checked by."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction
from django.db.models import F
from django.db.models.signals import post_delete, post_save
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

from .generation import renew_after_commit


class PublicVersion(models.Model):
    """The number: one row. It may rise when nothing differs, and rises when anything does."""

    number = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


def raise_public_version(**kwargs) -> None:
    """Raise the number once the transaction is committed.

    After it, and not in it: whoever publishes must not hold a row that everybody else who
    publishes waits for.
    """
    transaction.on_commit(lambda: count_up(at=timezone.now()), robust=True)
    renew_after_commit()


def count_up(*, at: datetime) -> None:
    row = PublicVersion.objects.filter(pk=1)
    newer = {"number": F("number") + 1, "changed_at": at}
    if not row.update(**newer):
        PublicVersion.objects.bulk_create(
            [PublicVersion(pk=1, changed_at=at)], ignore_conflicts=True
        )
        row.update(**newer)


def is_public_content(sender: type[models.Model], watched: Iterable[type[models.Model]]) -> bool:
    return issubclass(sender, (Page, BaseSiteSetting, BaseGenericSetting, *watched))


def connect() -> None:
    """Watch whatever a public answer is made of. Call once every app is loaded."""
    watched = (
        *(get_image_model(), get_document_model()),
        *(Collection, CollectionViewRestriction, Locale, PageViewRestriction, Site),
    )

    def follow(sender, raw=False, **kwargs) -> None:
        # Snippets are registered after this app is ready.
        if not raw and is_public_content(sender, (*watched, *get_snippet_models())):
            raise_public_version()

    for signal in (post_save, post_delete):
        signal.connect(follow, weak=False, dispatch_uid="prevent_content.public_version")
    for signal in (page_slug_changed, post_page_move):
        signal.connect(raise_public_version, dispatch_uid="prevent_content.public_version")
