"""Who may do what with registrations: one answer for every screen, file, panel and report.

Rights come from groups and are separate; nobody has one by default. The right to edit a page gives
none of them. Rights apply to the events assigned to a person, or to every event if none are
assigned and the person has the right to every event. A superuser has all rights and leaves the same
trail as everyone else.
"""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from events.models import Occurrence
from prevent_content.conf import setting

APP = "prevent_registrations"
VIEW = f"{APP}.view_registration"
VIEW_SENSITIVE = f"{APP}.view_sensitive_answers"
DECIDE = f"{APP}.decide_registration"
MESSAGE = f"{APP}.message_registrants"
EXPORT = f"{APP}.export_registration"
CONCERNS = f"{APP}.handle_concerns"
EVERY_EVENT = f"{APP}.registrations_of_every_event"
ASSIGN_EVENTS = f"{APP}.assign_events"
CHANGE_CAPACITY = f"{APP}.change_capacity"
VIEW_TRAIL = f"{APP}.view_trail"
CONFIRM_INBOXES = f"{APP}.confirm_inboxes"
MANAGE_DELIVERIES = f"{APP}.manage_deliveries"
SUBJECT_ACCESS = f"{APP}.subject_access"
ERASE = f"{APP}.erase_registration"
HOLD = f"{APP}.hold_erasure"
COMPLAINTS = f"{APP}.handle_complaints"
# These decide what someone reads of a registration, and in which form.
READING = (VIEW, VIEW_SENSITIVE, EXPORT, CONCERNS)
DATA_PROTECTION = (SUBJECT_ACCESS, ERASE, HOLD, COMPLAINTS)


def flagging_is_on() -> bool:
    """Whether staff can flag a safeguarding concern: ``FLAGGING`` in ``PREVENT``, on by default.

    If so, the form and the privacy page say it.
    """
    return setting("FLAGGING")


def may(user, *rights: str) -> bool:
    """Whether ``user`` has all ``rights``. Queried afresh in each request."""
    return user.is_active and user.has_perms(rights)


def may_any(user, *rights: str) -> bool:
    return any(may(user, right) for right in rights)


def as_now(user):
    """Return ``user`` with their current rights; an anonymous user if the account is gone."""
    return get_user_model().objects.filter(pk=user.pk).first() or AnonymousUser()


def events_of(user) -> list[int] | None:
    """Return the keys of the events to which the rights of ``user`` apply; None: every event."""
    assigned = list(user.event_assignments.values_list("event_id", flat=True))
    if not assigned and may(user, EVERY_EVENT):
        return None
    return [key for key in assigned if key is not None]


def looks_after(user, event: int, *rights: str) -> bool:
    """Whether ``user`` has all ``rights``, for the event with the key ``event``."""
    if not may(user, VIEW, *rights):
        return False
    events = events_of(user)
    return events is None or event in events


@dataclass(frozen=True, slots=True)
class ReadingRights:
    """What a person may read at one moment, to compare with a later one."""

    rights: frozenset[str]
    events: frozenset[int] | None

    def covers(self, earlier: "ReadingRights") -> bool:
        """Whether nothing of ``earlier`` has been withdrawn."""
        keeps_events = self.events is None or (
            earlier.events is not None and earlier.events <= self.events
        )
        return earlier.rights <= self.rights and keeps_events


def reading_rights(user) -> ReadingRights:
    if not may(user, VIEW):
        return ReadingRights(frozenset(), frozenset())
    events = events_of(user)
    return ReadingRights(
        frozenset(right for right in READING if may(user, right)),
        None if events is None else frozenset(events),
    )


def occurrences_for(user):
    """Return the dates whose registrations ``user`` may see, whether there are any or not."""
    if not may(user, VIEW):
        return Occurrence.objects.none()
    events = events_of(user)
    return (
        Occurrence.objects.all() if events is None else Occurrence.objects.filter(event__in=events)
    )


def emails_for(user, emails):
    """Return those of ``emails`` that ``user`` may manage: about their events, or about none.

    Emails about a flag or a flagged registration are for people who may see flags.
    """
    if not may(user, CONCERNS):
        emails = emails.exclude(kind="concern").filter(registration__concern_since=None)
    events = events_of(user)
    if events is None:
        return emails
    return emails.filter(registration__occurrence__event__in=events)


def people_with(*rights: str, event: int | None):
    """Return the active users with all ``rights`` for the event with the key ``event``."""
    users = get_user_model().objects
    people = users.filter(is_active=True)
    for right in rights:
        people = people.filter(pk__in=with_right(right).values("pk"))
    unlimited = Q(event_assignments=None, pk__in=with_right(EVERY_EVENT).values("pk"))
    assigned = Q(pk__in=users.filter(event_assignments__event=event).values("pk"))
    return people.filter(unlimited | assigned if event else unlimited).order_by("username")


def with_right(right: str):
    """Return the active users who have ``right`` themselves or through a group."""
    backend = f"{ModelBackend.__module__}.{ModelBackend.__name__}"
    return get_user_model().objects.with_perm(right, backend=backend)
