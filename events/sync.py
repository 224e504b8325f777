"""Keep the ``Occurrence`` rows of an event in step with its page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.utils import timezone
from django.utils.functional import cached_property

from prevent_content.public_version import raise_public_version

from .actions import cancel_occurrence, follow_hours
from .calendars import revise
from .english_dates import LONDON
from .models import Announcement, EventPage, Occurrence, OccurrenceChange
from .models.occurrences import occurrence_uuid
from .schedule import Schedule, Slot
from .signals import count_people

HORIZON = relativedelta(months=24)
EVENTS_AT_ONCE = 100
REVISED_FIELDS = ["title", "starts_at", "ends_at", "sequence", "changed_at", "vevent"]
NO_LONGER_PLANNED = "This date is no longer part of the event’s programme."
PAGE_TAKEN_DOWN = "This event is no longer on our website."
NEW_HOURS = "The hours of this event have changed."


@dataclass
class SyncPlan:
    """What publishing an event will do to its dates; nothing has been done yet.

    ``cancelled`` holds dates on which people are expected, with their number; ``closed`` those
    cancelled but kept because something refers to them, although nobody is expected.
    """

    created: list[Slot] = field(default_factory=list)
    changed: list[tuple[Occurrence, Slot]] = field(default_factory=list)
    removed: list[Occurrence] = field(default_factory=list)
    cancelled: list[tuple[Occurrence, int]] = field(default_factory=list)
    closed: list[Occurrence] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.removed or self.cancelled or self.closed)


def plan_event(event: EventPage, *, at: datetime, rows: list[Occurrence] | None = None) -> SyncPlan:
    """Return how the rows of ``event`` differ from what its page asks for at ``at``.

    Past dates are left as they were. A date moved by hand keeps its times. A date that the page
    names (the only one, or an extra one) is made however far away it is. Dates of a rule are made
    up to 24 months ahead, from now, or from 24 months ago for a new event. ``rows`` are the
    event's, if the caller has them.
    """
    if rows is None:
        rows = list(event.dates.select_related("venue")) if event.pk else []
    schedule = event.schedule
    today = at.astimezone(LONDON).date()
    since = max(schedule.first, today - HORIZON) if schedule.rule else schedule.first
    named = schedule.extra if schedule.rule else schedule.extra | {schedule.first}
    known = [row.date for row in rows]
    wanted = slots_of(schedule, min([since, *known]), max([today + HORIZON, *known]), named)
    published = event.first_published_at or at
    plan = SyncPlan()
    gone = []
    for row in rows:
        slot = wanted.pop(row.date, None)
        if published < row.ends_at <= at:
            continue
        if slot is None:
            gone.append(row)
        elif row.previous_starts_at is None and (row.starts_at, row.ends_at) != (
            slot.starts_at,
            slot.ends_at,
        ):
            plan.changed.append((row, slot))
    plan.created = [
        slot
        for day, slot in wanted.items()
        if day in named or (since <= day <= today + HORIZON and (slot.ends_at > at or not rows))
    ]
    if gone:
        let_go(gone, plan)
    return plan


def dates_after_publishing(event: EventPage, *, at: datetime) -> list[Occurrence]:
    """Return the dates that ``event``, saved or not, will have once published.

    For previews; they are not stored, so a new date has no key.
    """
    rows = list(event.dates.for_event()) if event.pk else []
    if not (event.date and event.starts and event.ends) or event.ends <= event.starts:
        return rows
    plan = plan_event(event, at=at, rows=rows)
    gone = {row.pk for row in plan.removed}
    for row in [*(row for row, _people in plan.cancelled), *plan.closed]:
        row.status, row.reason = Occurrence.Status.CANCELLED, NO_LONGER_PLANNED
    for row, slot in plan.changed:
        row.starts_at, row.ends_at = slot.starts_at, slot.ends_at
    planned = [row for row in rows if row.pk not in gone]
    planned += [new_row(event, slot, at=at) for slot in plan.created]
    return sorted(planned, key=lambda row: row.starts_at)


def slots_of(
    schedule: Schedule, since: date, until: date, named: Iterable[date]
) -> dict[date, Slot]:
    """Return the slots from ``since`` to ``until``, and those of the dates ``named``, in order."""
    slots = {slot.date: slot for slot in schedule.between(since, until)}
    for day in named:
        slots |= {slot.date: slot for slot in schedule.between(day, day)}
    return dict(sorted(slots.items()))


def let_go(gone: list[Occurrence], plan: SyncPlan) -> None:
    """Sort the rows ``gone`` into ``plan``."""
    keys = [row.pk for row in gone]
    people = count_people(keys)
    kept = referred_to(keys)
    for row in gone:
        if people[row.pk] == 0 and row.pk not in kept:
            plan.removed.append(row)
        elif not row.is_cancelled and people[row.pk]:
            plan.cancelled.append((row, people[row.pk]))
        elif not row.is_cancelled:
            plan.closed.append(row)


def referred_to(keys: list[int]) -> set[int]:
    """Return which of the rows ``keys`` are never deleted, even if nobody is expected on them.

    These are rows with a line in the public change log, and rows protected by another one (a
    withdrawn registration, for example).
    """
    found = set(OccurrenceChange.objects.filter(occurrence__in=keys).values_list("occurrence"))
    for relation in Occurrence._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            name = relation.field.name
            rows = relation.related_model._base_manager.filter(**{f"{name}__in": keys})
            found |= set(rows.values_list(name))
    return {key for (key,) in found}


@transaction.atomic
def sync_event(event: EventPage, *, at: datetime | None = None, by=None) -> SyncPlan:
    """Make the rows of ``event`` match its stored page; return what was done.

    One transaction, and idempotent, even when run twice at once. People expected on a date that is
    cancelled or gets other hours are emailed.
    """
    at = at or timezone.now()
    # The lock on the event's rows makes one synchronisation wait for the other. The page is read
    # again under it, because someone may have published a newer one.
    event = hand_over(event)
    rows = list(event.occurrences.select_related("venue"))
    plan = plan_event(event, at=at, rows=rows)
    removed = {row.pk for row in plan.removed}
    Occurrence.objects.filter(pk__in=removed).delete()
    announced = Announced(event, Announcement.Occasion.PUBLISHING, by=by)
    for row in [*(row for row, _ in plan.cancelled), *plan.closed]:
        cancel_occurrence(row, at=at, **announced.words_for(row, NO_LONGER_PLANNED))
    people = count_people([row.pk for row, _ in plan.changed]) if plan.changed else {}
    for row, slot in plan.changed:
        if people[row.pk]:
            follow_hours(row, slot, at=at, **announced.words_for(row, NEW_HOURS))
        else:
            row.starts_at, row.ends_at = slot.starts_at, slot.ends_at
    announced.delete_used()
    created = [new_row(event, slot, at=at) for slot in plan.created]
    kept = [row for row in rows if row.pk not in removed]
    revised = revise(event, [*kept, *created], at=at)
    store([row for row in revised if row.pk], created)
    if plan or revised:
        raise_public_version()
    return plan


class Announced:
    """What was decided about the dates of ``event`` before they change; used once."""

    def __init__(self, event: EventPage, occasion: str, *, by):
        self.event, self.occasion, self.by = event, occasion, by
        self.is_used = False

    @cached_property
    def found(self) -> Announcement | None:
        return Announcement.objects.for_event(self.event, self.occasion).first()

    def words_for(self, row: Occurrence, reason: str) -> dict:
        """Return reason, choice and person for ``row``: ``reason`` if nobody gave one."""
        if self.found is None or str(row.uuid) not in self.found.dates:
            return {"reason": reason, "by": self.by}
        self.is_used = True
        by = self.by or self.found.by
        return {"reason": self.found.reason, "tell": self.found.tell, "by": by}

    def delete_used(self) -> None:
        if self.is_used:
            self.found.delete()


def hand_over(event: EventPage) -> EventPage:
    """Lock the translations of ``event``; return the one that owns the dates from now on.

    This is the first published one, or else the first of all.
    """
    pages = list(
        EventPage.objects.select_for_update(of=("self",))
        .filter(translation_key__in=EventPage.objects.filter(pk=event.pk).values("translation_key"))
        .select_related("venue", "organiser", "locale")
        .order_by("pk")
    )
    holder = next((page for page in pages if page.live), pages[0])
    if len(pages) > 1:
        theirs = Occurrence.objects.filter(event__in=pages).exclude(event=holder)
        theirs.exclude(date__in=holder.occurrences.values("date")).update(event=holder)
    return holder


def new_row(event: EventPage, slot: Slot, *, at: datetime) -> Occurrence:
    return Occurrence(
        uuid=occurrence_uuid(event.translation_key, slot.date),
        event=event,
        title=event.title,
        date=slot.date,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        created_at=at,
        changed_at=at,
    )


def store(revised: list[Occurrence], created: list[Occurrence]) -> None:
    """Write the existing and the new rows, each in one statement.

    The new ones do not get their keys.
    """
    if revised:
        # Much faster than an update of many rows with a value for each.
        Occurrence.objects.bulk_create(
            revised, update_conflicts=True, unique_fields=["id"], update_fields=REVISED_FIELDS
        )
    Occurrence.objects.bulk_create(created)


@transaction.atomic
def take_down(event: EventPage, *, reason: str = PAGE_TAKEN_DOWN, by=None, at=None) -> int:
    """Cancel the coming dates on which people are expected; return how many there were."""
    at = at or timezone.now()
    coming = list(event.dates.upcoming(at=at).exclude(status=Occurrence.Status.CANCELLED))
    people = count_people([row.pk for row in coming])
    expected = [row for row in coming if people[row.pk]]
    announced = Announced(event, Announcement.Occasion.EXPIRY, by=by)
    for row in expected:
        cancel_occurrence(row, at=at, with_page=True, **announced.words_for(row, reason))
    announced.delete_used()
    raise_public_version()
    return len(expected)


def dates_after_expiry(event: EventPage) -> list[Occurrence]:
    """Return the dates, with their ``people``, that end when the page of ``event`` expires.

    An event that is published in another language as well keeps its dates.
    """
    if event.expire_at is None or published_elsewhere(event):
        return []
    coming = event.dates.upcoming(at=event.expire_at).for_display()
    rows = list(coming.exclude(status=Occurrence.Status.CANCELLED))
    people = count_people([row.pk for row in rows])
    for row in rows:
        row.people = people[row.pk]
    return [row for row in rows if row.people]


@transaction.atomic
def take_down_for_good(event: EventPage, *, by=None, at=None) -> None:
    """Cancel the event's dates, and delete the rows that nothing refers to; the others stay.

    If the event has another translation, the dates pass to that, unchanged while it is published.
    """
    others = EventPage.objects.filter(translation_key=event.translation_key).exclude(pk=event.pk)
    heir = others.order_by("-live", "pk").first()
    if heir is None or not heir.live:
        take_down(event, by=by, at=at)
    if heir is not None:
        event.occurrences.update(event=heir)
        return
    keys = list(event.occurrences.values_list("pk", flat=True))
    expected = {key for key, number in count_people(keys).items() if number}
    forgotten = set(keys) - expected - referred_to(keys)
    Occurrence.objects.filter(pk__in=forgotten).delete()


def keep_up(*, at: datetime | None = None) -> Iterator[SyncPlan]:
    """Bring the dates of all events up to ``at``; yield what was done for each live one.

    This also completes a publication or unpublication that was interrupted, and updates entries
    made outdated by a change of site or release. An event that needs nothing is neither written nor
    locked.
    """
    at = at or timezone.now()
    going_ahead = Occurrence.objects.upcoming(at=at).exclude(status=Occurrence.Status.CANCELLED)
    for event in EventPage.objects.filter(live=False, pk__in=going_ahead.values("event")):
        if published_elsewhere(event):
            sync_event(event, at=at)
        elif any(count_people([row.pk for row in going_ahead.filter(event=event)]).values()):
            take_down(event, at=at)
    last = 0
    while events := live_events_after(last):
        for event in events:
            rows = list(event.occurrences.all())
            for row in rows:
                row.event = event
            needs_nothing = not plan_event(event, at=at, rows=rows) and not revise(
                event, rows, at=at
            )
            yield SyncPlan() if needs_nothing else sync_event(event, at=at)
        last = events[-1].pk


def published_elsewhere(event: EventPage) -> bool:
    """Whether another translation of ``event`` is published."""
    others = EventPage.objects.live().filter(translation_key=event.translation_key)
    return others.exclude(pk=event.pk).exists()


def live_events_after(key: int) -> list[EventPage]:
    """Return the next published events, each by its first published translation."""
    earlier = EventPage.objects.live().filter(
        translation_key=OuterRef("translation_key"), pk__lt=OuterRef("pk")
    )
    return list(
        EventPage.objects.live()
        .filter(pk__gt=key)
        .exclude(Exists(earlier))
        .order_by("pk")
        .select_related("venue", "organiser", "locale")
        .prefetch_related(Prefetch("occurrences", Occurrence.objects.select_related("venue")))[
            :EVENTS_AT_ONCE
        ]
    )
