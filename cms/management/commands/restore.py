"""Restore a backup, bring it up to date, and erase what has become due since."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from events.registrations.database import NotThisSite, description, table_names

from ...backups import BackupFailed, restore_backup, write_backup


class Command(BaseCommand):
    help = "Replace database and media by those of a backup. Stop web servers and workers first."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}. Name one: make restore FILE=backup-….tar")
        try:
            self.stdout.write(f"Restoring into {description()}, media into {settings.MEDIA_ROOT}")
            if present := self.save_what_is_there():
                self.stdout.write(f"What was there is saved in {present}")
            written_at = restore_backup(file)
        except (BackupFailed, NotThisSite, OSError) as error:
            raise CommandError(f"{error}. The site is as it was") from error
        call_command("migrate", interactive=False, verbosity=0)
        # An old backup is no clock that jumped.
        call_command("run_due_jobs", clock_is_right=True, stdout=self.stdout)
        self.stdout.write(
            f"Restored as of {written_at}. What was erased on request since then has to be erased "
            "again: docs/operators/backup.md."
        )

    def save_what_is_there(self) -> Path | None:
        """Back up the present state, if there is a database with tables in it."""
        if not table_names():
            return None
        return write_backup(Path(settings.VAR_DIR) / "backups", at=timezone.now())
