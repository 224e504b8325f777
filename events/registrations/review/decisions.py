"""Deciding, noting and assigning: one transaction each, with history, trail and Wagtail's log."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.log_actions import LogFormatter, log

from .. import actions
from ..models import AccessRecord, Registration, RegistrationChange
from ..transactions import in_one_transaction

DECIDED = "prevent_registrations.decided"
ASSIGNED = "prevent_registrations.assigned"
Act = AccessRecord.Act


class DecisionFormatter(LogFormatter):
    """A decision in Wagtail's log: from which status to which."""

    label = "Decide on registration"

    def format_message(self, log_entry) -> str:
        labels = dict(Registration.Status.choices)
        was, now = (labels.get(log_entry.data.get(name)) for name in ("was", "is"))
        return f"Decided: {was}, then {now}" if now else "Decided"


class Overtaken(actions.RegistrationActionError):
    """The registration had another status by then than the one that was decided about."""


@in_one_transaction
def decide(
    registration: Registration,
    status: str,
    *,
    by,
    note: str = "",
    tell: bool = True,
    seen: str | None = None,
) -> RegistrationChange:
    """Give ``registration`` another status, or a note if it is the one it has.

    ``seen`` is the status that ``by`` saw. Raises ``RegistrationActionError`` when it cannot be
    done: no place is left, the address has another registration for the date, or (``Overtaken``)
    somebody else was quicker. Then all of it is taken back.
    """
    try:
        # The act itself locks, in the order that all acts lock in, and tells what it found.
        with transaction.atomic():
            change = actions.change_status(registration, status, by=by, note=note, tell=tell)
    except IntegrityError as error:
        raise actions.RegistrationActionError(
            "This email address has another registration for the same date"
        ) from error
    if seen is not None and change.previous_status != seen:
        raise Overtaken("The registration was changed while this page was open. Read its history")
    if change.status == change.previous_status:
        AccessRecord.record(by, Act.NOTED, registration=registration)
    else:
        AccessRecord.record(by, Act.DECIDED, registration=registration)
        log(
            instance=registration,
            action=DECIDED,
            user=by,
            data={"was": change.previous_status, "is": change.status},
        )
    return change


@in_one_transaction
def note(registration: Registration, text: str, *, by, at: datetime | None = None) -> None:
    """Keep a note in the history. The person never sees it."""
    write(registration, text, by=by, at=at)
    AccessRecord.record(by, Act.NOTED, registration=registration)


@in_one_transaction
def assign(registration: Registration, to, *, by, at: datetime | None = None) -> bool:
    """Let ``to`` look after ``registration``, or nobody (None); return whether that is a change.

    Raises ``RegistrationActionError`` if ``to`` may not see it.
    """
    current = Registration.objects.select_for_update().only("assigned_to").get(pk=registration.pk)
    if current.assigned_to_id == (to.pk if to else None):
        return False
    if (
        to is not None
        and not Registration.objects.viewable_by(to).filter(pk=registration.pk).exists()
    ):
        raise actions.RegistrationActionError(f"{to.get_username()} may not see this registration")
    registration.assigned_to = to
    registration.save(update_fields=["assigned_to"])
    words = f"Assigned to {to.get_full_name() or to.get_username()}" if to else "Assigned to nobody"
    write(registration, words, by=by, at=at)
    AccessRecord.record(by, Act.ASSIGNED, registration=registration)
    log(instance=registration, action=ASSIGNED, user=by)
    return True


def write(
    registration: Registration, text: str, *, by, at: datetime | None = None
) -> RegistrationChange:
    """Add a line to the history that changes no status."""
    status = Registration.objects.values_list("status", flat=True).get(pk=registration.pk)
    return RegistrationChange.objects.create(
        registration=registration,
        at=at or timezone.now(),
        by=by,
        previous_status=status,
        status=status,
        note=text,
    )
