"""Extend the dates of every published event to 24 months ahead, and update calendar entries."""

from django.core.management.base import BaseCommand

from ...models import EventPage
from ...sync import keep_up


class Command(BaseCommand):
    help = (
        "Make the dates of published events up to 24 months ahead, and make good what a stop "
        "in the middle of publishing left undone."
    )

    def handle(self, **options) -> None:
        total = EventPage.objects.live().count()
        created = number = 0
        for number, plan in enumerate(keep_up(), start=1):
            created += len(plan.created)
            if number % 100 == 0:
                self.stdout.write(f"{number} of {total} events, {created} dates made")
        self.stdout.write(f"{number} events, {created} dates made")
