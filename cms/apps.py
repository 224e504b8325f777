from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = "The site as a whole"

    def ready(self) -> None:
        make_database_folder()
        from events.registrations.encryption import ciphers

        from . import checks  # noqa: F401 - registers its checks

        # This site does not start without its key; on other sites a check reports it.
        ciphers()
        from .sign_in import proof  # noqa: F401 - records proofs of identity


def make_database_folder() -> None:
    """Make the folder of an SQLite database, because SQLite does not."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith(".sqlite3"):
        Path(database["NAME"]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
