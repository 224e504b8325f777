"""Where registrations go: a changed route is logged, announced, and counts once it is confirmed.

Emails to an inbox that was added wait in the outbox until a safeguarding lead or an administrator
has confirmed it. If it is taken out again instead, they go to the inboxes that there are then.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from wagtail.log_actions import log

from events.inboxes import masked

from .. import outbox, permissions
from ..models import KnownRoute, OutboundEmail, RegistrationPage
from ..models.routing import next_digest

ROUTE_CHANGED = "prevent_registrations.route_changed"
ROUTE_CONFIRMED = "prevent_registrations.route_confirmed"


def record_route_changes(pages: Iterable[RegistrationPage], *, at: datetime, by=None) -> None:
    """Compare the inboxes of ``pages`` with the last ones known; notify and log changes."""
    for page in pages:
        record_route_change(page, at=at, by=by)


@transaction.atomic
def record_route_change(page: RegistrationPage, *, at: datetime, by=None) -> bool:
    """Do so for one page; return whether its route has changed. Safe twice at once."""
    after = page.all_recipients()
    KnownRoute.objects.bulk_create(
        [KnownRoute(page=page, addresses=after, confirmed=after)], ignore_conflicts=True
    )
    known = KnownRoute.objects.select_for_update().get(pk=page.pk)
    before = known.addresses
    if before == after:
        return False
    confirmed = {address.lower() for address in known.confirmed}
    known.pending = [address for address in after if address.lower() not in confirmed]
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
    readdress_held(page, known, added)
    title = page.event.title if page.event else page.title
    for number, address in enumerate(removed):
        outbox.enqueue_notice(
            OutboundEmail.Kind.ROUTE_CHANGED,
            to=address,
            key=f"route:{page.pk}:{known.changes}:{number}",
            about=title,
            at=at,
        )
    if any(known.is_pending(address) for address in added):
        event = page.event.pk if page.event else None
        for person in permissions.people_with(permissions.CONFIRM_INBOXES, event=event):
            if person.email:
                outbox.enqueue_notice(
                    OutboundEmail.Kind.ROUTE_WAITING,
                    to=person.email,
                    key=f"route-waiting:{page.pk}:{known.changes}:{person.pk}",
                    about=title,
                    at=at,
                )
    return True


def held_emails(page: RegistrationPage):
    """Return the emails about bookings on ``page``, and its dates, that wait for an inbox."""
    dates = Q(registration=None, occurrence__event__translation_key=page.event.translation_key)
    about = Q(registration__page=page) | dates if page.event else Q(registration__page=page)
    return OutboundEmail.objects.unsent().filter(about, held=True)


def readdress_held(page: RegistrationPage, known: KnownRoute, added: list[str]) -> None:
    """Let what waits for an inbox that is left out go to one that took its place, if one did.

    Where none did, the others got it from the start.
    """
    kept = {address.lower() for address in known.addresses}
    for email in held_emails(page):
        if email.recipient.lower() in kept or not kept:
            continue
        if not added:
            outbox.abandon(OutboundEmail.objects.filter(pk=email.pk), why=outbox.UNCONFIRMED)
            continue
        email.recipient = added[0]
        email.held = known.is_pending(added[0])
        email.last_error = outbox.UNCONFIRMED if email.held else ""
        email.save(update_fields=["recipient", "held", "last_error"])


@transaction.atomic
def confirm_route(page: RegistrationPage, addresses: list[str], *, at: datetime, by) -> bool:
    """Let registrations of ``page`` go to ``addresses``, and send what has waited for them.

    False if they are not those that wait: someone has changed them meanwhile.
    """
    known = KnownRoute.objects.select_for_update().get(pk=page.pk)
    if not known.pending or sorted(known.pending) != sorted(addresses):
        return False
    held = held_emails(page)
    for is_daily in (False, True):
        due = next_digest(after=at) if is_daily else at
        held.filter(in_digest=is_daily, recipient__in=known.pending).update(
            held=False, last_error="", wanted_at=due, due_at=due
        )
    log(
        instance=page,
        action=ROUTE_CONFIRMED,
        user=by,
        data={"confirmed": [*map(masked, known.pending)]},
    )
    known.confirmed, known.pending = known.addresses, []
    known.save()
    outbox.notify_workers()
    return True
