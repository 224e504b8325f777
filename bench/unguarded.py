"""The site without its guard of places, only for the control of ``bench.races``.

It counts the places taken and then takes one in a second step, as programs do when they do not
leave the counting to the database.
"""

import threading

from cms.wsgi import application
from events.registrations import places, submissions
from events.registrations.models import PlaceCount

__all__ = ["application"]

looked = threading.local()
create_registration = submissions.create_registration


def look_first(submission, at):
    looked.count = PlaceCount.objects.get(pk=submission.occurrence.pk)
    return create_registration(submission, at)


def take(occurrence_pk: int, number: int) -> bool:
    left = looked.count.left
    if left is not None and left < number:
        return False
    taken = looked.count.taken + number
    return bool(PlaceCount.objects.filter(pk=occurrence_pk).update(taken=taken))


submissions.create_registration = look_first
places.take_or_see_full = take
