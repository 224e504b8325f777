"""The columns of registrations for an export or a sign-in sheet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.utils.dateparse import parse_date

from .. import permissions
from ..encryption import UndecryptableAnswers
from ..models import Registration, RegistrationField
from ..models.registration import RegistrationQuerySet
from ..questions import answer_texts
from .spreadsheet import Cell, Row

STATUSES = dict(Registration.Status.choices)
ANSWERS, SENSITIVE = "answers", "sensitive_answers"
OTHERS = "*"
EMAIL, DISCREET = "email", "discreet"
UNREADABLE = "Cannot be decrypted"
BATCH = 1000


class RightWithdrawn(Exception):
    """The reader lost a right while reading."""


def as_it_is(value):
    return value


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: a key for the form, a heading, the field it is read from, and its value.

    ``question`` is the name of the question whose answer it shows; ``*`` for answers to questions
    no longer on the form.
    """

    key: str
    heading: str
    field: str
    value: Callable = as_it_is
    question: str = ""

    @property
    def is_sensitive(self) -> bool:
        return self.field == SENSITIVE

    @property
    def label(self) -> str:
        return f"{self.heading} (sensitive)" if self.is_sensitive else self.heading

    def blank(self) -> "ExportColumn":
        """Return the same column, empty."""
        return replace(self, field="pk", question="", value=lambda _pk: "")


FIXED = (
    ExportColumn("reference", "Reference", "reference"),
    ExportColumn("name", "Name", "name"),
    ExportColumn(EMAIL, "Email address", "email"),
    ExportColumn(
        DISCREET, "Do not name the event", "discreet", lambda asked: "Yes" if asked else ""
    ),
    ExportColumn("status", "Status", "status", STATUSES.get),
    ExportColumn("guests", "Guests", "guests"),
    ExportColumn("event", "Event", "occurrence__title"),
    ExportColumn("date", "Date", "occurrence__starts_at"),
    ExportColumn("received", "Received", "received_at"),
    ExportColumn("erase", "To be erased", "erase_at"),
    ExportColumn("assigned", "Assigned to", "assigned_to__username", lambda name: name or ""),
)
_registered: dict[str, ExportColumn] = {}
TICKED = ("reference", "name", "status", "guests", "event", "date")


def register_export_column(column: ExportColumn) -> None:
    """Offer ``column`` in every export and sign-in sheet. Call it from an app's ``ready`` method.

    Its ``field`` is one of the registration or of what it refers to, such as ``page__title``; those
    of answers have columns of their own, which ask for the right to see them.
    """
    if column.key in {*_registered, *(fixed.key for fixed in FIXED)}:
        raise ValueError(f"There is a column {column.key} already: choose another key")
    if column.field in (ANSWERS, SENSITIVE):
        raise ValueError("A column of another app cannot show answers")
    _registered[column.key] = column


def columns_for(user, chosen: RegistrationQuerySet) -> list[ExportColumn]:
    """Return the columns of ``chosen`` that ``user`` may have: sensitive ones with that right."""
    questions = (
        RegistrationField.objects.filter(page__in=chosen.order_by().values("page"))
        .order_by("page", "sort_order")
        .values_list("clean_name", "label", "sensitive")
    )
    columns = {column.key: column for column in FIXED} | _registered
    sensitive = {}
    for name, label, is_sensitive in questions:
        if is_sensitive:
            column = ExportColumn(f"{SENSITIVE}:{name}", label, SENSITIVE, question=name)
            sensitive.setdefault(column.key, column)
        else:
            column = ExportColumn(f"{ANSWERS}:{name}", label, ANSWERS, question=name)
            columns.setdefault(column.key, column)
    column = ExportColumn(
        f"{ANSWERS}:{OTHERS}", "Answers to former questions", ANSWERS, question=OTHERS
    )
    columns[column.key] = column
    if permissions.may(user, permissions.VIEW_SENSITIVE):
        heading = "Sensitive answers to former questions"
        column = ExportColumn(f"{SENSITIVE}:{OTHERS}", heading, SENSITIVE, question=OTHERS)
        columns |= sensitive | {column.key: column}
    return list(columns.values())


def export_batches(
    chosen: Callable[[object], RegistrationQuerySet], columns: list[ExportColumn], *, by
) -> Iterator[list[Row]]:
    """Yield the values of ``columns`` for the rows ``chosen`` gives ``by``, in batches.

    The rights of ``by`` are read again for each batch; raises ``RightWithdrawn`` once one is
    withdrawn. Memory holds no more than a batch.
    """
    rights = permissions.reading_rights(by)
    known = {
        field: {column.question for column in columns if column.field == field}
        for field in (ANSWERS, SENSITIVE)
    }
    fields = list(dict.fromkeys(["pk", *(column.field for column in columns)]))
    last = 0
    while True:
        user = permissions.as_now(by)
        if not permissions.reading_rights(user).covers(rights):
            raise RightWithdrawn
        rows = read_batch(chosen(user).filter(pk__gt=last).order_by("pk"), fields)
        if not rows:
            return
        yield [row_values(dict(zip(fields, row, strict=True)), columns, known) for row in rows]
        last = rows[-1][0]


def row_batches(found: RegistrationQuerySet, fields: list[str]) -> Iterator[list[tuple]]:
    """Yield ``fields`` of all of ``found``, the first of which is ``pk``, in batches."""
    last = 0
    while rows := read_batch(found.filter(pk__gt=last).order_by("pk"), fields):
        yield rows
        last = rows[-1][0]


def read_batch(found: RegistrationQuerySet, fields: list[str]) -> list[tuple]:
    """Return a batch of rows, with None for sensitive answers whose key is missing."""
    try:
        return list(found.values_list(*fields)[:BATCH])
    except UndecryptableAnswers:
        position = fields.index(SENSITIVE)
        rows = found.values_list(*(name for name in fields if name != SENSITIVE))[:BATCH]
        return [(*row[:position], None, *row[position:]) for row in rows]


def row_values(row: dict, columns: list[ExportColumn], known: dict[str, set[str]]) -> Row:
    answers = {
        field: by_question(row[field], known[field])
        for field in (ANSWERS, SENSITIVE)
        if field in row
    }
    return [
        answers[column.field].get(column.question, "")
        if column.question
        else column.value(row[column.field])
        for column in columns
    ]


def by_question(saved: list[dict] | None, known: set[str]) -> dict[str, Cell]:
    """Return each answer by the name of its question; the rest in one text, labelled."""
    if saved is None:
        return dict.fromkeys(known, UNREADABLE)
    found: dict[str, Cell] = {}
    others = []
    for answer in saved:
        text = ", ".join(answer_texts(answer["value"], answer.get("type", "")))
        if answer["name"] in known:
            found[answer["name"]] = typed(answer, text)
        else:
            others.append(f"{answer['label']}: {text}")
    return found | {OTHERS: "; ".join(others)}


def typed(answer: dict, text: str) -> Cell:
    """Return ``answer``, ``text`` in words, as a date or a number if it is one."""
    kind, value = answer.get("type", ""), answer["value"]
    if kind == "date" and isinstance(value, str):
        return parse_date(value) or text
    if kind == "number":
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return text
    return text
