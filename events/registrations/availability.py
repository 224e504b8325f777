"""Public facts about a form, for other pages: whether a date can be registered for."""

from datetime import datetime, timedelta

from django.db.models import Min, QuerySet, prefetch_related_objects
from django.db.models.functions import Left, Length
from django.dispatch import receiver
from django.utils.translation import gettext

from events.availability import Availability, Places
from events.models import EventPage, Occurrence
from events.signals import availability_wanted, offers_wanted
from events.structured_data import RegistrationOffer
from prevent_content.public_version import next_change_requested
from prevent_content.translations import has_translations

from .models import RegistrationPage
from .models.page import before
from .places import is_nearly_full, places_left


def form_of(event: EventPage) -> RegistrationPage | None:
    """Return the published form of ``event``, if any; looked up once per event."""
    if not hasattr(event, "published_form"):
        find_forms([event])
    return event.published_form


def why_unavailable(page: RegistrationPage, occurrence: Occurrence, *, at: datetime) -> str:
    """Return why nobody can register for ``occurrence`` at ``at``, or ""."""
    if occurrence.is_cancelled:
        return gettext("This date is cancelled")
    if occurrence.status == Occurrence.Status.POSTPONED:
        return gettext("This date is postponed")
    if not page.is_open(occurrence, at=at):
        opening = page.opening(occurrence)
        return (
            gettext("Booking is not open yet")
            if opening and at < opening
            else gettext("Booking is closed")
        )
    if places_left(page, occurrence) == 0 and not page.waiting_list and not page.approval:
        return gettext("This date is full")
    return ""


def choice_hint(page: RegistrationPage, occurrence: Occurrence) -> str:
    """Return a hint for choosing ``occurrence``, in bands rather than exact numbers."""
    words = []
    if occurrence.moved_from:
        words.append(occurrence.moved_from)
    if occurrence.status == Occurrence.Status.MOVED_ONLINE:
        words.append(gettext("Held online"))
    if not page.approval:
        if places_left(page, occurrence) == 0:
            words.append(gettext("Full: you can join the waiting list"))
        elif is_nearly_full(page, occurrence):
            words.append(gettext("Few places left"))
    return ". ".join(words)


@receiver(offers_wanted)
def offer_registration(
    sender, event: EventPage, occurrences: list[Occurrence], at: datetime, **kwargs
) -> dict[int, RegistrationOffer]:
    """Return an offer for each open date, in one query if counts are loaded."""
    page = form_of(event)
    if page is None:
        return {}
    # The path on its own site; empty if the page belongs to none.
    _, _, path = page.get_url_parts() or (None, None, None)
    if path is None:
        return {}
    offers = {}
    for row in occurrences:
        if page.is_open(row, at=at):
            is_full = not page.approval and places_left(page, row) == 0
            offers[row.pk] = RegistrationOffer(
                f"{path}?date={row.starts_on.isoformat()}", is_full=is_full
            )
    return offers


def find_forms(events: list[EventPage]) -> None:
    """Set the published form of each of ``events``, in one query for all.

    A translation without its own form uses another's, in two more queries.
    """
    unknown = {event.path: event for event in events if not hasattr(event, "published_form")}
    if not unknown:
        return
    for event in unknown.values():
        event.published_form = None
    steps = RegistrationPage.steplen
    forms = RegistrationPage.objects.live().annotate(above=Left("path", Length("path") - steps))
    for form in forms.filter(above__in=unknown):
        form.event = unknown[form.above]
        form.event.published_form = form
    if has_translations():
        borrow_forms([event for event in unknown.values() if event.published_form is None], forms)


def borrow_forms(events: list[EventPage], forms: QuerySet[RegistrationPage]) -> None:
    """Set on each of ``events`` the form of its first published translation that has one."""
    keys = {event.translation_key for event in events}
    others = EventPage.objects.live().filter(translation_key__in=keys).order_by("pk")
    key_of = dict(others.values_list("path", "translation_key")) if keys else {}
    found: dict[object, RegistrationPage] = {}
    for form in forms.filter(above__in=key_of).order_by("pk") if key_of else ():
        found.setdefault(key_of[form.above], form)
    for event in events:
        event.published_form = found.get(event.translation_key)


@receiver(availability_wanted)
def date_availability(
    sender, occurrences: list[Occurrence], at: datetime, **kwargs
) -> dict[int, Availability]:
    """Return the availability of each date that has a form, in two queries."""
    events = {row.event.pk: row.event for row in occurrences if row.event}
    find_forms(list(events.values()))
    rows = [row for row in occurrences if row.event and events[row.event.pk].published_form]
    prefetch_related_objects(rows, "place_count")
    found = {}
    for row in rows:
        form = events[row.event.pk].published_form
        _, _, path = form.get_url_parts() or (None, None, None)
        if path is not None:
            found[row.pk] = availability(form, row, path, at=at)
    return found


def availability(
    form: RegistrationPage, occurrence: Occurrence, path: str, *, at: datetime
) -> Availability:
    """Return the availability at ``at`` of ``occurrence``, booked with ``form`` at ``path``."""
    opening = form.opening(occurrence)
    if not form.is_open(occurrence, at=at):
        is_early = opening is not None and opening > at and not occurrence.is_cancelled
        places = Places.NOT_YET if is_early else Places.CLOSED
    elif form.approval:
        places = Places.FREE
    elif places_left(form, occurrence) == 0:
        places = Places.WAITING_LIST if form.waiting_list else Places.FULL
    else:
        places = Places.FEW if is_nearly_full(form, occurrence) else Places.FREE
    notes = {Places.NOT_YET: form.before_text, Places.CLOSED: form.after_text}
    return Availability(
        places,
        f"{path}?date={occurrence.starts_on.isoformat()}",
        opens_at=opening,
        closes_at=form.closing(occurrence),
        by_approval=form.approval,
        note=notes.get(places, ""),
    )


@receiver(next_change_requested)
def next_opening(sender, at: datetime, **kwargs) -> datetime | None:
    """Return when, after ``at``, any registration may next open or close."""
    forms = RegistrationPage.objects.live()
    fixed = [
        forms.filter(**{f"{name}__gt": at}).aggregate(first=Min(name))["first"]
        for name in ("opens_at", "closes_at")
    ]
    # Every form's distances from every date, including combinations that do not exist.
    days = forms.exclude(opens_days_before=None).values_list("opens_days_before", flat=True)
    hours = forms.values_list("closes_hours_before", flat=True)
    distances = {timedelta(days=number) for number in days.distinct()}
    distances |= {timedelta(hours=number) for number in hours.distinct()}
    return min(
        filter(None, [*fixed, *(nearest(at, distance) for distance in distances)]), default=None
    )


def nearest(at: datetime, distance: timedelta) -> datetime | None:
    """Return the first moment after ``at`` that is ``distance`` before some date."""
    # A clock change moves it by an hour, so a margin of two hours is enough.
    dates = Occurrence.objects.filter(starts_at__gt=at + distance - timedelta(hours=1))
    starts = dates.order_by("starts_at").values_list("starts_at", flat=True).distinct()[:150]
    moments = (before(start, distance) for start in starts)
    return min((moment for moment in moments if moment > at), default=None)
