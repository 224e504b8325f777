"""Webhook events: everything that changes a public page, and nobody's data.

The same changes raise the public version, on which ETags are based.
"""

from datetime import datetime

from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from wagtail.contrib.settings.models import BaseGenericSetting, BaseSiteSetting
from wagtail.models import Locale, Page, PageLogEntry, Site

from events.models import Occurrence, OccurrenceChange
from events.signals import occurrence_changed
from prevent_content.links import site_address
from prevent_content.models import EditorialPage
from prevent_content.public_version import public_content_saved

from . import outbox
from .models import RegistrationPage, WebhookDelivery
from .models.place_count import places_changed
from .webhooks import targets

EventType = WebhookDelivery.EventType
# By Wagtail's name for the action, including scheduled ones.
WEBHOOK_FOR_ACTION = {
    "wagtail.publish": EventType.PAGE_PUBLISHED,
    "wagtail.move": EventType.PAGE_PUBLISHED,
    "wagtail.unpublish": EventType.PAGE_UNPUBLISHED,
    "wagtail.unpublish.scheduled": EventType.PAGE_UNPUBLISHED,
    "wagtail.delete": EventType.PAGE_UNPUBLISHED,
}


def enqueue_webhooks(kind: str, content: dict, *, at: datetime) -> None:
    """Queue a webhook to every target, in the caller's transaction.

    Its body has the parts that Standard Webhooks names: type, timestamp and data.
    """
    rows = [
        WebhookDelivery(
            kind=kind,
            address=target.address,
            content={"type": kind, "timestamp": at.isoformat(), "data": content},
            created_at=at,
            wanted_at=at,
            due_at=at,
        )
        for target in targets()
    ]
    if rows:
        WebhookDelivery.objects.bulk_create(rows)
        outbox.notify_workers()


@receiver(occurrence_changed)
def enqueue_date_webhooks(sender, change: OccurrenceChange, **kwargs) -> None:
    row = change.occurrence
    is_cancelled = change.action == OccurrenceChange.Action.CANCELLED
    site = row.event.get_site() if row.event else None
    enqueue_webhooks(
        EventType.OCCURRENCE_CANCELLED if is_cancelled else EventType.OCCURRENCE_CHANGED,
        {
            "action": change.action,
            "occurrence": {
                "id": str(row.uuid),
                "detail_url": address_of(site, "prevent_api:occurrence", row.uuid),
            },
            "event": {
                "id": row.event_id,
                "detail_url": address_of(site, "prevent_api:event", row.event_id)
                if row.event_id
                else None,
            },
        },
        at=change.at,
    )


@receiver(post_save, sender=PageLogEntry)
def enqueue_webhooks_of_page(
    sender, instance: PageLogEntry, created: bool, raw=False, **kwargs
) -> None:
    """Report a page of ours that Wagtail's log records as published or unpublished."""
    kind = WEBHOOK_FOR_ACTION.get(instance.action)
    model = instance.content_type.model_class() if instance.content_type else None
    if raw or not created or kind is None or model is None:
        return
    if not issubclass(model, EditorialPage | RegistrationPage):
        return
    page = Page.objects.filter(pk=instance.page_id).first()
    if page is not None and page.get_view_restrictions().exists():
        return
    site = page.get_site() if page else None
    content = {
        "id": instance.page_id,
        "type": model._meta.label,
        "detail_url": address_of(site, "prevent_pages:pages:detail", instance.page_id),
    }
    enqueue_webhooks(kind, {"page": content}, at=instance.timestamp)


@receiver(places_changed)
def enqueue_places_webhooks(sender, occurrences: list[int], **kwargs) -> None:
    """Report dates that have become full, nearly full or free, without numbers."""
    if not targets():
        return
    for row in Occurrence.objects.filter(pk__in=occurrences).select_related("event"):
        site = row.event.get_site() if row.event else None
        content = {
            "occurrence": {
                "id": str(row.uuid),
                "detail_url": address_of(site, "prevent_api:occurrence", row.uuid),
            }
        }
        enqueue_webhooks(EventType.PLACES_CHANGED, content, at=timezone.now())


@receiver(public_content_saved)
def enqueue_content_webhooks(sender, instance: models.Model, **kwargs) -> None:
    """Report everything else that raises the public version; Wagtail's log covers pages."""
    if isinstance(instance, Page):
        return
    is_of_site = isinstance(instance, (BaseSiteSetting, BaseGenericSetting, Site, Locale))
    enqueue_webhooks(
        EventType.SITE_CHANGED if is_of_site else EventType.CONTENT_CHANGED,
        {"type": instance._meta.label, "id": instance.pk},
        at=timezone.now(),
    )


def address_of(site: Site | None, name: str, key: object) -> str | None:
    """Return where a front end can fetch what has changed; None if no site has it any more."""
    return site_address(site) + reverse(name, args=[key]) if site else None
