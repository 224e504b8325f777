"""Whatever may change where registrations go is looked at when it is saved or published."""

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone
from wagtail.signals import page_published

from events.models import EventPage, Organiser

from .mail.routing import note_changes
from .models import RegistrationMailSettings, RegistrationPage


@receiver(page_published, sender=RegistrationPage)
def look_at_page(sender, instance: RegistrationPage, **kwargs) -> None:
    # Read anew: the instance may remember an older event.
    note_changes(RegistrationPage.objects.filter(pk=instance.pk), at=timezone.now())


@receiver(page_published, sender=EventPage)
def look_at_event(sender, instance: EventPage, **kwargs) -> None:
    note_changes(RegistrationPage.objects.live().child_of(instance), at=timezone.now())


@receiver(post_save, sender=Organiser)
def look_at_organiser(sender, instance: Organiser, created: bool, **kwargs) -> None:
    if created:
        return
    for event in EventPage.objects.filter(organiser=instance):
        note_changes(RegistrationPage.objects.live().child_of(event), at=timezone.now())


@receiver(post_save, sender=RegistrationMailSettings)
def look_at_site(sender, instance: RegistrationMailSettings, **kwargs) -> None:
    pages = RegistrationPage.objects.live().descendant_of(instance.site.root_page)
    note_changes(pages, at=timezone.now())
