"""Restore a backup, migrate it, and repeat the erasures that happened since."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from events.registrations.database import NotThisSite, description, table_names

from ... import erasures
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
            since = self.what_has_happened_since(file)
            written_at = restore_backup(file)
        except (BackupFailed, NotThisSite, OSError) as error:
            raise CommandError(f"{error}. The site is as it was") from error
        call_command("migrate", interactive=False, verbosity=0)
        for sentence in erasures.apply(since, at=timezone.now()):
            self.stdout.write(sentence)
        # The date of an old backup is no reason to suspect the clock.
        call_command("run_due_jobs", clock_is_right=True, stdout=self.stdout)
        self.stdout.write(f"Restored as of {written_at}.")

    def what_has_happened_since(self, file: Path) -> erasures.Since:
        try:
            since = erasures.so_far()
        except DatabaseError as error:
            since = erasures.Since()
            self.stdout.write(
                f"What was erased since cannot be read from the database that is replaced "
                f"({type(error).__name__}); only erasures.json counts: docs/operators/backup.md."
            )
        for folder in (file.parent, Path(settings.VAR_DIR) / "backups"):
            since.add(folder)
        return since

    def save_what_is_there(self) -> Path | None:
        """Back up the present state, if the database has any tables."""
        if not table_names():
            return None
        return write_backup(Path(settings.VAR_DIR) / "backups", at=timezone.now())
