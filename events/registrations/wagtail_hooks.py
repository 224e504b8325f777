"""What registrations add to the CMS."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page
from wagtail.permissions import page_permission_policy
from wagtail_modeladmin.options import modeladmin_register

from events.admin.permissions import may_change_dates
from events.models import EventPage
from prevent_content.menu import MENU_HOOK, ReportMenuItem

from . import permissions
from .data_protection import urls as data_protection_urls
from .deliveries.admin import ABANDONED, RETRIED, DeliveryAdmin, DeliveryPanel, WebhookAdmin
from .feedback import FeedbackReport
from .mail.routes import ROUTE_CHANGED, ROUTE_CONFIRMED
from .models import Registration, RegistrationLogEntry
from .review import assignments, decisions, leavers
from .review.admin import AssignmentAdmin, RegistrationAdmin, TrailAdmin
from .review.capacity import CAPACITY_CHANGED, CapacityView, EventPlacesView
from .review.inboxes import InboxesView
from .review.panels import DataProtectionPanel, RegistrationsPanel

modeladmin_register(RegistrationAdmin)
modeladmin_register(TrailAdmin)
modeladmin_register(AssignmentAdmin)
modeladmin_register(DeliveryAdmin)
modeladmin_register(WebhookAdmin)


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Offer each right that our models define under Settings → Groups."""
    app = apps.get_app_config("prevent_registrations")
    codenames = [name for model in app.get_models() for name, _label in model._meta.permissions]
    return Permission.objects.filter(content_type__app_label=app.label, codename__in=codenames)


@hooks.register("register_reports_menu_item")
def register_trail_report() -> MenuItem:
    return TrailAdmin().get_menu_item(order=1200)


@hooks.register("register_admin_urls")
def register_feedback_report() -> list:
    address = "reports/was-this-page-useful/"
    return [path(address, FeedbackReport.as_view(), name="prevent_feedback_report")]


@hooks.register("register_reports_menu_item")
def register_feedback_report_menu_item() -> MenuItem:
    return ReportMenuItem(
        FeedbackReport.page_title,
        reverse("prevent_feedback_report"),
        name="page-feedback",
        icon_name=FeedbackReport.header_icon,
        order=1230,
    )


@hooks.register("construct_homepage_panels")
def add_panels(request, panels: list) -> None:
    panels += [DataProtectionPanel(), RegistrationsPanel(), DeliveryPanel()]


@hooks.register("construct_search")
def hide_page_search(request, areas: list) -> None:
    """Hide the page search from people who may see no page in the CMS."""
    if not page_permission_policy.explorable_instances(request.user).exists():
        areas[:] = [area for area in areas if area.name != "pages"]


@hooks.register("register_admin_urls")
def register_data_protection() -> list:
    return [path("data-protection/", include(data_protection_urls))]


class DataProtectionMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return permissions.may_any(request.user, *permissions.DATA_PROTECTION)


@hooks.register(MENU_HOOK)
def register_registrations_menu_item() -> MenuItem:
    return RegistrationAdmin().get_menu_item(order=250)


@hooks.register(MENU_HOOK)
def register_deliveries_menu_item() -> MenuItem:
    return DeliveryAdmin().get_menu_item(order=260)


@hooks.register(MENU_HOOK)
def register_webhooks_menu_item() -> MenuItem:
    return WebhookAdmin().get_menu_item(order=265)


@hooks.register(MENU_HOOK)
def register_data_protection_menu_item() -> MenuItem:
    return DataProtectionMenuItem(
        "Data protection",
        reverse("prevent_data_protection:index"),
        name="data-protection",
        icon_name="lock",
        order=270,
    )


@hooks.register("register_log_actions")
def register_actions(actions: LogActionRegistry) -> None:
    """Show what was done in Wagtail's own log, to users who may see the registration."""
    actions.register_model(Registration, RegistrationLogEntry)
    actions.register_action(decisions.DECIDED)(decisions.DecisionFormatter)
    for action, label, message in (
        (decisions.ASSIGNED, "Assign registration", "Assigned it"),
        (decisions.FLAGGED, "Flag registration", "Flagged it"),
        (decisions.CLEARED, "Clear flag", "Cleared its flag"),
        (assignments.GIVEN, "Assign event", "Gave someone the registrations of an event"),
        (assignments.TAKEN, "Take event", "Took the registrations of an event from someone"),
        (ROUTE_CHANGED, "Change recipients", "Changed where registrations are sent"),
        (ROUTE_CONFIRMED, "Confirm recipients", "Confirmed where registrations are sent"),
        (RETRIED, "Retry delivery", "Made an email due now"),
        (ABANDONED, "Abandon delivery", "Abandoned an email"),
        (CAPACITY_CHANGED, "Set places", "Set the places of a date"),
    ):
        actions.register_action(action, label, message)


@hooks.register("register_admin_urls")
def register_inboxes() -> list:
    return [path("inboxes-to-confirm/", InboxesView.as_view(), name="prevent_inboxes")]


class InboxesMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return permissions.may(request.user, permissions.CONFIRM_INBOXES)


@hooks.register(MENU_HOOK)
def register_inboxes_menu_item() -> MenuItem:
    return InboxesMenuItem(
        InboxesView.page_title,
        reverse("prevent_inboxes"),
        name="inboxes",
        icon_name="mail",
        order=265,
    )


@hooks.register("register_admin_urls")
def register_capacity_urls() -> list:
    screens = [
        path("<int:page_id>/", EventPlacesView.as_view(), name="event"),
        path("<int:page_id>/<uuid:uuid>/", CapacityView.as_view(), name="date"),
    ]
    return [path("event-places/", include((screens, "prevent_registration_places")))]


def places_buttons(page: Page, user, *, priority: int) -> Iterator[Button]:
    if page.pk and page.specific_class is EventPage and may_change_dates(user, page):
        url = reverse("prevent_registration_places:event", args=[page.pk])
        yield Button(_("Places"), url, icon_name="group", priority=priority)


@hooks.register("register_page_header_buttons")
def add_places_to_header(page, user, view_name, next_url=None) -> Iterator[Button]:
    return places_buttons(page, user, priority=13)


@hooks.register("register_page_listing_more_buttons")
def add_places_to_listing(page, user, next_url=None) -> Iterator[Button]:
    return places_buttons(page, user, priority=4)


@hooks.register("register_admin_urls")
def register_hand_over() -> list:
    view = leavers.HandOverView.as_view()
    return [path("registrations-of-leavers/<int:pk>/", view, name="prevent_hand_over")]


hooks.register("before_delete_user", leavers.ask_before_deleting)
hooks.register("after_edit_user", leavers.ask_after_closing)
hooks.register("before_bulk_action", leavers.ask_before_bulk_action)
