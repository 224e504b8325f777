from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = __package__
    label = "prevent_events"
    verbose_name = "Roundtable events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import signal_handlers  # noqa: F401 - connects the receivers
