"""What is held about somebody, by their e-mail address, over all events: found and reported."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.template.loader import render_to_string

from .encryption import UndecryptableAnswers
from .models import (
    AccessRecord,
    Complaint,
    OutboundEmail,
    Registration,
)

# The machine's own: keys, tokens and links, which say nothing about anybody and open doors.
UNTOLD = {
    "id",
    "digest",
    "idempotency_key",
    "lease_token",
    "lease_until",
    "link_key",
    "message_id",
    "registration",
    "submission_key",
}
UNREADABLE = "cannot be decrypted: the key is missing from FIELD_ENCRYPTION_KEYS"


def registrations_of(email: str) -> models.QuerySet:
    return (
        Registration.objects.not_erased()
        .filter(email__iexact=email.strip())
        .select_related("occurrence", "page")
        .defer("sensitive_answers")
        .order_by("received_at", "pk")
    )


def complaints_of(email: str) -> list[Complaint]:
    """Return the complaints from ``email``. Addresses are encrypted, so each is looked at."""
    wanted = email.strip().lower()
    return [row for row in Complaint.objects.not_erased().iterator() if row.email.lower() == wanted]


def collect(email: str, *, at: datetime) -> dict[str, Any]:
    """Return all that is held about ``email``, as values that JSON has.

    What an encryption key is missing for says so; nothing is left out silently.
    """
    email = email.strip()
    return {
        "email": email,
        "made_at": at.isoformat(),
        "registrations": [told_registration(row) for row in registrations_of(email)],
        "complaints": [told(row) for row in complaints_of(email)],
        "other_emails": [
            told(row)
            for row in OutboundEmail.objects.filter(recipient__iexact=email, registration=None)
        ],
        "cms_accounts": [told_account(user) for user in accounts_of(email)],
    }


def accounts_of(email: str) -> models.QuerySet:
    return get_user_model()._default_manager.filter(email__iexact=email)


def told_registration(registration: Registration) -> dict[str, Any]:
    """Return a registration and all that belongs to it."""
    report = told(registration, without={"sensitive_answers"})
    report["event"] = registration.occurrence.title
    report["date"] = registration.occurrence.when
    report["sensitive_answers"] = sensitive_answers_of(registration)
    for relation in Registration._meta.related_objects:
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: registration}).order_by("pk")
        report[str(model._meta.verbose_name_plural)] = [told(row) for row in rows]
    report["looked at or changed by staff"] = [
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
    """Return what there is about a member of staff who signs in to the CMS."""
    return {
        "username": user.get_username(),
        "name": user.get_full_name(),
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "joined": user.date_joined.isoformat(),
        "last_signed_in": user.last_login.isoformat() if user.last_login else None,
    }


def told(row: models.Model, *, without: set[str] = frozenset()) -> dict[str, Any]:
    """Return the fields of ``row`` as values that JSON has; members of staff are not named."""
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


def readable_page(report: dict[str, Any]) -> str:
    """Return ``report`` as an HTML page that stands by itself: no address is loaded from it."""
    return render_to_string(
        "prevent_registrations/data_protection/report.html",
        {"report": report, "sections": sections_of(report)},
    )


def sections_of(report: dict[str, Any]) -> list[tuple[str, list[list[tuple[str, list[str]]]]]]:
    """Return the report's lists as (heading, entries), an entry being (label, texts) pairs."""
    return [
        (
            name.replace("_", " ").capitalize(),
            [[(label_of(key), lines_of(value)) for key, value in entry.items()] for entry in rows],
        )
        for name, rows in report.items()
        if isinstance(rows, list)
    ]


def label_of(key: str) -> str:
    return key.replace("_", " ").capitalize()


def lines_of(value: object) -> list[str]:
    """Return a value in words, one text a line."""
    if value in (None, "", []):
        return ["none"]
    if isinstance(value, list):
        return [
            ", ".join(f"{k}: {v}" for k, v in item.items() if v not in (None, ""))
            if isinstance(item, dict)
            else str(item)
            for item in value
        ]
    return [str(value)]
