"""Move a site from SQLite to PostgreSQL: copy every table, and compare the rows of each."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from events.registrations.database import description

from ... import copying


class Command(BaseCommand):
    help = (
        "Copy the database FROM into the empty PostgreSQL database TO. Stop web servers, workers "
        "and jobs first. Media stay where they are. FROM is only read."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "source", metavar="FROM", help="sqlite:////var/lib/prevent/site.sqlite3"
        )
        parser.add_argument("target", metavar="TO", help="postgres://user:password@host:5432/name")
        parser.add_argument(
            "--dry-run", action="store_true", help="read and check every row, and write nothing"
        )

    def handle(self, *, source: str, target: str, dry_run: bool = False, **options) -> None:
        try:
            with copying.connected(source, target):
                self.stdout.write(f"From {description(connections[copying.SOURCE])}")
                self.stdout.write(f"to   {description(connections[copying.TARGET])}")
                if dry_run:
                    number = copying.try_out(self.report)
                    self.stdout.write(f"{number} rows can be copied. Nothing was written.")
                    return
                number = copying.copy(target, self.report)
        except copying.CopyFailed as error:
            raise CommandError(f"Nothing was copied: {error}") from error
        self.stdout.write(
            f"{number} rows copied, and the same number found in each table. Now set DATABASE_URL "
            "to the new database and start the site."
        )

    def report(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()
