from wagtail import hooks
from wagtail.log_actions import LogActionRegistry
from wagtail_modeladmin.options import modeladmin_register

from .deliveries.admin import DeliveryAdmin
from .deliveries.panels import DeliveryPanel
from .deliveries.views import ABANDONED, RETRIED
from .mail.routing import ROUTE_CHANGED
from .review.admin import RegistrationAdmin

modeladmin_register(RegistrationAdmin)
modeladmin_register(DeliveryAdmin)


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
