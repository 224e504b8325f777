"""Registrations in the CMS: which addresses exist, and what Wagtail is told of them."""

from django.urls import path
from wagtail_modeladmin.options import ModelAdmin

from ..models import Registration
from .policy import RegistrationPermissionHelper
from .views import DecideView, RegistrationIndexView, RegistrationInspectView, RevealView


class RegistrationAdmin(ModelAdmin):
    """Registrations are read and decided on: no address creates, edits or deletes one."""

    model = Registration
    menu_label = "Registrations"
    menu_icon = "group"
    menu_order = 250
    permission_helper_class = RegistrationPermissionHelper
    inspect_view_enabled = True
    history_view_enabled = False

    def get_admin_urls_for_registration(self) -> tuple:
        base, name = self.url_helper.base_url_path, self.url_helper.get_action_url_name
        return (
            path(f"{base}/", RegistrationIndexView.as_view(model_admin=self), name=name("index")),
            path(
                f"{base}/inspect/<int:pk>/",
                RegistrationInspectView.as_view(model_admin=self),
                name=name("inspect"),
            ),
            path(
                f"{base}/reveal/<int:pk>/",
                RevealView.as_view(model_admin=self),
                name=name("reveal"),
            ),
            path(
                f"{base}/decide/<int:pk>/",
                DecideView.as_view(model_admin=self),
                name=name("decide"),
            ),
        )

    def register_admin_url_finders(self) -> None:
        """Give Wagtail's reports no link: a registration has no edit address."""

    def register_indexing(self) -> None:
        """Keep registrations out of the reference index, which page editors read as usage."""
