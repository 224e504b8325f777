"""Whether a date can be booked, as the public sees it. Only the apps above this one know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .dates_in_words import day_in_words, time_in_words
from .models.occurrences import LONDON, Occurrence
from .signals import availability_wanted


class Places(models.TextChoices):
    """What the public may know of the places on a date. Exact numbers would reveal attendance."""

    FREE = "free", gettext_lazy("Places available")
    FEW = "few", gettext_lazy("Few places left")
    WAITING_LIST = "waiting_list", gettext_lazy("Full, with a waiting list")
    FULL = "full", gettext_lazy("Full")
    NOT_YET = "not_yet", gettext_lazy("Booking not open yet")
    CLOSED = "closed", gettext_lazy("Booking closed")


TAGS = {
    Places.FREE: "green",
    Places.FEW: "orange",
    Places.WAITING_LIST: "orange",
}


@dataclass(frozen=True, slots=True)
class Availability:
    """The state of booking for one date; ``url`` is the path of its form."""

    places: Places
    url: str
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    by_approval: bool = False
    note: str = ""

    @property
    def is_open(self) -> bool:
        return self.places in (Places.FREE, Places.FEW)

    @property
    def colour(self) -> str:
        """Return the colour of the GOV.UK tag that shows the places."""
        return TAGS.get(self.places, "grey")

    @property
    def opens(self) -> str:
        return moment_in_words(self.opens_at)

    @property
    def closes(self) -> str:
        return moment_in_words(self.closes_at)


def moment_in_words(moment: datetime | None) -> str:
    """Return a London time like ``4pm on Thursday 26 May 2022``."""
    if moment is None:
        return ""
    local = moment.astimezone(LONDON)
    return _("%(hour)s on %(day)s") % {
        "hour": time_in_words(local.time()),
        "day": day_in_words(local.date()),
    }


def add_availability(occurrences: Iterable[Occurrence], *, at: datetime) -> list[Occurrence]:
    """Set on each date how its booking stands at ``at``: an ``Availability``, or None."""
    rows = list(occurrences)
    known: dict[int, Availability] = {}
    for _receiver, answer in availability_wanted.send(sender=Occurrence, occurrences=rows, at=at):
        known |= answer
    for row in rows:
        row.availability = known.get(row.pk)
    return rows
