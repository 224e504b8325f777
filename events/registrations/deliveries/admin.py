"""Deliveries in the CMS: which addresses exist, and what Wagtail is told of them."""

from django.urls import path
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin

from .. import permissions
from ..models import OutboundEmail
from .views import AbandonView, DeliveryIndexView, RetryView


class DeliveryPermissionHelper(PermissionHelper):
    def user_can_list(self, user) -> bool:
        return permissions.may(user, permissions.MANAGE_DELIVERIES)


class DeliveryAdmin(ModelAdmin):
    """Deliveries are looked at, retried and abandoned: no address creates, edits or deletes one."""

    model = OutboundEmail
    menu_label = "Deliveries"
    menu_icon = "mail"
    menu_order = 260
    permission_helper_class = DeliveryPermissionHelper
    inspect_view_enabled = False
    history_view_enabled = False

    def get_admin_urls_for_registration(self) -> tuple:
        base, name = self.url_helper.base_url_path, self.url_helper.get_action_url_name
        return (
            path(f"{base}/", DeliveryIndexView.as_view(model_admin=self), name=name("index")),
            path(
                f"{base}/retry/<int:pk>/", RetryView.as_view(model_admin=self), name=name("retry")
            ),
            path(
                f"{base}/abandon/<int:pk>/",
                AbandonView.as_view(model_admin=self),
                name=name("abandon"),
            ),
        )

    def register_admin_url_finders(self) -> None:
        """Give Wagtail's reports no link: a delivery has no edit address."""

    def register_indexing(self) -> None:
        """Keep deliveries out of the reference index, which page editors read as usage."""
