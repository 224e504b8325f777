from django.urls import reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry
from wagtail_modeladmin.options import modeladmin_register

from .deliveries.admin import DeliveryAdmin
from .deliveries.panels import DeliveryPanel
from .deliveries.views import ABANDONED, RETRIED
from .mail.routing import ROUTE_CHANGED
from .models import Registration, RegistrationLogEntry
from .review import assignment_views, concern, decisions, policy
from .review.admin import RegistrationAdmin
from .review.panels import RegistrationsPanel
from .review.trail_views import TrailAdmin

modeladmin_register(RegistrationAdmin)
modeladmin_register(TrailAdmin)
modeladmin_register(assignment_views.AssignmentAdmin)
modeladmin_register(DeliveryAdmin)


class TrailMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return policy.may(request.user, policy.VIEW_TRAIL)


@hooks.register("register_reports_menu_item")
def register_trail_report() -> MenuItem:
    return TrailMenuItem(
        TrailAdmin.menu_label,
        reverse("prevent_registrations_accessrecord_modeladmin_index"),
        name="registration-trail",
        icon_name=TrailAdmin.menu_icon,
        order=1200,
    )


@hooks.register("construct_homepage_panels")
def add_registrations_panel(request, panels: list) -> None:
    panels.append(RegistrationsPanel())


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


@hooks.register("register_log_actions")
def register_reviews(actions: LogActionRegistry) -> None:
    """Let Wagtail's own log tell decisions, to those who may see the registration."""
    actions.register_model(Registration, RegistrationLogEntry)
    actions.register_action(decisions.DECIDED)(decisions.DecisionFormatter)
    actions.register_action(decisions.ASSIGNED, "Assign registration", "Changed who looks after it")
    actions.register_action(concern.FLAGGED, "Flag registration", "Flagged it")
    actions.register_action(concern.CLEARED, "Clear flag", "Cleared its flag")
    actions.register_action(
        assignment_views.GIVEN, "Give event", "Gave somebody the registrations of an event"
    )
    actions.register_action(
        assignment_views.TAKEN, "Take event", "Took the registrations of an event from somebody"
    )
