"""The base of the screens for registrations, deliveries and webhooks.

They are Wagtail's generic views. modeladmin gives them only addresses and menu items: its own list
accepts any lookup in the address, and its inspect view finds a row before it checks a right. To
replace modeladmin, replace ``ScreensAdmin``.
"""

from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.base import BaseListingView, WagtailAdminTemplateMixin
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin

from .. import permissions

PAGE_SIZE = 50


class ScreensPermissionHelper(PermissionHelper):
    """Show the menu item to users with ``right``."""

    def __init__(self, *args, right: str):
        super().__init__(*args)
        self.right = right

    def user_can_list(self, user) -> bool:
        return permissions.may(user, self.right)


class ScreensAdmin(ModelAdmin):
    """A model with its own screens: each has a name, the end of its address, and a view.

    No address adds, edits or deletes a row.
    """

    right = ""
    screens: tuple[tuple[str, str, type[View]], ...] = ()
    history_view_enabled = False

    def get_permission_helper_class(self):
        return partial(ScreensPermissionHelper, right=self.right)

    def get_admin_urls_for_registration(self) -> tuple:
        base, name = self.url_helper.base_url_path, self.url_helper.get_action_url_name
        return tuple(
            path(f"{base}/{end}", view.as_view(), name=name(screen))
            for screen, end, view in self.screens
        )

    def register_admin_url_finders(self) -> None:
        """Give Wagtail's reports no link, because there is no edit address."""

    def register_indexing(self) -> None:
        """Keep the rows out of the reference index, which the page editor shows as usage."""


def refused(request: HttpRequest) -> HttpResponse:
    """Answer 403 with a sentence. Wagtail's own refusal is a redirect that looks like success."""
    return TemplateResponse(request, "prevent_registrations/review/refused.html", status=403)


class ReviewView(WagtailAdminTemplateMixin, View):
    """A screen for users with all of its ``rights``.

    It checks them before anything else, so that a refusal does not reveal whether a registration
    exists.
    """

    rights: tuple[str, ...] = (permissions.VIEW,)
    url_prefix = "prevent_registrations_registration_modeladmin"
    index_title = "Registrations"
    header_icon = "group"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if not permissions.may(request.user, *self.rights):
            return refused(request)
        return super().dispatch(request, *args, **kwargs)

    def address(self, screen: str, *args) -> str:
        """Return the address of another screen of the same model."""
        return reverse(f"{self.url_prefix}_{screen}", args=args)

    @cached_property
    def index_url(self) -> str:
        return self.address("index")

    def get_page_title(self) -> str:
        return self.page_title or self.index_title

    def get_breadcrumbs_items(self) -> list[dict]:
        items = [*self.breadcrumbs_items, {"url": self.index_url, "label": self.index_title}]
        if self.get_page_title() != self.index_title:
            items.append({"url": "", "label": self.get_page_title()})
        return items

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(**{"index_url": self.index_url, **kwargs})


class ListColumn(Column):
    """A column heading of a list, with a sort link if it has a ``sort_key``."""

    header_template_name = "prevent_registrations/review/column_header.html"

    def __init__(self, name: str, label: str, *, newest_first: bool = False, **kwargs):
        super().__init__(name, label=label, **kwargs)
        self.newest_first = newest_first

    def get_header_context_data(self, parent_context) -> dict:
        context = super().get_header_context_data(parent_context)
        flips = context["is_ascending"] or (self.newest_first and not context["is_descending"])
        return {**context, "next_ordering": f"-{self.sort_key}" if flips else self.sort_key}


class ReviewListView(ReviewView, BaseListingView):
    """A list, 50 a page: 400 for an invalid address, 404 past the last page."""

    paginate_by = PAGE_SIZE
    template_name = "prevent_registrations/review/list.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        is_valid = self.filters.is_valid()
        self.object_list = self.get_queryset() if is_valid else self.get_base_queryset().none()
        chips = self.filters.chips if is_valid else []
        context = self.get_context_data(form=self.filters.form, chips=chips)
        last_page = context["paginator"].num_pages
        if not is_valid:
            return self.render_to_response(context, status=400)
        if self.filters.page > last_page:
            return self.render_to_response({**context, "last_page": last_page}, status=404)
        rows = self.get_rows(list(context["object_list"]))
        return self.render_to_response({**context, "rows": rows})

    def get_rows(self, page: list) -> list:
        """Return what the template shows for each row on the page."""
        return page

    @property
    def is_filtering(self) -> bool:
        return self.filters.is_filtering
