"""How many places a date has, and how many are taken: counted by the database."""

from enum import Enum, auto

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Greatest
from django.dispatch import Signal

from events.models import Occurrence
from prevent_content.public_version import raise_public_version

# Sent in the transaction in which a date becomes full, nearly full or free: ``occurrences``, keys.
places_changed = Signal()


class Fullness(Enum):
    """What the public may know of the places left. "Few" is a tenth of them, or three."""

    FULL = auto()
    FEW = auto()
    FREE = auto()


def fullness(left: int | None, capacity: int | None) -> Fullness:
    """Return how full a date with ``left`` of ``capacity`` places is; free if unlimited."""
    if left is None or left > max(3, (capacity or 0) // 10):
        return Fullness.FREE
    return Fullness.FEW if left else Fullness.FULL


class PlaceCountQuerySet(models.QuerySet):
    """Each method is one UPDATE, and returns how many rows it changed.

    Pages say whether a date is full, or nearly; cached ones expire when that may change.
    """

    def update(self, **values) -> int:
        before = self.fullness_of_each()
        changed = super().update(**values)
        if changed:
            raise_public_version()
            after = PlaceCount.objects.filter(pk__in=before).fullness_of_each()
            self.tell([key for key, fullness in after.items() if fullness != before[key]])
        return changed

    def fullness_of_each(self) -> dict[int, Fullness]:
        return {count.pk: fullness(count.left, count.capacity) for count in self.all()}

    def tell(self, keys: list[int]) -> None:
        if keys:
            places_changed.send(sender=PlaceCount, occurrences=keys)

    def bulk_create(self, *args, **kwargs) -> list:
        raise_public_version()
        return super().bulk_create(*args, **kwargs)

    def take(self, places: int) -> int:
        """Take ``places`` if all of them are free."""
        room = Q(capacity=None) | Q(capacity__gte=F("taken") + places)
        # The row is locked from here on, so what is read from it is committed.
        changed = super(PlaceCountQuerySet, self.filter(room)).update(taken=F("taken") + places)
        others = [count.pk for count in self if count.is_other_after(places)] if changed else []
        if others:
            raise_public_version()
            self.tell(others)
        return changed

    def give_back(self, places: int) -> int:
        taken = F("taken") - places
        return self.update(
            taken=taken,
            ceiling=Case(When(capacity=None, then=None), default=Greatest("capacity", taken)),
        )

    def limit_to(self, capacity: int | None) -> int:
        """Set the capacity. Places taken above it stay taken."""
        ceiling = None if capacity is None else Greatest(F("taken"), capacity)
        return self.update(capacity=capacity, ceiling=ceiling)


class PlaceCount(models.Model):
    """The row that every booking updates, so that two can never take the last place.

    ``capacity`` is the effective one (the date's own, else its form's), None if unlimited. It may
    be lowered below ``taken``: nobody loses a place, and nobody gets one until it fits again.
    ``ceiling`` is the database's limit on ``taken``: the capacity, or what was taken when that was
    lowered, less what has been given back since.
    """

    occurrence = models.OneToOneField(
        Occurrence, on_delete=models.CASCADE, primary_key=True, related_name="place_count"
    )
    capacity = models.PositiveIntegerField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)
    ceiling = models.PositiveIntegerField(null=True, blank=True, editable=False)

    objects = PlaceCountQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("change_capacity", "Can change the places of a date")]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity=None, ceiling=None)
                | Q(ceiling__gte=F("capacity"), taken__lte=F("ceiling")),
                name="places_are_not_oversold",
                violation_error_message="More places would be taken than there are.",
            )
        ]

    def __str__(self) -> str:
        limit = "no limit" if self.capacity is None else f"of {self.capacity}"
        return f"{self.taken} taken, {limit}"

    @property
    def left(self) -> int | None:
        """Return how many more people fit, None if unlimited."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    def is_other_after(self, places: int) -> bool:
        """Whether taking ``places`` has changed what pages say."""
        left = self.left
        return left is not None and fullness(left, self.capacity) != fullness(
            left + places, self.capacity
        )
