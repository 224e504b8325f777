"""What events tell, and ask, of apps that they know nothing about."""

from django.dispatch import Signal

# Sent in the transaction that changes a date: ``change``, an ``OccurrenceChange``, ``was``, the
# date as it was before, and ``tell``, whether the people who booked are to be emailed. A receiver
# that raises undoes the change.
occurrence_changed = Signal()

# Asks how many people are expected on dates: ``occurrences``, a list of their keys.
# A receiver returns {key: number}; a date that someone is expected on is never deleted.
people_expected = Signal()

# Asks how people are emailed of a change: ``action``, one of ``OccurrenceChange.Action``.
# A receiver returns (subject, first paragraph).
wording_wanted = Signal()

# Asks which page has the form with which people register for events: ``events``, a list of
# their keys. A receiver returns {key of an event: key of the page}, for those open to everyone.
registration_forms_wanted = Signal()

# Asks how booking stands: ``occurrences``, a list of dates whose events are at hand, and ``at``.
# A receiver returns {key of a date: Availability} for those that have a booking form.
availability_wanted = Signal()

# Asks where people can register: ``event``, an ``EventPage``, ``occurrences``, a list of its
# dates, and ``at``. A receiver returns {key of a date: RegistrationOffer} for those it knows.
offers_wanted = Signal()

# Sent when a draft is begun as a copy of an event or from a pattern: ``event``, ``copied_from``
# (an event or None) and ``by``. In the transaction that makes the draft.
event_begun = Signal()


def registration_forms(events: list[int]) -> dict[int, int]:
    """Return the key of the page with the registration form of each of ``events`` that has one."""
    forms: dict[int, int] = {}
    for _, answer in registration_forms_wanted.send(sender=None, events=events):
        forms |= answer
    return forms


def count_people(keys: list[int]) -> dict[int, int]:
    """Return how many people are expected on each of the dates ``keys``; none is left out."""
    counts = dict.fromkeys(keys, 0)
    for _, answer in people_expected.send(sender=None, occurrences=keys):
        for key, number in answer.items():
            counts[key] += number
    return counts


def wording_of(action: str) -> tuple[str, str]:
    """Return subject and first paragraph of the email about ``action``; empty if none is sent."""
    for _, answer in wording_wanted.send(sender=None, action=action):
        return answer
    return "", ""
