from django.urls import include, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry
from wagtail_modeladmin.options import modeladmin_register

from .data_protection import urls as data_protection_urls
from .data_protection.policy import may_enter
from .deliveries.admin import DeliveryAdmin
from .deliveries.panels import DeliveryPanel
from .deliveries.views import ABANDONED, RETRIED
from .mail.routing import ROUTE_CHANGED
from .review.admin import RegistrationAdmin

modeladmin_register(RegistrationAdmin)
modeladmin_register(DeliveryAdmin)


@hooks.register("register_admin_urls")
def register_data_protection() -> list:
    return [path("data-protection/", include(data_protection_urls))]


class DataProtectionMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return may_enter(request.user)


@hooks.register("register_admin_menu_item")
def register_data_protection_menu_item() -> MenuItem:
    return DataProtectionMenuItem(
        "Data protection",
        reverse("prevent_data_protection:index"),
        name="data-protection",
        icon_name="lock",
        order=270,
    )


@hooks.register("construct_homepage_panels")
def add_delivery_panel(request, panels: list) -> None:
    panels.append(DeliveryPanel())


@hooks.register("register_log_actions")
def register_acts_on_mail(actions: LogActionRegistry) -> None:
    actions.register_action(
        ROUTE_CHANGED, "Change recipients", "Changed where registrations are sent"
    )
    actions.register_action(RETRIED, "Retry delivery", "Made an e-mail due at once")
    actions.register_action(ABANDONED, "Abandon delivery", "Gave an e-mail up")
