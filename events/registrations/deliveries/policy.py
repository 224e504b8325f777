"""Who may look after deliveries: a right of its own, which shows no registration."""

from wagtail_modeladmin.helpers import PermissionHelper

from ..models import OutboundEmail

MANAGE = f"{OutboundEmail._meta.app_label}.manage_deliveries"


def may_manage(user) -> bool:
    """Whether ``user`` may see deliveries, retry and abandon them."""
    return user.is_active and user.has_perm(MANAGE)


class DeliveryPermissionHelper(PermissionHelper):
    """The policy in the words that modeladmin asks in."""

    def user_can_list(self, user) -> bool:
        return may_manage(user)

    def user_can_inspect_obj(self, user, obj) -> bool:
        return False

    def user_can_create(self, user) -> bool:
        return False

    def user_can_edit_obj(self, user, obj) -> bool:
        return False

    def user_can_delete_obj(self, user, obj) -> bool:
        return False
