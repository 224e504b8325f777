"""What the public may know of a form from outside it: whether a date can be registered for."""

from datetime import datetime

from django.dispatch import receiver

from events.models import EventPage, Occurrence
from events.structured_data import RegistrationOffer, offers_wanted

from .models import PlaceCount, RegistrationPage
from .places import capacity_of


def form_of(event: EventPage) -> RegistrationPage | None:
    """Return the published form of ``event``, if it has one."""
    page = RegistrationPage.objects.child_of(event).live().first()
    if page is not None:
        page.event = event
    return page


@receiver(offers_wanted)
def offer_registration(
    sender, event: EventPage, occurrences: list[Occurrence], at: datetime, **kwargs
) -> dict[int, RegistrationOffer]:
    """Return an offer for each of the dates that is open, after two queries at most."""
    page = form_of(event)
    if page is None:
        return {}
    # The address on its own site; nothing where the page is outside every site.
    _, _, path = page.get_url_parts() or (None, None, None)
    if path is None:
        return {}
    counts = PlaceCount.objects.in_bulk([row.pk for row in occurrences])
    offers = {}
    for row in occurrences:
        if page.is_open(row, at=at):
            left = counts[row.pk].left if row.pk in counts else capacity_of(row, page)
            is_full = left == 0 and not page.approval
            offers[row.pk] = RegistrationOffer(
                f"{path}?date={row.starts_on.isoformat()}", is_full=is_full
            )
    return offers
