"""What is held about a person, across all events: find, mark for review and report it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from wagtail.models import Site

from events.english_dates import LONDON
from prevent_content.cleaning import clean_line, name_key

from . import date_messages, privacy
from .encryption import UndecryptableAnswers
from .models import (
    AccessRecord,
    Complaint,
    ErasureHold,
    OutboundEmail,
    Registration,
    RegistrationChange,
    SubjectRequest,
)
from .models.registration import RegistrationQuerySet
from .references import read_reference

# Technical values: keys, tokens and links, which describe nobody and open doors.
UNTOLD = {
    "id",
    "digest",
    "idempotency_key",
    "lease_token",
    "lease_until",
    "link_key",
    "date_message",
    "message_id",
    "registration",
    "submission_key",
}
HISTORY = str(RegistrationChange._meta.verbose_name_plural)
HOLDS = str(ErasureHold._meta.verbose_name_plural)
EMAILS = str(OutboundEmail._meta.verbose_name_plural)
LOOKS = "looked at or changed by staff"
MESSAGES = "messages from staff to everyone on the date"
UNREADABLE = "cannot be decrypted: the key is missing from FIELD_ENCRYPTION_KEYS"


WITHHELD = "Withheld: it is about other people, or the law lets us keep it back"
# Enough digits to distinguish telephone numbers.
DIGITS_OF_A_PHONE = 7
ABOUT_FLAGS = (AccessRecord.Action.FLAGGED, AccessRecord.Action.CLEARED)
NAMES_OTHERS = "Written by staff. It may name or describe other people."
EXEMPT_FLAG = (
    "A safeguarding flag. Keep it back if telling the person could seriously harm someone or "
    "prejudice an inquiry (Data Protection Act 2018, Schedules 2 and 3)."
)
EXEMPT_HOLD = "The reason for a hold. It may be legally privileged (Schedule 2, paragraph 19)."


def findable() -> RegistrationQuerySet:
    """Return every registration not erased, with no sensitive answer read."""
    return (
        Registration.objects.not_erased()
        .select_related("occurrence", "page")
        .defer("sensitive_answers")
        .order_by("received_at", "pk")
    )


def registrations_of(email: str) -> RegistrationQuerySet:
    return findable().filter(email__iexact=email.strip())


def find(text: str) -> RegistrationQuerySet:
    """Return the registrations ``text`` may refer to, oldest first.

    It is an email address, a reference, a name or a telephone number, however typed. A number is
    looked for in the answers, because only some forms ask for one.
    """
    text = clean_line(text)
    if "@" in text:
        return registrations_of(text)
    if reference := read_reference(text, "PR"):
        return findable().filter(Q(reference=reference) | Q(name_key__contains=name_key(text)))
    if len(number := phone_key(text)) >= DIGITS_OF_A_PHONE and not any(map(str.isalpha, text)):
        return findable().filter(pk__in=with_phone(number))
    named = Q()
    for word in text.split():
        if key := name_key(word):
            named &= Q(name_key__contains=key) | Q(name__icontains=word)
    return findable().filter(named) if named else findable().none()


def phone_key(text: str) -> str:
    """Return the digits of a telephone number, without the UK prefix."""
    digits = "".join(letter for letter in text if letter.isdigit())
    return digits.removeprefix("00").removeprefix("44").removeprefix("0")


def with_phone(number: str) -> list[int]:
    """Return the keys of the registrations whose answers contain ``number``."""
    rows = Registration.objects.not_erased().order_by().values_list("pk", "answers")
    return [
        pk
        for pk, answers in rows.iterator()
        if any(number in phone_key(str(answer["value"])) for answer in answers)
    ]


def cases_of(model: type[Complaint] | type[SubjectRequest], emails: set[str]) -> list:
    """Return the complaints or requests from ``emails``. They are encrypted, so each is checked."""
    return [row for row in model.objects.not_erased().iterator() if row.email.lower() in emails]


def complaints_of(email: str) -> list[Complaint]:
    return cases_of(Complaint, {email.strip().lower()})


def collect(
    email: str = "", *, at: datetime, registrations: RegistrationQuerySet | None = None
) -> dict[str, Any]:
    """Return all that is held about ``email``, or about the owner of ``registrations``.

    As JSON values. Anything whose encryption key is missing says so; nothing is left out silently.
    """
    email = email.strip()
    found = list(registrations_of(email) if registrations is None else registrations)
    emails = {row.email.lower() for row in found if row.email} | ({email.lower()} - {""})
    others = OutboundEmail.objects.annotate(address=Lower("recipient")).filter(
        address__in=emails, registration=None
    )
    return {
        "email": email or ", ".join(sorted(emails)),
        "made_at": at.isoformat(),
        "registrations": [told_registration(row) for row in found],
        "complaints": [told(row) for row in cases_of(Complaint, emails)],
        "requests": [told(row) for row in cases_of(SubjectRequest, emails)],
        "other_emails": [told(row) for row in others],
        "cms_accounts": [
            told_account(user) for each in sorted(emails) for user in accounts_of(each)
        ],
    }


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in a report that may have to be left out before the copy is handed over."""

    key: str
    where: str
    text: str
    why: str


