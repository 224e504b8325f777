"""Keep an event's dates and calendar entries in step with what is edited in the CMS.

Wagtail signals a publication after its transaction, so the dates are updated when the page itself
is saved, inside it: a page and its dates are published together, or not at all.
"""

from datetime import datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Min, Q
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from modelsearch.index import insert_or_update_object
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.signals import page_published, page_slug_changed, post_page_move

from prevent_content.public_version import next_change_requested, raise_public_version

from .english_dates import LONDON
from .models import EventPage, Occurrence, Organiser, Speaker, Venue
from .sync import published_elsewhere, sync_event, take_down, take_down_for_good

# More would keep someone waiting; ``sync_occurrences`` does the rest.
EVENTS_AT_ONCE = 500


@receiver(pre_save, sender=EventPage)
def follow_first_event(sender, instance: EventPage, raw=False, **kwargs) -> None:
    """Copy the dates and hours of the original event to a translation, and refuse aliases."""
    if raw:
        return
    if instance.alias_of_id and not instance.is_translation:
        raise PermissionDenied("An event cannot have an alias: it would have its dates twice")
    instance.follow_source()


@receiver(post_save, sender=Page)
@receiver(post_save, sender=EventPage)
def follow_page(sender, instance, created, raw=False, update_fields=None, **kwargs) -> None:
    """Make the dates of a page that is live, and cancel those of one that no longer is.

    A page added to the tree without a revision has not been published yet, unless it is an alias,
    which never has one.
    """
    if raw or (update_fields is not None and "live" not in update_fields):
        return
    if not issubclass(instance.specific_class or Page, EventPage):
        return
    if created:
        if instance.live and instance.alias_of_id:
            sync_event(instance)
        return
    was_live = instance.was_live
    if not instance.live and not was_live:
        return
    by = get_active_log_context().user
    event = EventPage(pk=instance.pk, translation_key=instance.translation_key)
    if not instance.live:
        if published_elsewhere(event):
            sync_event(event, by=by)
        else:
            take_down(event, by=by)
    elif instance.live_revision_id:
        if isinstance(instance, EventPage):
            instance.lead_translations()
        sync_event(event, by=by or instance.live_revision.user)
        if not was_live:
            raise_public_version()


@receiver(page_published, sender=EventPage)
def make_dates(sender, instance: EventPage, revision=None, **kwargs) -> None:
    """Make the dates of a page that is live from the start, such as a copy or an alias."""
    if instance.live and (instance.alias_of_id or not instance.dates.exists()):
        sync_event(instance, by=revision.user if revision else None)


@receiver(pre_delete, sender=EventPage)
def call_off_and_forget_dates(sender, instance: EventPage, **kwargs) -> None:
    take_down_for_good(instance, by=get_active_log_context().user)


@receiver(post_save, sender=Venue)
@receiver(post_save, sender=Organiser)
def follow_snippet(sender, instance, created, raw=False, **kwargs) -> None:
    """Update calendar entries when a venue or organiser changes."""
    if created or raw:
        return
    uses = Q(organiser=instance)
    if sender is Venue:
        uses = Q(venue=instance) | Q(
            pk__in=Occurrence.objects.filter(venue=instance).values("event")
        )
    follow_all(EventPage.objects.filter(uses))
    if sender is Venue:
        index_again(instance.events.all())


@receiver(post_save, sender=Speaker)
def find_speaker(sender, instance, created, raw=False, **kwargs) -> None:
    """Update the search index of events when a speaker's name changes."""
    if not created and not raw:
        index_again(EventPage.objects.filter(event_speakers__speaker=instance).distinct())


def index_again(events) -> None:
    for event in events.live()[:EVENTS_AT_ONCE]:
        insert_or_update_object(event)


@receiver(page_slug_changed)
@receiver(post_page_move)
def follow_addresses(sender, instance: Page, **kwargs) -> None:
    """Update calendar entries of events at and below a page that was moved."""
    follow_all(EventPage.objects.descendant_of(instance, inclusive=True))


@receiver(post_save, sender=Site)
def follow_site(sender, instance: Site, raw=False, **kwargs) -> None:
    if not raw:
        follow_all(EventPage.objects.descendant_of(instance.root_page, inclusive=True))


@receiver(post_save, sender=PageViewRestriction)
@receiver(post_delete, sender=PageViewRestriction)
@receiver(post_delete, sender=Site)
def follow_what_is_public(sender, raw=False, **kwargs) -> None:
    if not raw:
        raise_public_version()


@transaction.atomic
def follow_all(events) -> None:
    for event in events.live().order_by("pk")[:EVENTS_AT_ONCE]:
        sync_event(event, by=get_active_log_context().user)
    raise_public_version()


@receiver(next_change_requested)
def tell_next_turn(sender, at: datetime, **kwargs) -> datetime:
    """Return when, after ``at``, a date or a day next begins or ends."""
    tomorrow = at.astimezone(LONDON).date() + timedelta(days=1)
    moments = [datetime.combine(tomorrow, time(), LONDON)]
    if first := Occurrence.objects.upcoming(at=at).first():
        # Whatever ends before this date does has begun by its end.
        begun = Occurrence.objects.upcoming(at=at).filter(starts_at__lt=first.ends_at)
        moments.append(begun.order_by().aggregate(end=Min("ends_at"))["end"])
    following = Occurrence.objects.filter(starts_at__gt=at).order_by("starts_at")
    moments += following.values_list("starts_at", flat=True)[:1]
    return min(moments)
