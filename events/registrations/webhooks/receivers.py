"""What is told to other systems, written down where it happens."""

from datetime import datetime

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from wagtail.models import Page, PageLogEntry, Site

from events.models import OccurrenceChange
from events.signals import occurrence_changed
from prevent_content.links import site_address
from prevent_content.models import EditorialPage

from .. import outbox
from ..models import RegistrationPage, WebhookDelivery
from .targets import targets

Kind = WebhookDelivery.Kind
# What Wagtail calls its acts; a page that was published or taken down at a set time included.
ACTS = {
    "wagtail.publish": Kind.PAGE_PUBLISHED,
    "wagtail.unpublish": Kind.PAGE_UNPUBLISHED,
    "wagtail.unpublish.scheduled": Kind.PAGE_UNPUBLISHED,
    "wagtail.delete": Kind.PAGE_UNPUBLISHED,
}


def tell(kind: str, said: dict, *, at: datetime) -> None:
    """Owe every target a signal, in the caller's transaction; workers are called after it."""
    rows = [
        WebhookDelivery(
            kind=kind,
            address=target.address,
            content={"type": kind, "at": at.isoformat(), **said},
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
def tell_of_date(sender, change: OccurrenceChange, **kwargs) -> None:
    row = change.occurrence
    is_cancelled = change.action == OccurrenceChange.Action.CANCELLED
    site = row.event.get_site() if row.event else None
    tell(
        Kind.OCCURRENCE_CANCELLED if is_cancelled else Kind.OCCURRENCE_CHANGED,
        {
            "act": change.action,
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
def tell_of_page(sender, instance: PageLogEntry, created: bool, raw=False, **kwargs) -> None:
    """Tell of a page of ours that Wagtail's log says was published or taken down."""
    kind = ACTS.get(instance.action)
    model = instance.content_type.model_class() if instance.content_type else None
    if raw or not created or kind is None or model is None:
        return
    if not issubclass(model, EditorialPage | RegistrationPage):
        return
    page = Page.objects.filter(pk=instance.page_id).first()
    if page is not None and page.get_view_restrictions().exists():
        return
    site = page.get_site() if page else None
    said = {
        "id": instance.page_id,
        "type": model._meta.label,
        "detail_url": address_of(site, "prevent_pages:pages:detail", instance.page_id),
    }
    tell(kind, {"page": said}, at=instance.timestamp)


def address_of(site: Site | None, name: str, key: object) -> str | None:
    """Return where a front end asks for what has changed; None if no site has it any more."""
    return site_address(site) + reverse(name, args=[key]) if site else None
