"""Pages that belong to the page above them, as a booking form does to its event.

They are submitted, approved, scheduled, published and unpublished with it, in one transaction, and
are never public without it.
"""

from collections.abc import Callable, Iterator

from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils.translation import gettext as _
from wagtail.locks import BaseLock
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page, get_page_models
from wagtail.query import PageQuerySet
from wagtail.signals import page_published, post_page_move

from .checklist.rules import Finding, error


class CompanionMixin:
    """A page that is published with the page above it.

    It is locked while that page waits for approval or its scheduled time, so that what goes public
    is what was reviewed. ``published_with`` is that page's draft while both are being checked for
    publication.
    """

    published_with: Page | None = None
    path: str
    get_parent: Callable[[], Page]

    def findings(self, *, at) -> list[Finding]:
        above = self.page_above
        if self.published_with or above is None or above.live:
            return super().findings(at=at)
        sentence = _(
            "“%(page)s” is not published. Submit or publish it, and this page will go with it"
        )
        title = above.get_admin_display_title()
        return [error("page-above", sentence % {"page": title}), *super().findings(at=at)]

    @property
    def page_above(self) -> Page | None:
        return self.get_parent() if self.path else None

    def get_lock(self):
        if own := super().get_lock():
            return own
        above = self.page_above.specific.get_lock() if self.page_above else None
        return CompanionLock(self, above) if above else None


class CompanionLock(BaseLock):
    """The lock of a page whose parent is locked, for the same people."""

    def __init__(self, page: Page, above: BaseLock):
        super().__init__(page)
        self.above = above

    def for_user(self, user) -> bool:
        return self.above.for_user(user)

    def get_message(self, user) -> str:
        if not self.for_user(user):
            return ""
        title = self.above.object.get_admin_display_title()
        return _("This page goes with “%(page)s”, which cannot be changed at the moment.") % {
            "page": title
        }


def companions_of(page: Page) -> PageQuerySet:
    """Return the companions of ``page``, published or not."""
    types = [model for model in get_page_models() if issubclass(model, CompanionMixin)]
    return Page.objects.child_of(page).type(*types) if types and page.pk else Page.objects.none()


def drafts_published_with(page: Page, *, was_live: bool | None = None) -> Iterator[Page]:
    """Yield the latest draft of each companion that is published when ``page`` is.

    One that a moderator unpublished on its own stays unpublished for as long as ``page`` is live.
    """
    was_live = page.live if was_live is None else was_live
    for found in companions_of(page).specific():
        is_wanted = found.live or found.first_published_at is None or not was_live
        if is_wanted and (found.has_unpublished_changes or not found.live):
            draft = found.get_latest_revision_as_object()
            draft.published_with = page
            yield draft


@receiver(pre_save)
def remember_whether_it_was_live(sender, instance, raw=False, update_fields=None, **kwargs) -> None:
    if raw or not isinstance(instance, Page) or not instance.pk:
        return
    if update_fields is None or "live" in update_fields:
        instance.was_live = Page.objects.filter(pk=instance.pk, live=True).exists()


@receiver(page_published)
def publish_companions(sender, instance: Page, revision=None, **kwargs) -> None:
    """Publish the companions of ``instance``, unless it is only scheduled."""
    if not instance.live:
        return
    user = get_active_log_context().user or (revision.user if revision else None)
    for draft in drafts_published_with(instance, was_live=getattr(instance, "was_live", False)):
        latest = draft.get_latest_revision() or draft.save_revision(user=user)
        latest.publish(user=user, skip_permission_checks=True)


@receiver(post_save)
def take_companions_down(
    sender, instance, created, raw=False, update_fields=None, **kwargs
) -> None:
    """Unpublish the companions of a page that is unpublished or has expired."""
    if raw or created or not isinstance(instance, Page) or instance.live:
        return
    if getattr(instance, "was_live", False):
        unpublish(companions_of(instance), is_expired=instance.expired)


@receiver(post_page_move)
def hide_below_hidden(sender, instance: Page, **kwargs) -> None:
    """Unpublish what was moved below an unpublished page."""
    above = instance.get_parent()
    if not above.live:
        unpublish(companions_of(above), is_expired=False)


def unpublish(pages: PageQuerySet, *, is_expired: bool) -> None:
    for page in pages.live().specific():
        page.unpublish(set_expired=is_expired, user=get_active_log_context().user)
