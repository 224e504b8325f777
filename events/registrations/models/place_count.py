"""How many places a date has, and how many are taken: counted by the database."""

from django.db import models
from django.db.models import F, Q

from events.models import Occurrence


class PlaceCountQuerySet(models.QuerySet):
    def with_room_for(self, places: int) -> "PlaceCountQuerySet":
        """Those that ``places`` more people fit into."""
        return self.filter(Q(capacity=None) | Q(capacity__gte=F("taken") + places))


class PlaceCount(models.Model):
    """The row that every taking of a place updates, so that two can never take the last one.

    ``capacity`` is the one that counts (the date's own, else its form's), None without limit.
    It may be lowered below ``taken``: nobody is put out, and nobody gets in until it fits again.
    """

    occurrence = models.OneToOneField(
        Occurrence, on_delete=models.CASCADE, primary_key=True, related_name="place_count"
    )
    capacity = models.PositiveIntegerField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)

    objects = PlaceCountQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        limit = "no limit" if self.capacity is None else f"of {self.capacity}"
        return f"{self.taken} taken, {limit}"

    @property
    def left(self) -> int | None:
        """Return how many more people fit, None without limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)
