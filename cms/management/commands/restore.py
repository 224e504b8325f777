"""Put a backup back, bring it up to date, and erase what has become due since."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from ...backups import BackupFailed, restore_backup, write_backup


class Command(BaseCommand):
    help = "Replace database and media by those of a backup. Stop web servers and workers first."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}. Name one: make restore FILE=backup-….tar")
        try:
            if present := self.keep_what_is_there():
                self.stdout.write(f"What was there is kept in {present}")
            written_at = restore_backup(file)
        except (BackupFailed, OSError) as error:
            raise CommandError(f"{error}. The site is as it was") from error
        call_command("migrate", interactive=False, verbosity=0)
        # An old backup is no clock that jumped.
        call_command("run_due_jobs", clock_is_right=True, stdout=self.stdout)
        self.stdout.write(
            f"Restored as of {written_at}. What was erased on request since then has to be erased "
            "again: docs/operators/backup.md."
        )

    def keep_what_is_there(self) -> Path | None:
        """Back up the present state, if there is a database with tables in it."""
        try:
            if not connection.introspection.table_names():
                return None
        except DatabaseError as error:
            raise BackupFailed(f"The database cannot be reached ({type(error).__name__})") from None
        return write_backup(Path(settings.VAR_DIR) / "backups", at=timezone.now())
