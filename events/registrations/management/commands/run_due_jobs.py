"""Do what is due: dates ahead, reminders, places, erasure. For cron; safe twice at once."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...jobs import run_due


class Command(BaseCommand):
    help = "Run the jobs that are due."

    def handle(self, **options) -> None:
        failed = []
        for name, outcome, succeeded in run_due(now=timezone.now):
            self.stdout.write(f"{name}: {outcome}")
            if not succeeded:
                failed.append(name)
        if failed:
            raise CommandError(f"These jobs failed: {', '.join(failed)}")
