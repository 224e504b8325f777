"""The site without its guard of places, for the control of ``bench.races`` alone.

Looks how many are taken and takes then, as programs do that let no database decide.
"""

import threading

from cms.wsgi import application
from events.registrations import acts, places
from events.registrations.models import PlaceCount

__all__ = ["application"]

looked = threading.local()
ask = acts.registered_already


def look(form, *, at):
    date = form.cleaned_data["occurrence"]
    places.ensure_count(date, form.page)
    looked.count = PlaceCount.objects.get(pk=date.pk)
    return ask(form, at=at)


def take(occurrence_pk: int, number: int) -> bool:
    left = looked.count.left
    if left is not None and left < number:
        return False
    taken = looked.count.taken + number
    return bool(PlaceCount.objects.filter(pk=occurrence_pk).update(taken=taken))


acts.registered_already = look
places.take_or_see_full = take
