"""Signals by which events tell and ask apps they do not know."""

from django.dispatch import Signal

# Sent in the transaction that changes a date: ``change``, an ``OccurrenceChange``, ``was``, the
# date before the change, and ``tell``, whether to email the people who booked. A receiver that
# raises undoes the change.
occurrence_changed = Signal()

# Asks how many people are expected on dates: ``occurrences``, a list of their keys. A receiver
# returns {key: number}. A date on which someone is expected is never deleted.
people_expected = Signal()

# Asks how people are emailed about a change: ``action``, one of ``OccurrenceChange.Action``. A
# receiver returns (subject, first paragraph).
wording_wanted = Signal()

# Asks which page has the registration form of events: ``events``, a list of their keys. A receiver
# returns {event key: page key} for forms open to everyone.
registration_forms_wanted = Signal()

# Asks how booking stands: ``occurrences``, a list of dates with their events loaded, and ``at``. A
# receiver returns {date key: Availability} for those with a booking form.
availability_wanted = Signal()

# Asks where people can register: ``event``, an ``EventPage``, ``occurrences``, a list of its dates,
# and ``at``. A receiver returns {date key: RegistrationOffer} for those it knows.
offers_wanted = Signal()

# Sent in the transaction that makes a draft from an event or a pattern: ``event``, ``copied_from``
# (an event or None) and ``by``.
event_begun = Signal()


def registration_forms(events: list[int]) -> dict[int, int]:
    """Return the key of the registration form's page for each of ``events`` that has one."""
    forms: dict[int, int] = {}
    for _, answer in registration_forms_wanted.send(sender=None, events=events):
        forms |= answer
    return forms


def count_people(keys: list[int]) -> dict[int, int]:
    """Return how many people are expected on each of the dates ``keys``, none left out."""
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
