"""Encryption at rest for sensitive answers, which only safeguarding leads need to read."""

import json
import os
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.core.signals import setting_changed
from django.db import models

from prevent_content.conf import setting


class UndecryptableAnswers(Exception):
    """An answer was encrypted with a key that is no longer in ``FIELD_ENCRYPTION_KEYS``."""


def configured_keys() -> list[str]:
    """Return ``FIELD_ENCRYPTION_KEYS`` without blanks, newest first.

    If a site does not set it in ``PREVENT``, the environment variable of that name is used.
    """
    configured = setting("FIELD_ENCRYPTION_KEYS")
    if configured is None:
        configured = os.environ.get("FIELD_ENCRYPTION_KEYS", "").split(",")
    return [key.strip() for key in configured if key.strip()]


@cache
def ciphers() -> MultiFernet:
    """Return the ciphers of ``FIELD_ENCRYPTION_KEYS``: the first encrypts, all decrypt.

    Raises ``ImproperlyConfigured`` if there is no key, or one is not a Fernet key (32 bytes in
    URL-safe base64).
    """
    keys = configured_keys()
    if not keys:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS is missing, so sensitive answers cannot be saved or read. "
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


def forget_ciphers(**changed) -> None:
    if changed["setting"] == "PREVENT":
        ciphers.cache_clear()


setting_changed.connect(forget_ciphers)


class EncryptedTextField(models.TextField):
    """Text stored only as a Fernet token (AES-128-CBC with HMAC-SHA256).

    An empty value is stored as an empty string. Reading raises ``UndecryptableAnswers`` if no
    configured key fits; it never shows a blank instead.
    """

    def from_db_value(self, value, expression, connection):
        return decrypted(value) if value else ""

    def get_prep_value(self, value):
        return encrypted(value) if value else ""


class EncryptedJSONField(models.TextField):
    """A JSON list or object, stored like the text of an ``EncryptedTextField``."""

    def from_db_value(self, value, expression, connection):
        return json.loads(decrypted(value)) if value else []

    def to_python(self, value):
        return value if isinstance(value, list | dict) else json.loads(value or "[]")

    def get_prep_value(self, value):
        return encrypted(json.dumps(value, cls=DjangoJSONEncoder)) if value else ""


def encrypted(text: str) -> str:
    """Return ``text`` as a token of the newest key."""
    return ciphers().encrypt(text.encode()).decode()


def decrypted(token: str) -> str:
    """Return the text of ``token``. Raises ``UndecryptableAnswers`` if no key fits."""
    try:
        return ciphers().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UndecryptableAnswers(
            "A sensitive answer cannot be decrypted: the key that encrypted it is no longer "
            "in FIELD_ENCRYPTION_KEYS. Add that key behind the new ones."
        ) from error
