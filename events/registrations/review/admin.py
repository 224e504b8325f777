"""The review screens in the CMS: their addresses and menu items."""

from .. import permissions
from ..models import AccessRecord, EventAssignment, Registration
from . import booking_screens as bookings
from . import door_list, sign_in_sheet
from . import registration_detail as one
from .access_trail import TrailExportView, TrailView
from .assignments import AssignmentDeleteView, AssignmentIndexView
from .base import ScreensAdmin
from .bulk_actions import BulkView, UndoView
from .event_feedback_results import FeedbackResultsView
from .export import ExportView
from .figures_report import FiguresReportView
from .messages import MessageSentView, MessageView
from .registration_list import DeleteFilterView, RegistrationIndexView, SaveFilterView


class RegistrationAdmin(ScreensAdmin):
    model = Registration
    menu_label = "Registrations"
    menu_icon = "group"
    add_to_admin_menu = False
    right = permissions.VIEW
    screens = (
        ("index", "", RegistrationIndexView),
        ("inspect", "inspect/<int:pk>/", one.RegistrationInspectView),
        ("reveal", "reveal/<int:pk>/", one.RevealView),
        ("decide", "decide/<int:pk>/", one.DecideView),
        ("note", "note/<int:pk>/", one.NoteView),
        ("assign", "assign/<int:pk>/", one.AssignView),
        ("flag", "flag/<int:pk>/", one.FlagView),
        ("change", "change/<int:pk>/", bookings.ChangeView),
        ("move", "move/<int:pk>/", bookings.MoveView),
        ("merge", "merge/<int:pk>/<int:other>/", bookings.MergeView),
        ("put_first", "put-first/<int:pk>/", bookings.PutFirstView),
        ("send_again", "send-again/<int:pk>/", bookings.SendAgainView),
        ("add_person", "add/", bookings.AddPersonView),
        ("add_to_date", "add/<uuid:uuid>/", bookings.AddPersonView),
        ("bulk", "bulk/", BulkView),
        ("undo", "bulk/<uuid:batch>/undo/", UndoView),
        ("export", "export/", ExportView),
        ("save_filter", "filters/", SaveFilterView),
        ("delete_filter", "filters/<int:pk>/delete/", DeleteFilterView),
        ("figures", "figures/", FiguresReportView),
        ("dates", "dates/", door_list.DatesView),
        ("door", "dates/<uuid:uuid>/door/", door_list.DoorView),
        ("walk_in", "dates/<uuid:uuid>/door/walk-in/", door_list.WalkInView),
        ("door_counts", "dates/<uuid:uuid>/door/counts/", door_list.DoorCountsView),
        ("sheet", "dates/<uuid:uuid>/sheet/", sign_in_sheet.SheetView),
        ("summary", "dates/<uuid:uuid>/summary/", sign_in_sheet.SummaryView),
        ("message", "dates/<uuid:uuid>/message/", MessageView),
        ("message_sent", "dates/<uuid:uuid>/message/<int:pk>/", MessageSentView),
        ("feedback", "dates/<uuid:uuid>/feedback/", FeedbackResultsView),
    )


class TrailAdmin(ScreensAdmin):
    """Its menu item is among the reports."""

    model = AccessRecord
    menu_label = TrailView.index_title
    menu_icon = TrailView.header_icon
    menu_item_name = "registration-trail"
    add_to_admin_menu = False
    right = permissions.VIEW_TRAIL
    screens = (("index", "", TrailView), ("export", "export/", TrailExportView))


class AssignmentAdmin(ScreensAdmin):
    model = EventAssignment
    menu_label = AssignmentIndexView.index_title
    menu_icon = "group"
    add_to_settings_menu = True
    right = permissions.ASSIGN_EVENTS
    screens = (
        ("index", "", AssignmentIndexView),
        ("delete", "delete/<int:pk>/", AssignmentDeleteView),
    )
