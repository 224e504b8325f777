"""Do what is due: dates ahead, reminders, counts. For cron; safe twice at once."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...jobs import JOBS


class Command(BaseCommand):
    help = "Run the jobs that are due."

    def handle(self, **options) -> None:
        failed = []
        for job in JOBS:
            try:
                outcome = job(at=timezone.now())
            except Exception as error:  # noqa: BLE001 - one job must not keep the others from running
                failed.append(job.__name__)
                outcome = f"failed: {type(error).__name__}"
            self.stdout.write(f"{job.__name__}: {outcome}")
        if failed:
            raise CommandError(f"These jobs failed: {', '.join(failed)}")
