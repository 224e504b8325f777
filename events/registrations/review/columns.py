"""What an export or a sign-in sheet can show of registrations, column by column."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from .. import permissions
from ..encryption import UndecryptableAnswers
from ..models import Registration, RegistrationField
from ..models.registration import RegistrationQuerySet
from ..questions import answer_texts

STATUSES = dict(Registration.Status.choices)
ANSWERS, SENSITIVE = "answers", "sensitive_answers"
OTHERS = "*"
UNREADABLE = "Cannot be decrypted"
BATCH = 1000


class RightWithdrawn(Exception):
    """Whoever was reading lost the right to while they were."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a key for the form, a heading, the field it is read from, and how it is told.

    ``question`` is the name of a question whose answer it shows; ``*`` for answers to questions
    that are no longer on the form.
    """

    key: str
    heading: str
    field: str
    told: Callable = str
    question: str = ""

    @property
    def is_sensitive(self) -> bool:
        return self.field == SENSITIVE


def local_minute(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}"


FIXED = (
    Column("reference", "Reference", "reference"),
    Column("name", "Name", "name"),
    Column("email", "Email address", "email"),
    Column("status", "Status", "status", STATUSES.get),
    Column("guests", "Guests", "guests"),
    Column("event", "Event", "occurrence__title"),
    Column("date", "Date", "occurrence__starts_at", local_minute),
    Column("received", "Received", "received_at", local_minute),
    Column("erase", "To be erased", "erase_at", local_minute),
    Column("assigned", "Assigned to", "assigned_to__username", lambda name: name or ""),
)
TICKED = ("reference", "name", "status", "guests", "event", "date")


def columns_for(user, chosen: RegistrationQuerySet) -> list[Column]:
    """Return the columns that ``user`` may have of ``chosen``: sensitive ones with that right."""
    questions = (
        RegistrationField.objects.filter(page__in=chosen.order_by().values("page"))
        .order_by("page", "sort_order")
        .values_list("clean_name", "label", "sensitive")
    )
    columns = {column.key: column for column in FIXED}
    sensitive = {}
    for name, label, is_sensitive in questions:
        if is_sensitive:
            column = Column(f"{SENSITIVE}:{name}", label, SENSITIVE, question=name)
            sensitive.setdefault(column.key, column)
        else:
            column = Column(f"{ANSWERS}:{name}", label, ANSWERS, question=name)
            columns.setdefault(column.key, column)
    column = Column(f"{ANSWERS}:{OTHERS}", "Answers to former questions", ANSWERS, question=OTHERS)
    columns[column.key] = column
    if permissions.may(user, permissions.VIEW_SENSITIVE):
        heading = "Sensitive answers to former questions"
        column = Column(f"{SENSITIVE}:{OTHERS}", heading, SENSITIVE, question=OTHERS)
        columns |= sensitive | {column.key: column}
    return list(columns.values())


def batches(
    chosen: Callable[[object], RegistrationQuerySet], columns: list[Column], *, by
) -> Iterator[list[list[str]]]:
    """Yield the texts of ``columns`` of what ``chosen`` gives ``by``, a batch at a time.

    What ``by`` may read is asked anew for each batch; raises ``RightWithdrawn`` once anything
    of it is withdrawn. No more than a batch is held in memory.
    """
    standing = permissions.reading_rights(by)
    known = {
        kept: {column.question for column in columns if column.field == kept}
        for kept in (ANSWERS, SENSITIVE)
    }
    fields = list(dict.fromkeys(["pk", *(column.field for column in columns)]))
    last = 0
    while True:
        user = permissions.as_now(by)
        if not permissions.reading_rights(user).covers(standing):
            raise RightWithdrawn
        rows = read(chosen(user).filter(pk__gt=last).order_by("pk"), fields)
        if not rows:
            return
        yield [texts(dict(zip(fields, row, strict=True)), columns, known) for row in rows]
        last = rows[-1][0]


def pages(found: RegistrationQuerySet, fields: list[str]) -> Iterator[list[tuple]]:
    """Yield ``fields`` of all of ``found``, the first of which is ``pk``, a batch at a time."""
    last = 0
    while rows := read(found.filter(pk__gt=last).order_by("pk"), fields):
        yield rows
        last = rows[-1][0]


def read(found: RegistrationQuerySet, fields: list[str]) -> list[tuple]:
    """Return a batch of rows; where a key is missing, with None for the sensitive answers."""
    try:
        return list(found.values_list(*fields)[:BATCH])
    except UndecryptableAnswers:
        position = fields.index(SENSITIVE)
        rows = found.values_list(*(name for name in fields if name != SENSITIVE))[:BATCH]
        return [(*row[:position], None, *row[position:]) for row in rows]


def texts(row: dict, columns: list[Column], known: dict[str, set[str]]) -> list[str]:
    answers = {
        kept: by_question(row[kept], known[kept]) for kept in (ANSWERS, SENSITIVE) if kept in row
    }
    return [
        answers[column.field].get(column.question, "")
        if column.question
        else str(column.told(row[column.field]))
        for column in columns
    ]


def by_question(kept: list[dict] | None, known: set[str]) -> dict[str, str]:
    """Return each answer in one text by the name of its question; the rest together, labelled."""
    if kept is None:
        return dict.fromkeys(known, UNREADABLE)
    found, others = {}, []
    for answer in kept:
        text = ", ".join(answer_texts(answer["value"], answer.get("type", "")))
        if answer["name"] in known:
            found[answer["name"]] = text
        else:
            others.append(f"{answer['label']}: {text}")
    return found | {OTHERS: "; ".join(others)}
