"""Do what is due: dates ahead, reminders, places, erasure. For cron; safe twice at once."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ... import clock
from ...database import NotThisSite, description, require_tables
from ...jobs import run_due


class Command(BaseCommand):
    help = "Run the jobs that are due."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--clock-is-right",
            action="store_true",
            help="Erase what is due though the clock moved on by days since the last time",
        )

        parser.add_argument(
            "--timely",
            action="store_true",
            help="Only publication, expiry, reminders and places: for every minute",
        )

    def handle(self, *, clock_is_right: bool, timely: bool = False, **options) -> None:
        try:
            require_tables()
        except NotThisSite as error:
            raise CommandError(f"No job was run: {error}") from error
        self.stdout.write(f"Jobs of {description()}")
        if clock_is_right:
            clock.vouch()
        failed = []
        for name, outcome, succeeded in run_due(now=timezone.now, timely=timely):
            self.stdout.write(f"{name}: {outcome}")
            if not succeeded:
                failed.append(name)
        if failed:
            raise CommandError(f"These jobs failed: {', '.join(failed)}")
