"""What the list knows of its rows beside themselves: unread marks, and what comes next to one."""

from datetime import datetime

from django.db.models import Max, Q

from ..models import Registration, RegistrationChange
from ..models.registration import RegistrationQuerySet
from .filters import reads_by

NEW, CHANGED = "New", "Changed"


def unread_marks(rows: list[Registration], user) -> dict[int, str]:
    """Return, by key, which of ``rows`` is ``New`` or ``Changed`` by the person to ``user``.

    Two queries, however many rows.
    """
    keys = [row.pk for row in rows]
    read: dict[int, datetime] = dict(
        reads_by(user)
        .filter(registration_pk__in=keys)
        .values_list("registration_pk")
        .annotate(last=Max("at"))
    )
    written: dict[int, datetime] = dict(
        RegistrationChange.objects.filter(registration__in=keys, by=None)
        .values_list("registration")
        .annotate(last=Max("at"))
        .order_by()
    )
    marks = {key: NEW for key in keys if key not in read}
    marks |= {key: CHANGED for key, at in written.items() if key in read and at > read[key]}
    return marks


def neighbours(
    found: RegistrationQuerySet, current: Registration, order: list[str]
) -> tuple[int | None, int | None]:
    """Return the keys of what stands before and after ``current`` in ``found``.

    ``order`` is that of ``found`` and ends with its key. ``current`` need not be in ``found``
    itself: a decision may just have taken it out of the filter.
    """
    before = found.filter(beyond(current, order, backwards=True)).order_by(*map(reverse, order))
    after = found.filter(beyond(current, order, backwards=False)).order_by(*order)
    return tuple(side.values_list("pk", flat=True).first() for side in (before, after))


def reverse(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def beyond(current: Registration, order: list[str], *, backwards: bool) -> Q:
    """Return the condition of standing after ``current`` in ``order``, or before it."""
    condition, equal = Q(), Q()
    for field in order:
        name = field.removeprefix("-")
        value = current
        for part in name.split("__"):
            value = getattr(value, part)
        is_less = field.startswith("-") is not backwards
        condition |= equal & Q(**{f"{name}__{'lt' if is_less else 'gt'}": value})
        equal &= Q(**{name: value})
    return condition
