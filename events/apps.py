from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = __package__
    label = "prevent_events"
    verbose_name = "Roundtable events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import signal_handlers  # noqa: F401 - connects the receivers
        from .admin.panels import attach_editor
        from .views import attach_views

        attach_editor()
        attach_views()
