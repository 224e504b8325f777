"""Who may do what to which registration: one answer for every screen.

Rights come from groups, are separate, and nobody has one by default. The right to edit a page
gives none of them.
"""

from wagtail_modeladmin.helpers import PermissionHelper

from ..models import Registration
from ..models.registration import RegistrationQuerySet

APP = Registration._meta.app_label
VIEW = f"{APP}.view_registration"
VIEW_SENSITIVE = f"{APP}.view_sensitive_answers"
DECIDE = f"{APP}.decide_registration"


def may(user, *rights: str) -> bool:
    """Whether ``user`` has all ``rights``, asked anew of the database on every request."""
    return user.is_active and user.has_perms(rights)


def registrations_for(user) -> RegistrationQuerySet:
    """Return the registrations that ``user`` may see: those that have not been erased, or none."""
    return Registration.objects.kept() if may(user, VIEW) else Registration.objects.none()


class RegistrationPermissionHelper(PermissionHelper):
    """The policy in the words that modeladmin asks in."""

    def user_can_list(self, user) -> bool:
        return may(user, VIEW)

    def user_can_inspect_obj(self, user, obj) -> bool:
        return may(user, VIEW)

    def user_can_create(self, user) -> bool:
        return False

    def user_can_edit_obj(self, user, obj) -> bool:
        return False

    def user_can_delete_obj(self, user, obj) -> bool:
        return False
