"""Keep the dates of every published event 24 months ahead."""

from django.core.management.base import BaseCommand

from ...models import EventPage
from ...sync import sync_event


class Command(BaseCommand):
    help = "Make the dates of published events up to 24 months ahead."

    def handle(self, **options) -> None:
        events = EventPage.objects.live().order_by("pk")
        total = events.count()
        created = 0
        for number, event in enumerate(events.iterator(chunk_size=100), start=1):
            created += len(sync_event(event).created)
            if number % 100 == 0:
                self.stdout.write(f"{number} of {total} events, {created} dates made")
        self.stdout.write(f"{total} events, {created} dates made")
