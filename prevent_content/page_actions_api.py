"""The API behind the CMS that changes pages, until Wagtail 8.1: it keeps to the locks of pages.

A page that waits for an approval stays as it was submitted. Wagtail's page editor refuses to change
a locked page, but this API puts an earlier version back without looking at the lock, and an
approval publishes the newest version: one that nobody was shown.
"""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from wagtail.admin.api.actions.revert_to_page_revision import RevertToPageRevisionAPIAction
from wagtail.admin.api.views import PagesAdminAPIViewSet


class RevertUnlockedPageAPIAction(RevertToPageRevisionAPIAction):
    def execute(self, instance, data):
        lock = instance.get_lock()
        if lock and lock.for_user(self.request.user):
            raise PermissionDenied(_("This page is locked: it waits for somebody else."))
        return super().execute(instance, data)


class LockedPagesAPIViewSet(PagesAdminAPIViewSet):
    """The API behind the CMS, which keeps to the locks of pages."""

    actions = PagesAdminAPIViewSet.actions | {
        "revert_to_page_revision": RevertUnlockedPageAPIAction
    }
