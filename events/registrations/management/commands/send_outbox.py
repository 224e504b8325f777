"""Send due email, once or for as long as the process lives."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from ... import webhooks
from ...mail.sending import send_due
from ...mail.worker import Worker, look_after_outbox


class Command(BaseCommand):
    help = "Send outbound emails that are due."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")

    def handle(self, *, loop: bool, **options) -> None:
        if loop:
            Worker(report=self.stdout.write).run()
            return
        look_after_outbox(at=timezone.now())
        outcomes = [was_sent for _, was_sent in [*send_due(), *webhooks.send_due()]]
        if outcomes:
            self.stdout.write(
                f"{sum(outcomes)} sent, {len(outcomes) - sum(outcomes)} to retry or resolve"
            )
