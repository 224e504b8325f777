"""Write database and media into one file, while the site runs."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from events.registrations.database import NotThisSite, description, require_tables
from events.registrations.models import Heartbeat

from ... import backups, erasures


class Command(BaseCommand):
    help = "Write a backup into VAR_DIR/backups, or the folder that is named, and print its path."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--folder", type=Path, default=Path(settings.VAR_DIR) / "backups")
        parser.add_argument(
            "--verify",
            action="store_true",
            help="read the file back and compare the rows of each table",
        )
        parser.add_argument(
            "--keep-days",
            type=int,
            metavar="DAYS",
            help="then delete backups in the folder that are older, except the newest "
            f"{backups.NEWEST_SPARED}; needs --verify",
        )

    def handle(
        self, *, folder: Path, verify: bool = False, keep_days: int | None = None, **options
    ) -> None:
        if keep_days is not None and not verify:
            raise CommandError("--keep-days deletes nothing without --verify")
        at = timezone.now()
        try:
            require_tables()
            path = backups.write_backup(folder, at=at)
            erasures.so_far().save(folder)
        except (backups.BackupFailed, NotThisSite, OSError) as error:
            raise CommandError(f"No backup was written: {error}") from error
        self.stdout.write(f"{path}")
        self.stdout.write(f"It holds {description()}, and the media in {settings.MEDIA_ROOT}.")
        if verify:
            self.verify(path, at=at)
        if keep_days is not None:
            for old in backups.delete_old_backups(folder, at=at, days=keep_days):
                self.stdout.write(f"{old.name} deleted: older than {keep_days} days.")
        self.stdout.write(
            "It holds personal data: store it where only operators read it, for 35 days at most."
        )

    def verify(self, path: Path, *, at) -> None:
        try:
            rows = backups.verify_backup(path)
        except (backups.BackupFailed, OSError) as error:
            path.rename(path.with_suffix(".damaged"))
            raise CommandError(
                f"The backup cannot be relied on, and is now called "
                f"{path.with_suffix('.damaged').name}: {error}. Earlier backups are untouched"
            ) from error
        Heartbeat.beat(Heartbeat.BACKUP, at=at)
        self.stdout.write(f"Verified: {rows} rows were read back from it.")
