from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = "The site as a whole"

    def ready(self) -> None:
        from events.registrations.encryption import ciphers

        from . import checks, security_txt  # noqa: F401 - register their checks

        # This site does not start without its key; other sites have a check that says so.
        ciphers()
        from .sign_in import proof  # noqa: F401 - notes new second factors