def marks(report: dict[str, Any]) -> list[Mark]:
    """Return what in ``report`` names other people or may be exempt, for a person to decide."""
    return [
        Mark(mark_key(path, row[name]), where, str(row[name]), why)
        for path, where, row, name, why in marked_values(report)
    ]


def marked_values(report: dict[str, Any]) -> Iterator[tuple[str, str, dict, str, str]]:
    """Yield path, place in words, row, name and reason of each value to review."""
    for row in report["registrations"]:
        place = row["reference"]
        if row.get("concern_since"):
            yield f"{place}/concern", f"{place}, flag", row, "concern_since", EXEMPT_FLAG
        for number, line in enumerate(row[HISTORY]):
            if line.get("note"):
                where = f"{place}, note of {line['at'][:10]}"
                yield f"{place}/history/{number}", where, line, "note", NAMES_OTHERS
        for number, hold in enumerate(row[HOLDS]):
            where = f"{place}, hold of {hold['placed_at'][:10]}"
            yield f"{place}/holds/{number}", where, hold, "reason", EXEMPT_HOLD
        for number, line in enumerate(row[LOOKS]):
            if line["what"] in {action.label for action in ABOUT_FLAGS}:
                where = f"{place}, done by staff on {line['at'][:10]}"
                yield f"{place}/looks/{number}", where, line, "what", EXEMPT_FLAG
    for kind in ("complaints", "requests"):
        for row in report[kind]:
            if row.get("outcome"):
                place = row["reference"]
                yield f"{place}/outcome", f"{place}, our answer", row, "outcome", NAMES_OTHERS


def mark_key(path: str, value: object) -> str:
    """Return a key for a value at a place, which changes if either does."""
    return sha256(f"{path}\n{value}".encode()).hexdigest()[:20]


def withhold(report: dict[str, Any], keys: set[str]) -> set[str]:
    """Replace the values of ``keys`` in ``report``; return the keys not found in it."""
    left = set(keys)
    for path, _where, row, name, _why in list(marked_values(report)):
        key = mark_key(path, row[name])
        if key in keys:
            row[name] = WITHHELD
            left.discard(key)
    return left


def accounts_of(email: str) -> models.QuerySet:
    return get_user_model()._default_manager.filter(email__iexact=email)


def told_registration(registration: Registration) -> dict[str, Any]:
    """Return a registration and everything that belongs to it."""
    report = told(registration, without={"sensitive_answers"})
    report["event"] = registration.occurrence.title
    report["date"] = registration.occurrence.when
    report["sensitive_answers"] = sensitive_answers_of(registration)
    for relation in Registration._meta.related_objects:
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: registration}).order_by("pk")
        report[str(model._meta.verbose_name_plural)] = [told(row) for row in rows]
    report[MESSAGES] = [
        {"at": at.isoformat(), "subject": subject, "text": text}
        for at, subject, text in date_messages.sent_to(registration)
    ]
    report[LOOKS] = [
        {"at": line.at.isoformat(), "what": line.get_action_display()}
        for line in AccessRecord.objects.about(registration.pk).order_by("at")
    ]
    return report


