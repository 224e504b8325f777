from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = "The site as a whole"

    def ready(self) -> None:
        from . import security_txt  # noqa: F401 - registers its check
        from .sign_in import proof  # noqa: F401 - notes new second factors
