"""Keep the ``Occurrence`` rows of an event as its page asks for."""

from dataclasses import dataclass, field
from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone

from .acts import cancel_occurrence
from .models import LONDON, EventPage, Occurrence
from .models.occurrences import occurrence_uuid
from .schedule import Slot
from .signals import count_people

HORIZON = relativedelta(months=24)
NO_LONGER_PLANNED = "This date is no longer part of the event’s programme."
PAGE_TAKEN_DOWN = "This event has been taken down."


@dataclass
class Plan:
    """What publishing an event does to its dates; nothing has been done yet."""

    created: list[Slot] = field(default_factory=list)
    changed: list[tuple[Occurrence, Slot]] = field(default_factory=list)
    removed: list[Occurrence] = field(default_factory=list)
    cancelled: list[tuple[Occurrence, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.removed or self.cancelled)


def plan_event(event: EventPage, *, at: datetime) -> Plan:
    """Return how the rows of ``event`` differ from what its page asks for at ``at``.

    What has taken place is left as it was. A date that was moved by hand keeps its times.
    """
    today = at.astimezone(LONDON).date()
    since = event.date if not event.schedule.rule else max(event.date, today - HORIZON)
    wanted = {slot.date: slot for slot in event.schedule.between(since, today + HORIZON)}
    extra = {day for day in event.schedule.extra if day >= event.date}
    rows = list(event.occurrences.select_related("venue")) if event.pk else []
    plan = Plan()
    gone = []
    published = event.first_published_at or at
    for row in rows:
        slot = wanted.pop(row.date, None)
        if published < row.ends_at <= at:
            continue
        if slot is None:
            if row.date <= today + HORIZON and row.date not in extra:
                gone.append(row)
        elif row.previous_starts_at is None and (row.starts_at, row.ends_at) != (
            slot.starts_at,
            slot.ends_at,
        ):
            plan.changed.append((row, slot))
    plan.created = [
        slot for slot in wanted.values() if slot.ends_at > at or not rows or not event.schedule.rule
    ]
    people = count_people([row.pk for row in gone])
    for row in gone:
        if people[row.pk] == 0:
            plan.removed.append(row)
        elif not row.is_cancelled:
            plan.cancelled.append((row, people[row.pk]))
    return plan


@transaction.atomic
def sync_event(event: EventPage, *, at: datetime | None = None, by=None) -> Plan:
    """Make the rows of ``event`` what its page asks for, and return what was done.

    One transaction; doing it twice, or at the same time elsewhere, changes nothing more.
    """
    at = at or timezone.now()
    # The lock on the event's row makes one synchronisation wait for the other.
    EventPage.objects.select_for_update(of=("self",)).get(pk=event.pk)
    plan = plan_event(event, at=at)
    Occurrence.objects.filter(pk__in=[row.pk for row in plan.removed]).delete()
    for row, _ in plan.cancelled:
        cancel_occurrence(row, reason=NO_LONGER_PLANNED, by=by, at=at)
    for row, slot in plan.changed:
        row.starts_at, row.ends_at = slot.starts_at, slot.ends_at
        row.sequence += 1
        row.changed_at = at
    Occurrence.objects.bulk_update(
        [row for row, _ in plan.changed],
        ["starts_at", "ends_at", "sequence", "changed_at"],
        batch_size=500,
    )
    Occurrence.objects.bulk_create(
        [
            Occurrence(
                uuid=occurrence_uuid(event.pk, slot.date),
                event=event,
                title=event.title,
                date=slot.date,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                changed_at=at,
            )
            for slot in plan.created
        ],
        batch_size=500,
    )
    event.occurrences.exclude(title=event.title).update(title=event.title, changed_at=at)
    return plan


@transaction.atomic
def take_down(event: EventPage, *, reason: str = PAGE_TAKEN_DOWN, by=None, at=None) -> int:
    """Cancel the coming dates that people are expected on, and return how many those were."""
    at = at or timezone.now()
    coming = list(event.occurrences.upcoming(at=at).exclude(status=Occurrence.Status.CANCELLED))
    people = count_people([row.pk for row in coming])
    expected = [row for row in coming if people[row.pk]]
    for row in expected:
        cancel_occurrence(row, reason=reason, by=by, at=at)
    return len(expected)
