"""What events add to the CMS."""

from collections.abc import Iterator
from datetime import date

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import Page, ReferenceIndex
from wagtail.snippets.models import register_snippet

from prevent_content.menu import MENU_HOOK

from .admin import announcing, taking_down, urls
from .admin.dashboard import put_in_order
from .admin.new_event import StartPanel
from .admin.permissions import may_change_any_dates, may_change_dates
from .admin.snippets import OrganiserViewSet, SpeakerViewSet, VenueViewSet
from .dates_in_words import day_in_words
from .models import EventPage, OccurrenceChange, Organiser, Speaker, Venue

for viewset in (VenueViewSet, SpeakerViewSet, OrganiserViewSet):
    register_snippet(viewset)


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
    """Show actions on dates in an event's history, and let it be filtered by them."""

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
def add_panels(request, panels: list) -> None:
    put_in_order(request, panels)
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


@hooks.register("register_page_header_buttons")
def add_comparison_to_header(page, user, view_name, next_url=None) -> Iterator[Button]:
    if page.pk and page.specific_class is EventPage and page.permissions_for_user(user).can_edit():
        url = reverse("prevent_event_dates:compare", args=[page.pk])
        yield Button(_("Compare dates"), url, icon_name="resubmit", priority=11)


@hooks.register("register_page_listing_more_buttons")
def add_dates_to_listing(page, user, next_url=None) -> Iterator[Button]:
    return dates_buttons(page, user, priority=3)


hooks.register("before_edit_page", announcing.ask_before_publishing)


@hooks.register("before_unpublish_page")
def ask_before_unpublishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    below = "include_descendants" in request.POST
    pages = taking_down.with_descendants([page]) if below else [page]
    return taking_down.ask_first(request, pages, heading=_("Unpublish"))


@hooks.register("before_delete_page")
def ask_before_deleting(request: HttpRequest, page: Page) -> HttpResponse | None:
    pages = taking_down.with_descendants([page])
    return taking_down.ask_first(request, pages, heading=_("Delete"))


@hooks.register("before_move_page")
def ask_before_moving(request: HttpRequest, page: Page, destination: Page) -> HttpResponse | None:
    pages = taking_down.with_descendants([page])
    return taking_down.ask_first(request, pages, heading=_("Move"), is_move=True)


@hooks.register("before_bulk_action")
def ask_before_bulk_action(
    request: HttpRequest, action_type: str, objects: list, action
) -> HttpResponse | None:
    headings = {"unpublish": _("Unpublish"), "delete": _("Delete"), "move": _("Move")}
    if action_type not in headings or not all(isinstance(row, Page) for row in objects):
        return None
    pages = list(objects)
    if action_type != "unpublish" or "include_descendants" in request.POST:
        pages = taking_down.with_descendants(pages)
    is_move = action_type == "move"
    return taking_down.ask_first(request, pages, heading=headings[action_type], is_move=is_move)


@hooks.register("after_publish_page")
def offer_to_reinstate(request: HttpRequest, page: Page) -> None:
    """Offer to reinstate the dates cancelled when the page was unpublished."""
    if not isinstance(page, EventPage):
        return
    number = page.dates.upcoming(at=timezone.now()).cancelled_with_page().count()
    if number and may_change_dates(request.user, page):
        url = reverse("prevent_event_dates:reinstate", args=[page.pk])
        messages.warning(
            request,
            ngettext(
                "%(number)s date is still cancelled from when this event was unpublished.",
                "%(number)s dates are still cancelled from when this event was unpublished.",
                number,
            )
            % {"number": number},
            buttons=[messages.button(url, _("Reinstate dates"))],
        )


@hooks.register("before_copy_page")
def copy_as_new_event(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Start a copy of an event as a new event, and refuse aliases of events and forms."""
    if request.method == "POST" and "alias" in request.POST and has_dates_below(page):
        messages.error(
            request, _("You cannot make an alias of an event or its form. Copy it instead")
        )
        return redirect("wagtailadmin_pages:copy", page.pk)
    if issubclass(page.specific_class or Page, EventPage):
        return redirect("prevent_new_event:copy", page.pk)
    return None


@hooks.register("before_delete_snippet")
def keep_what_is_shown(request: HttpRequest, instances: list) -> HttpResponse | None:
    """Refuse to delete a speaker, venue or organiser whom a published page shows."""
    for instance in instances:
        if not isinstance(instance, (Organiser, Speaker, Venue)):
            continue
        users = ReferenceIndex.get_references_to(instance).filter(
            base_content_type=ContentType.objects.get_for_model(Page)
        )
        shown = Page.objects.live().filter(pk__in=[int(row.object_id) for row in users])
        if page := shown.first():
            messages.error(
                request,
                _("“%(name)s” is shown on “%(page)s”. Choose another one there first")
                % {"name": instance, "page": page.get_admin_display_title()},
            )
            return redirect(f"wagtailsnippets_{instance._meta.label_lower.replace('.', '_')}:list")
    return None


def has_dates_below(page: Page) -> bool:
    """Whether ``page``, or one below it, is an event or belongs to one."""
    line = page.get_ancestors(inclusive=True) | page.get_descendants()
    return EventPage.objects.filter(pk__in=line.values("pk")).exists()
