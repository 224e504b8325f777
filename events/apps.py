from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = __package__
    label = "prevent_events"
    verbose_name = "Roundtable events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from prevent_content.blocks import register_block

        from . import signal_handlers  # noqa: F401 - connects the receivers
        from .admin.panels import attach_editor
        from .blocks import UpcomingRoundtablesBlock
        from .views import attach_views

        register_block("upcoming_roundtables", UpcomingRoundtablesBlock())
        attach_editor()
        attach_views()
