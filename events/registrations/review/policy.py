"""Who may do what to which registration: one answer for every screen, file, panel and report.

Rights come from groups, are separate, and nobody has one by default. The right to edit a page
gives none of them. A right holds for the events that are assigned to a person; for every event,
if there are none assigned and the person has the right for every event. A superuser has all
rights and leaves the same trace as everybody.
"""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from wagtail_modeladmin.helpers import PermissionHelper

from events.models import Occurrence

from ..models import EventAssignment, Registration
from ..models.registration import RegistrationQuerySet

APP = Registration._meta.app_label
VIEW = f"{APP}.view_registration"
VIEW_SENSITIVE = f"{APP}.view_sensitive_answers"
DECIDE = f"{APP}.decide_registration"
EXPORT = f"{APP}.export_registration"
CONCERNS = f"{APP}.handle_concerns"
EVERY_EVENT = f"{APP}.registrations_of_every_event"
ASSIGN_EVENTS = f"{APP}.assign_events"
VIEW_TRAIL = f"{APP}.view_trail"
MANAGE_DELIVERIES = f"{APP}.manage_deliveries"
# Those that decide what of a registration somebody reads, and in which form.
READING = (VIEW, VIEW_SENSITIVE, EXPORT, CONCERNS)


def may(user, *rights: str) -> bool:
    """Whether ``user`` has all ``rights``, asked anew of the database on every request."""
    return user.is_active and user.has_perms(rights)


def as_now(user):
    """Return ``user`` with the rights of this moment; nobody if the account is gone."""
    return get_user_model().objects.filter(pk=user.pk).first() or AnonymousUser()


def events_of(user) -> list[int] | None:
    """Return the keys of the events that the rights of ``user`` hold for; None: every event."""
    assigned = list(EventAssignment.objects.filter(user=user).values_list("event_id", flat=True))
    if not assigned and may(user, EVERY_EVENT):
        return None
    return [key for key in assigned if key is not None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may read at a moment: to be compared with what they may a moment later."""

    rights: frozenset[str]
    events: frozenset[int] | None

    def covers(self, earlier: "Standing") -> bool:
        """Whether nothing of ``earlier`` has been withdrawn."""
        keeps_events = self.events is None or (
            earlier.events is not None and earlier.events <= self.events
        )
        return earlier.rights <= self.rights and keeps_events


def standing_of(user) -> Standing:
    if not may(user, VIEW):
        return Standing(frozenset(), frozenset())
    events = events_of(user)
    return Standing(
        frozenset(right for right in READING if may(user, right)),
        None if events is None else frozenset(events),
    )


def registrations_for(user, *rights: str) -> RegistrationQuerySet:
    """Return the registrations that ``user`` may see and has ``rights`` to, or none.

    Never those that have been erased; those flagged with a concern only with the right to them.
    """
    if not may(user, VIEW, *rights):
        return Registration.objects.none()
    found = Registration.objects.kept()
    if not may(user, CONCERNS):
        found = found.filter(concern_since=None)
    events = events_of(user)
    return found if events is None else found.filter(occurrence__event__in=events)


def occurrences_for(user):
    """Return the dates whose registrations ``user`` may see, whether there are any or not."""
    if not may(user, VIEW):
        return Occurrence.objects.none()
    events = events_of(user)
    return (
        Occurrence.objects.all() if events is None else Occurrence.objects.filter(event__in=events)
    )


def emails_for(user, emails):
    """Return those of ``emails`` that ``user`` may look after: of their events, or of none."""
    events = events_of(user)
    if events is None:
        return emails
    return emails.filter(registration__occurrence__event__in=events)


def people_with(*rights: str, event: int | None):
    """Return the active users who have all ``rights`` for the event of the key ``event``."""
    backend = f"{ModelBackend.__module__}.{ModelBackend.__name__}"
    people = get_user_model().objects.filter(is_active=True)
    for right in rights:
        holders = get_user_model().objects.with_perm(right, backend=backend)
        people = people.filter(pk__in=holders.values("pk"))
    every = get_user_model().objects.with_perm(EVERY_EVENT, backend=backend)
    unlimited = Q(event_assignments=None, pk__in=every.values("pk"))
    assigned = Q(pk__in=EventAssignment.objects.filter(event=event).values("user"))
    return people.filter(unlimited | assigned if event else unlimited).order_by("username")


class RegistrationPermissionHelper(PermissionHelper):
    """The policy in the words that modeladmin asks in."""

    def user_can_list(self, user) -> bool:
        return may(user, VIEW)

    def user_can_inspect_obj(self, user, obj) -> bool:
        return may(user, VIEW)

    def user_can_create(self, user) -> bool:
        return False

    def user_can_edit_obj(self, user, obj) -> bool:
        return False

    def user_can_delete_obj(self, user, obj) -> bool:
        return False
