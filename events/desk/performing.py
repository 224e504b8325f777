"""Doing what a form asks for, once, to the date that its reader saw."""

from django.db import transaction

from ..acts import ActError
from ..models import Occurrence, OccurrenceChange
from .act_form import DateActForm


class Overtaken(Exception):
    """Somebody changed the date after the form was shown; ``occurrence`` is as it is now."""

    def __init__(self, occurrence: Occurrence):
        super().__init__()
        self.occurrence = occurrence


@transaction.atomic
def perform(form: DateActForm, *, by) -> OccurrenceChange:
    """Do what a valid ``form`` asks for and return what was written down.

    A form that is sent again returns what it did the first time. Raises ``Overtaken`` if the
    date has changed otherwise, ``ActError`` if the act makes no sense for it, and
    ``Occurrence.DoesNotExist`` if it is gone.
    """
    # The lock makes the second of two that come at once wait, and see what the first has done.
    current = (
        Occurrence.objects.select_for_update(of=("self",))
        .select_related("event__venue", "venue")
        .get(pk=form.occurrence.pk)
    )
    seen = form.cleaned_data["sequence"]
    if seen == current.sequence:
        if obstacle := form.obstacle(current, at=form.at):
            raise ActError(obstacle)
        return form.perform(current, by=by)
    last = current.changes.filter(by=by, sequence=current.sequence).last()
    if last and seen == current.sequence - 1 and form.is_done(current, last):
        return last
    raise Overtaken(current)
