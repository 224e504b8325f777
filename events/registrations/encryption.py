"""Encryption at rest for answers that are nobody's business but the safeguarding lead's."""

import json
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.core.signals import setting_changed
from django.db import models


class UndecryptableAnswers(Exception):
    """An answer was encrypted with a key that ``FIELD_ENCRYPTION_KEYS`` no longer holds."""


@cache
def ciphers() -> MultiFernet:
    """Return the ciphers of ``FIELD_ENCRYPTION_KEYS``: the first encrypts, all decrypt.

    Raises ``ImproperlyConfigured`` if there is no key, or one is not a Fernet key (32 bytes in
    URL-safe base64).
    """
    configured = getattr(settings, "FIELD_ENCRYPTION_KEYS", [])
    keys = [key.strip() for key in configured if key.strip()]
    if not keys:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS is missing, so sensitive answers cannot be kept or read. "
            "Set it to a Fernet key, such as `openssl rand -base64 32 | tr +/ -_` prints; put a "
            "new key in front of the old ones, separated by commas."
        )
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS holds something that is not a Fernet key (32 bytes in "
            "URL-safe base64), such as `openssl rand -base64 32 | tr +/ -_` prints."
        ) from error


def forget_ciphers(*, setting: str, **kwargs) -> None:
    if setting == "FIELD_ENCRYPTION_KEYS":
        ciphers.cache_clear()


setting_changed.connect(forget_ciphers)


class EncryptedJSONField(models.TextField):
    """JSON that the database only ever holds as a Fernet token (AES-128-CBC with HMAC-SHA256).

    An empty value is kept as an empty string. Reading raises ``UndecryptableAnswers`` when no
    configured key fits; it never shows a blank instead.
    """

    def from_db_value(self, value, expression, connection):
        if not value:
            return []
        try:
            return json.loads(ciphers().decrypt(value.encode()))
        except InvalidToken as error:
            raise UndecryptableAnswers(
                "A sensitive answer cannot be decrypted: the key that encrypted it is no longer "
                "in FIELD_ENCRYPTION_KEYS. Add that key behind the new ones."
            ) from error

    def to_python(self, value):
        return value if isinstance(value, list | dict) else json.loads(value or "[]")

    def get_prep_value(self, value):
        if not value:
            return ""
        return ciphers().encrypt(json.dumps(value, cls=DjangoJSONEncoder).encode()).decode()
