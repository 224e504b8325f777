"""An event's dates follow its page: published, taken down or deleted."""

from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished

from .models import EventPage, Occurrence
from .signals import count_people
from .sync import sync_event, take_down


@receiver(page_published, sender=EventPage)
def make_dates(sender, instance: EventPage, revision=None, **kwargs) -> None:
    sync_event(instance, by=revision.user if revision else None)


@receiver(page_unpublished, sender=EventPage)
def call_off_dates(sender, instance: EventPage, **kwargs) -> None:
    take_down(instance)


@receiver(pre_delete, sender=EventPage)
def call_off_and_forget_dates(sender, instance: EventPage, **kwargs) -> None:
    """Cancel what people are expected on; let the other rows go with the page."""
    take_down(instance)
    keys = list(instance.occurrences.values_list("pk", flat=True))
    nobody = [key for key, number in count_people(keys).items() if number == 0]
    Occurrence.objects.filter(pk__in=nobody).delete()
