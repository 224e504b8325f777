"""Doing the same to many registrations, each wholly or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError
from django.db.models import F, Sum

from .. import actions, permissions
from ..models import Registration, RegistrationChange
from ..models.registration import HOLDING, RegistrationQuerySet
from . import decisions

Status = Registration.Status
ASSIGN = "assign"
DONE, ALREADY, REFUSED = "done", "already", "refused"
# How many are done before the right to do it is asked for again, and the progress told.
CHUNK = 25


@dataclass(frozen=True, slots=True)
class Task:
    """What to do with each: give a ``status``, or let ``to`` look after it."""

    act: str
    by: object
    note: str = ""
    tell: bool = True
    to: object = None
    seen_at: datetime | None = None

    @property
    def status(self) -> str:
        return "" if self.act == ASSIGN else self.act


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a task comes to, in numbers, before it is done.

    ``offers`` is how many people on waiting lists are told at most that a place became free.
    """

    chosen: int
    already: int
    mails: int
    offers: int

    @property
    def changes(self) -> int:
        return self.chosen - self.already


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one registration. ``why`` is for one that was refused."""

    pk: int
    reference: str
    outcome: str
    why: str = ""


def forecast(chosen: RegistrationQuerySet, task: Task) -> Forecast:
    """Return what ``task`` comes to for ``chosen``, as things stand."""
    if task.act == ASSIGN:
        number = chosen.count()
        return Forecast(number, chosen.filter(assigned_to=task.to).count(), 0, 0)
    number = chosen.count()
    already = chosen.filter(status=task.status).count()
    mails = number - already if task.tell and task.status in actions.EMAIL_FOR_STATUS else 0
    offers = 0
    if task.status not in HOLDING:
        holding = chosen.filter(status__in=HOLDING)
        freed = holding.aggregate(places=Sum(F("guests") + 1))["places"] or 0
        waiting = Registration.objects.queue().filter(
            occurrence__in=holding.values("occurrence"), page__approval=False
        )
        offers = min(freed, waiting.order_by().count())
    return Forecast(number, already, mails, offers)


def run(keys: list[int], task: Task) -> Iterator[Result]:
    """Do ``task`` to each of ``keys`` in turn, each in a transaction of its own.

    Whoever does it is looked up anew every ``CHUNK``: a right withdrawn ends it there.
    """
    user = task.by
    for number, key in enumerate(keys):
        if number and number % CHUNK == 0:
            user = permissions.as_now(user)
        yield do_one(key, task, user)


def do_one(key: int, task: Task, user) -> Result:
    """Do ``task`` to one registration, wholly or not at all."""
    registration = (
        Registration.objects.viewable_by(user, permissions.DECIDE)
        .select_related("occurrence", "page")
        .defer("sensitive_answers")
        .filter(pk=key)
        .first()
    )
    if registration is None:
        return Result(key, "", REFUSED, "It is gone, or you may no longer decide on it")
    reference = registration.reference
    try:
        is_done = change(registration, task, user)
    except actions.RegistrationActionError as error:
        return Result(key, reference, REFUSED, str(error))
    except DatabaseError:
        return Result(key, reference, REFUSED, "It could not be saved just now. Try again")
    return Result(key, reference, DONE if is_done else ALREADY)


def change(registration: Registration, task: Task, user) -> bool:
    """Do it; return whether there was anything to do. Raises ``RegistrationActionError``."""
    if task.act == ASSIGN:
        return decisions.assign(registration, task.to, by=user)
    if registration.status == task.status:
        return False
    later = RegistrationChange.objects.filter(registration=registration)
    if task.seen_at and later.filter(at__gt=task.seen_at).exists():
        raise decisions.Overtaken("It was changed after you looked at the preview")
    decisions.decide(
        registration,
        task.status,
        by=user,
        note=task.note,
        tell=task.tell,
        seen=registration.status,
    )
    return True
