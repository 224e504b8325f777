"""The CMS menu "Prevent", to which the other apps add their items.

Apart from ``wagtail_hooks``: while that module registers a snippet, Wagtail 7.4 already imports the
hooks of other apps.
"""

from django.http import HttpRequest
from wagtail.admin.menu import Menu, MenuItem

from . import reports

# Everything of ours except pages, snippets, reports and settings is below one menu item.
MENU_HOOK = "register_prevent_menu_item"
prevent_menu = Menu(register_hook_name=MENU_HOOK, construct_hook_name="construct_prevent_menu")


class ReportMenuItem(MenuItem):
    """An item of the reports menu, for people who may edit some page."""

    def is_shown(self, request: HttpRequest) -> bool:
        return reports.may_read(request)
