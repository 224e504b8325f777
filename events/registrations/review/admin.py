"""Registrations in the CMS: which addresses exist, and what Wagtail is told of them."""

from django.urls import path
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin

from .. import permissions
from ..models import Registration
from . import door_views as door
from . import registration_views as one
from .bulk_views import BulkView
from .export_views import ExportView
from .saved_filter_views import DeleteFilterView, SaveFilterView
from .views import RegistrationIndexView

# Each screen's name, the end of its address, and its view.
SCREENS = (
    ("index", "", RegistrationIndexView),
    ("inspect", "inspect/<int:pk>/", one.RegistrationInspectView),
    ("reveal", "reveal/<int:pk>/", one.RevealView),
    ("decide", "decide/<int:pk>/", one.DecideView),
    ("note", "note/<int:pk>/", one.NoteView),
    ("assign", "assign/<int:pk>/", one.AssignView),
    ("flag", "flag/<int:pk>/", one.FlagView),
    ("bulk", "bulk/", BulkView),
    ("export", "export/", ExportView),
    ("save_filter", "filters/", SaveFilterView),
    ("delete_filter", "filters/<int:pk>/delete/", DeleteFilterView),
    ("dates", "dates/", door.DatesView),
    ("door", "dates/<uuid:uuid>/door/", door.DoorView),
    ("door_counts", "dates/<uuid:uuid>/door/counts/", door.DoorCountsView),
    ("sheet", "dates/<uuid:uuid>/sheet/", door.SheetView),
    ("summary", "dates/<uuid:uuid>/summary/", door.SummaryView),
)


class RegistrationPermissionHelper(PermissionHelper):
    def user_can_list(self, user) -> bool:
        return permissions.may(user, permissions.VIEW)


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
        return tuple(
            path(f"{base}/{end}", view.as_view(model_admin=self), name=name(screen))
            for screen, end, view in SCREENS
        )

    def register_admin_url_finders(self) -> None:
        """Give Wagtail's reports no link: a registration has no edit address."""

    def register_indexing(self) -> None:
        """Keep registrations out of the reference index, which page editors read as usage."""
