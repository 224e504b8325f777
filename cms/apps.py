from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = "The site as a whole"

    def ready(self) -> None:
        from .sign_in import proof  # noqa: F401 - notes new second factors
