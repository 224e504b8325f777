"""What events tell, and ask, of apps that they know nothing about."""

from django.dispatch import Signal

# Sent in the transaction that changes a date: ``change``, an ``OccurrenceChange``.
# A receiver that raises undoes the change.
occurrence_changed = Signal()

# Asks how many people are expected on dates: ``occurrences``, a list of their keys.
# A receiver returns {key: number}; a date that somebody is expected on is never deleted.
people_expected = Signal()


def count_people(keys: list[int]) -> dict[int, int]:
    """Return how many people are expected on each of the dates ``keys``; none is left out."""
    counts = dict.fromkeys(keys, 0)
    for _, answer in people_expected.send(sender=None, occurrences=keys):
        for key, number in answer.items():
            counts[key] += number
    return counts
