from django.apps import AppConfig


class RegistrationsConfig(AppConfig):
    name = "events.registrations"
    label = "prevent_registrations"
    verbose_name = "Registrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events.models import EventPage

        from . import checks, offers, route_handlers, signal_handlers  # noqa: F401 - connected
        from .encryption import ciphers
        from .exposure import checks as exposure_checks  # noqa: F401 - registered by import

        ciphers()
        EventPage.subpage_types = [
            *EventPage.subpage_types,
            "prevent_registrations.RegistrationPage",
        ]
