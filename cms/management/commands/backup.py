"""Write database and media into one file, while the site runs."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...backups import BackupFailed, write_backup


class Command(BaseCommand):
    help = "Write a backup into VAR_DIR/backups, or the folder that is named, and print its path."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--folder", type=Path, default=Path(settings.VAR_DIR) / "backups")

    def handle(self, *, folder: Path, **options) -> None:
        try:
            path = write_backup(folder, at=timezone.now())
        except (BackupFailed, OSError) as error:
            raise CommandError(f"No backup was written: {error}") from error
        self.stdout.write(f"{path}")
        self.stdout.write("It holds personal data: keep it where only operators read, for 35 days.")
