from django.apps import AppConfig


class RegistrationsConfig(AppConfig):
    name = __package__
    label = "prevent_registrations"
    verbose_name = "Registrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events.admin.permissions import also_responsible
        from events.models import EventPage, Occurrence
        from prevent_content.blocks import register_block

        from . import (  # noqa: F401 - connected by import
            availability,
            checks,
            host_checks,
            permissions,
            signal_handlers,
            webhook_events,
        )
        from .editing import CONTENT_PANELS, SETTINGS_PANELS, RegistrationPageForm, show_email
        from .emails import (  # noqa: F401 - registered
            booking,
            digests,
            messages,
            needs,
            notices,
            organiser,
        )
        from .mail import tasks  # noqa: F401 - connected by import
        from .models import RegistrationPage
        from .privacy import PrivacyFactBlock
        from .views import register

        also_responsible.append(lambda user, page: permissions.looks_after(user, page.pk))
        register_block("privacy_fact", PrivacyFactBlock())
        EventPage.subpage_types = [
            *EventPage.subpage_types,
            "prevent_registrations.RegistrationPage",
        ]
        Occurrence.also_read = [*Occurrence.also_read, "place_count"]
        RegistrationPage.content_panels = CONTENT_PANELS
        RegistrationPage.settings_panels = SETTINGS_PANELS
        RegistrationPage.base_form_class = RegistrationPageForm
        RegistrationPage.page_view = staticmethod(register)
        RegistrationPage.email_preview = staticmethod(show_email)
