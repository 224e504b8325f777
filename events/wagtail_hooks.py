"""What events add to the CMS."""

from collections.abc import Iterator
from datetime import date

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import Page

from prevent_content.wagtail_hooks import MENU_HOOK

from .admin import urls
from .admin.new_event import StartPanel
from .admin.permissions import may_change_any_dates, may_change_dates
from .dates_in_words import day_in_words
from .models import EventPage, OccurrenceChange


@hooks.register("register_icons")
def register_cup(icons: list[str]) -> list[str]:
    return [*icons, "prevent_events/icons/cup.svg"]


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Offer the right to change dates under Settings → Groups."""
    return Permission.objects.filter(
        content_type__app_label="prevent_events", codename="change_occurrence_status"
    )


@hooks.register("register_log_actions")
def register_date_actions(actions: LogActionRegistry) -> None:
    """Let the history of an event show, and be filtered by, what was done to its dates."""

    def formatter(action: OccurrenceChange.Action) -> type[LogFormatter]:
        class ActionFormatter(LogFormatter):
            label = f"Date: {action.label.lower()}"

            def format_message(self, log_entry) -> str:
                day = date.fromisoformat(log_entry.data["date"])
                return f"{day_in_words(day)}: {action.label.lower()}"

            def format_comment(self, log_entry) -> str:
                return log_entry.data["reason"]

        return ActionFormatter

    for action in OccurrenceChange.Action:
        actions.register_action(f"prevent_events.{action}")(formatter(action))


@hooks.register("register_admin_urls")
def register_event_dates_urls() -> list:
    return [path("event-dates/", include(urls.dates))]


@hooks.register("register_admin_urls")
def register_new_event_urls() -> list:
    return [path("event-start/", include(urls.new_events))]


@hooks.register("construct_homepage_panels")
def add_start_panel(request, panels: list) -> None:
    panels.append(StartPanel())


class EventDatesMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return may_change_any_dates(request.user)


@hooks.register(MENU_HOOK)
def register_event_dates() -> MenuItem:
    return EventDatesMenuItem(
        _("Event dates"),
        reverse("prevent_event_dates:index"),
        name="event-dates",
        icon_name="calendar-alt",
        order=240,
    )


def dates_buttons(page: Page, user, *, priority: int) -> Iterator[Button]:
    if page.pk and page.specific_class is EventPage and may_change_dates(user, page):
        url = reverse("prevent_event_dates:event", args=[page.pk])
        yield Button(_("Dates"), url, icon_name="calendar-alt", priority=priority)


@hooks.register("register_page_header_buttons")
def add_dates_to_header(page, user, view_name, next_url=None) -> Iterator[Button]:
    return dates_buttons(page, user, priority=12)


@hooks.register("register_page_listing_more_buttons")
def add_dates_to_listing(page, user, next_url=None) -> Iterator[Button]:
    return dates_buttons(page, user, priority=3)
