"""What a restored backup must not bring back: erased people and withdrawn access.

A registration is identified by its key and the time it was received, a member of staff by key and
the day they joined: neither names anyone. Erasures and closed accounts are also recorded beside the
backups, in case the live database is lost.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction

from events.registrations import retention
from events.registrations.database import missing_tables, table_names
from events.registrations.models import ErasureCertificate, Registration

FILE = "erasures.json"
Reason = ErasureCertificate.Reason
Key = tuple[int, str]


@dataclass
class Account:
    """What someone may do, and how they sign in, at the moment of the restore."""

    is_superuser: bool
    password: str
    groups: list[int]
    factors: list[dict] = field(default_factory=list)


@dataclass
class Since:
    """What has happened to people and accounts since the backup."""

    erased: set[Key] = field(default_factory=set)
    without_sensitive: set[Key] = field(default_factory=set)
    closed: set[Key] = field(default_factory=set)
    accounts: dict[Key, Account] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write a file that names nobody and opens nothing, and that only its owner can read."""
        content = {
            "erased": sorted(self.erased),
            "without_sensitive": sorted(self.without_sensitive),
            "closed": sorted(self.closed),
        }
        unfinished = folder / f"{FILE}.part"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
        unfinished.replace(folder / FILE)

    def add(self, folder: Path) -> None:
        """Add what was saved earlier in ``folder``, if anything."""
        if not (folder / FILE).is_file():
            return
        content = json.loads((folder / FILE).read_text())
        self.erased |= {tuple(key) for key in content["erased"]}
        self.without_sensitive |= {tuple(key) for key in content["without_sensitive"]}
        self.closed |= {tuple(key) for key in content["closed"]}


def key_of(pk: int, at: datetime) -> Key:
    return pk, at.isoformat()


def so_far() -> Since:
    """Read it from the live database; return nothing where that has none of our tables.

    Raises ``DatabaseError`` if the database's version cannot be read.
    """
    if missing_tables(table_names()):
        return Since()
    registrations = list(
        Registration.objects.exclude(sensitive_erased_at=None).values_list(
            "pk", "received_at", "erased_at"
        )
    )
    users = list(get_user_model().objects.prefetch_related("groups"))
    factors = list(Authenticator.objects.values("user_id", "type", "data", "created_at"))
    return Since(
        erased={key_of(pk, at) for pk, at, erased_at in registrations if erased_at},
        without_sensitive={key_of(pk, at) for pk, at, _ in registrations},
        closed={key_of(user.pk, user.date_joined) for user in users if not user.is_active},
        accounts={
            key_of(user.pk, user.date_joined): Account(
                is_superuser=user.is_superuser,
                password=user.password,
                groups=[group.pk for group in user.groups.all()],
                factors=[each for each in factors if each["user_id"] == user.pk],
            )
            for user in users
        },
    )


def apply(since: Since, *, at: datetime) -> list[str]:
    """Make the restored data agree with ``since``; return what was done, in sentences."""
    erased = erase_again(since, at=at)
    closed = take_access_again(since)
    Session.objects.all().delete()
    return [
        f"Erased again, because they were erased since: {erased} registrations.",
        f"Closed again, because they were closed or removed since: {closed} accounts.",
        "Everyone signs in again.",
    ]


def erase_again(since: Since, *, at: datetime) -> int:
    certificate = ErasureCertificate(reason=Reason.AGAIN, started_at=at)
    whole = Registration.objects.filter(erased_at=None).select_related("occurrence", "page")
    done = 0
    for registration in retention.one_by_one(whole):
        key = key_of(registration.pk, registration.received_at)
        if key in since.erased:
            with transaction.atomic():
                # The holds in the backup have since been lifted.
                registration.holds.all().delete()
                done += retention.erase(registration, at=at, certificate=certificate)
        elif key in since.without_sensitive and registration.sensitive_erased_at is None:
            Registration.objects.filter(pk=registration.pk).update(
                sensitive_answers=[], sensitive_erased_at=at
            )
    certificate.finish(at=at)
    retention.truncate_log()
    return done


@transaction.atomic
def take_access_again(since: Since) -> int:
    """Close accounts and withdraw rights again; return how many accounts were closed.

    A database that has none of the restored accounts is new or another site's, and says nothing
    about them.
    """
    users = {
        key_of(user.pk, user.date_joined): user
        for user in get_user_model().objects.prefetch_related("groups")
    }
    is_this_site = not users.keys().isdisjoint(since.accounts)
    closed = 0
    for key, user in users.items():
        account = since.accounts.get(key)
        is_gone = key in since.closed or (is_this_site and account is None)
        if is_gone and user.is_active:
            user.is_active = False
            closed += 1
        if account is not None:
            restore_access(user, account)
        user.save()
    return closed


def restore_access(user, account: Account) -> None:
    """Let ``user`` sign in as today, with the rights of the backup they still have."""
    user.password = account.password
    user.is_superuser = user.is_superuser and account.is_superuser
    withdrawn = [group for group in user.groups.all() if group.pk not in account.groups]
    user.groups.remove(*withdrawn)
    Authenticator.objects.filter(user=user).delete()
    Authenticator.objects.bulk_create([Authenticator(**factor) for factor in account.factors])
