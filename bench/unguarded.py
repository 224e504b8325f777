"""The site without its guard of places, for the control of ``bench.races`` alone.

It looks how many places are taken and then takes one in a second step, as programs do that do not
leave the counting to the database.
"""

import threading

from cms.wsgi import application
from events.registrations import places, submissions
from events.registrations.models import PlaceCount

__all__ = ["application"]

looked = threading.local()
find_active = submissions.find_active


def look(submission, *, at):
    date = submission.occurrence
    places.ensure_count(date, submission.page)
    looked.count = PlaceCount.objects.get(pk=date.pk)
    return find_active(submission, at=at)


def take(occurrence_pk: int, number: int) -> bool:
    left = looked.count.left
    if left is not None and left < number:
        return False
    taken = looked.count.taken + number
    return bool(PlaceCount.objects.filter(pk=occurrence_pk).update(taken=taken))


submissions.find_active = look
places.take_or_see_full = take
