"""Serialise the saves of a page, so that none overwrites a newer version or bypasses a lock.

Wagtail's page editor reads the page when a request arrives and writes the whole row when it saves a
draft of a page that is not live. Its autosave sends the form about a second after a button was
pressed, so it can read the draft before that button's request publishes the page and write it
afterwards: the page is then unpublished, although everyone has been told that it is live. See
docs/decisions/saves-of-one-page.md.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from wagtail.models import Page

from .compat import HAS_PAGE_ACTIONS_API


def save_in_turn(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Run a save of ``page`` in one transaction that locks its row; a ``before_edit_page`` hook.

    The editor has already read the page by then, so its view is started again to read what the save
    before it left.
    """
    if request.method != "POST" or getattr(request, "is_saving_in_turn", False):
        return None
    request.is_saving_in_turn = True
    view, arguments, options = request.resolver_match
    with transaction.atomic():
        Page.objects.select_for_update().only("pk").get(pk=page.pk)
        return view(request, *arguments, **options)


if HAS_PAGE_ACTIONS_API:
    from wagtail.admin.api.actions.revert_to_page_revision import RevertToPageRevisionAPIAction
    from wagtail.admin.api.views import PagesAdminAPIViewSet

    class RevertUnlockedPageAPIAction(RevertToPageRevisionAPIAction):
        """Revert to an earlier version, unless the page is locked.

        A page waiting for approval stays as submitted: an approval publishes the newest version,
        which would be one nobody reviewed. Wagtail's own action ignores the lock.
        """

        def execute(self, instance, data):
            lock = instance.get_lock()
            if lock and lock.for_user(self.request.user):
                raise PermissionDenied(_("This page is locked while it waits for approval."))
            return super().execute(instance, data)

    class LockedPagesAPIViewSet(PagesAdminAPIViewSet):
        """The API behind the CMS, respecting page locks."""

        actions = PagesAdminAPIViewSet.actions | {
            "revert_to_page_revision": RevertUnlockedPageAPIAction
        }
