from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = "The site as a whole"

    def ready(self) -> None:
        from . import security_txt  # noqa: F401 - registers its check
        from .sign_in import proof  # noqa: F401 - notes new second factors


class StaticFiles(StaticFilesConfig):
    """Django's static files; those that set-up compressed are for ``make run`` alone."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.gz"]
