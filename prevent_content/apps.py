from django.apps import AppConfig


class PreventContentConfig(AppConfig):
    name = __package__
    label = "prevent_content"
    verbose_name = "Prevent content"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import companions, conf, public_version  # noqa: F401 - checks are registered by import
        from .checklist.panels import attach_checklist
        from .concern_route_changes import attach_confirmation

        public_version.connect()
        attach_checklist()
        attach_confirmation()
