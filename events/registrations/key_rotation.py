"""Re-encrypting with the newest key, while the site keeps serving.

No state is kept between runs: a value that the newest key opens is done. A killed run is simply run
again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

from .encryption import EncryptedJSONField, EncryptedTextField, ciphers, configured_keys

BATCH = 200


@dataclass(slots=True)
class Rotation:
    """The result for one column.

    ``changed`` were changed by someone else meanwhile, which encrypted them with the newest key.
    ``unreadable`` holds the keys of rows that no configured key opens.
    """

    column: str
    total: int
    current: int = 0
    rotated: int = 0
    changed: int = 0
    unreadable: list[int] | None = None

    @property
    def seen(self) -> int:
        return self.current + self.rotated + self.changed + len(self.unreadable or [])


def encrypted_columns() -> list[tuple[type[models.Model], models.Field]]:
    """Return every encrypted field of every installed model."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField | EncryptedJSONField)
    ]


def rotate(model: type[models.Model], field: models.Field, *, apply: bool) -> Iterator[Rotation]:
    """Encrypt the column's values with the newest key; yield it after every batch.

    Without ``apply`` nothing is written: ``rotated`` then counts what an older key encrypted.
    """
    newest = Fernet(configured_keys()[0])
    rows = (
        model._base_manager.exclude(**{f"{field.attname}__exact": ""})
        .annotate(token=Cast(field.attname, models.TextField()))
        .order_by("pk")
    )
    done = Rotation(f"{model._meta.label}.{field.name}", total=rows.count(), unreadable=[])
    last = 0
    while batch := list(rows.filter(pk__gt=last).values_list("pk", "token")[:BATCH]):
        for pk, token in batch:
            rotate_one(rows, field, pk, token, newest, done, apply=apply)
        last = batch[-1][0]
        yield done
    if not last:
        yield done


def rotate_one(
    rows,
    field: models.Field,
    pk: int,
    token: str,
    newest: Fernet,
    done: Rotation,
    *,
    apply: bool,
) -> None:
    if opens(newest, token):
        done.current += 1
        return
    try:
        again = ciphers().rotate(token.encode()).decode()
    except InvalidToken:
        done.unreadable.append(pk)
        return
    if not apply:
        done.rotated += 1
        return
    # Only if the value is unchanged: a change or an erasure meanwhile takes precedence.
    value = models.Value(again, output_field=models.TextField())
    rotated = rows.filter(pk=pk, token=token).update(**{field.attname: value})
    done.rotated += rotated
    done.changed += not rotated


def opens(cipher: Fernet, token: str) -> bool:
    try:
        cipher.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
