"""Where registrations go: a change is logged, and any inbox removed gets an email."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from wagtail.log_actions import log

from events.inboxes import masked

from .. import outbox
from ..models import KnownRoute, OutboundEmail, RegistrationPage

ROUTE_CHANGED = "prevent_registrations.route_changed"


def record_route_changes(pages: Iterable[RegistrationPage], *, at: datetime, by=None) -> None:
    """Compare the inboxes of ``pages`` with the last ones known; notify and log changes."""
    for page in pages:
        record_route_change(page, at=at, by=by)


@transaction.atomic
def record_route_change(page: RegistrationPage, *, at: datetime, by=None) -> bool:
    """The same for one page; return whether its route has changed. Safe twice at once."""
    KnownRoute.objects.bulk_create(
        [KnownRoute(page=page, addresses=page.all_recipients())], ignore_conflicts=True
    )
    known = KnownRoute.objects.select_for_update().get(pk=page.pk)
    before, after = known.addresses, page.all_recipients()
    if before == after:
        return False
    known.addresses = after
    known.changes += 1
    known.save()
    kept = {address.lower() for address in after}
    removed = [address for address in before if address.lower() not in kept]
    had = {address.lower() for address in before}
    added = [address for address in after if address.lower() not in had]
    log(
        instance=page,
        action=ROUTE_CHANGED,
        user=by,
        data={"removed": [*map(masked, removed)], "added": [*map(masked, added)]},
    )
    for number, address in enumerate(removed):
        outbox.enqueue_notice(
            OutboundEmail.Kind.ROUTE_CHANGED,
            to=address,
            key=f"route:{page.pk}:{known.changes}:{number}",
            about=page.event.title if page.event else page.title,
            at=at,
        )
    return True