def sensitive_answers_of(registration: Registration) -> list[dict] | str:
    rows = Registration.objects.values_list("sensitive_answers", flat=True)
    try:
        return rows.get(pk=registration.pk)
    except UndecryptableAnswers:
        return UNREADABLE


def told_account(user) -> dict[str, Any]:
    """Return what is held about a member of staff with a CMS account."""
    return {
        "username": user.get_username(),
        "name": user.get_full_name(),
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "joined": user.date_joined.isoformat(),
        "last_signed_in": user.last_login.isoformat() if user.last_login else None,
    }


def told(row: models.Model, *, without: set[str] = frozenset()) -> dict[str, Any]:
    """Return the fields of ``row`` as JSON values; members of staff are not named."""
    report = {}
    for column in row._meta.concrete_fields:
        if column.name in UNTOLD | without:
            continue
        if column.is_relation:
            is_person = issubclass(column.related_model, get_user_model())
            value = row.__dict__[column.attname]
            if value is not None:
                value = "a member of staff" if is_person else str(getattr(row, column.name))
        else:
            value = getattr(row, column.name)
        report[column.name] = value if is_plain(value) else str(value)
    return report


def is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool | list | dict | None)


def readable_page(report: dict[str, Any], *, site: Site | None = None) -> str:
    """Return ``report`` as a self-contained HTML page that loads nothing.

    It says in plain language what Article 15(1) asks for. What only the program needs is in the
    JSON file beside it.
    """
    return render_to_string(
        "prevent_registrations/data_protection/report.html",
        {
            "report": report,
            "made_on": day_of(report["made_at"]),
            "bookings": [Booking(row) for row in report["registrations"]],
            "cases": [*report["complaints"], *report["requests"]],
            "retention": privacy.retention(site),
            "flagging": privacy.flagging(site),
        },
    )


class Booking:
    """A registration of a report, for the readable page."""

    def __init__(self, row: dict[str, Any]):
        self.title = f"{row['reference']}: {row['event']}, {row['date']}"
        self.facts = [
            ("Status", dict(Registration.Status.choices).get(row["status"], row["status"])),
            ("Name", row["name"]),
            ("Email address", row["email"] or "none given"),
            ("Guests", row["guests"]),
            ("Booked", day_of(row["received_at"])),
            ("We will delete it on", day_of(row["erase_at"])),
            ("Emails that do not name the event", "yes" if row["discreet"] else "no"),
        ]
        if row.get("concern_since"):
            self.facts.append(("Flagged for a safeguarding lead", day_of(row["concern_since"])))
        self.answers = answers_in_words(row["answers"])
        self.sensitive_answers = answers_in_words(row["sensitive_answers"])
        statuses = dict(Registration.Status.choices)
        self.history = [
            (day_of(line["at"]), statuses.get(line["status"], line["status"]), line["note"])
            for line in row[HISTORY]
        ]
        kinds = dict(OutboundEmail.Kind.choices)
        self.emails = [
            (day_of(line["created_at"]), kinds.get(line["kind"], line["kind"]))
            for line in row[EMAILS]
        ]
        self.messages = [
            (day_of(line["at"]), line["subject"], line["text"]) for line in row[MESSAGES]
        ]
        self.holds = [(day_of(line["until"]), line["reason"]) for line in row[HOLDS]]
        self.looks = [(day_of(line["at"]), line["what"]) for line in row[LOOKS]]


def day_of(text: str | None) -> str:
    """Return the day of an ISO time in words; withheld values are returned unchanged."""
    moment = parse_datetime(text or "") or parse_date(text or "")
    if isinstance(moment, datetime):
        moment = moment.astimezone(LONDON)
    return date_format(moment, "j F Y") if moment else text or ""


def answers_in_words(answers: list[dict] | str) -> list[tuple[str, str]]:
    """Return each question and its answer, or the sentence that says why there are none."""
    if isinstance(answers, str):
        return [("Answers", answers)] if answers else []
    return [
        (answer["label"], value_in_words(answer["value"]))
        for answer in answers
        if answer["value"] not in (None, "", [])
    ]


def value_in_words(value: object) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
