"""Answers between two pages of a public form, unreadable without the second one's address."""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.fernet import Fernet
from django.db import models

# As long as the form itself, so that nobody is hurried (WCAG 2.2, success criterion 2.2.1).
LIFETIME = timedelta(hours=24)
# More than any form holds; anything longer is answered at once and not stored.
LONGEST = 100_000


@dataclass
class AnswersSoFar:
    """What was sent, its errors by field name, and their status.

    ``received`` is the token of the confirmation, once the form has been submitted.
    """

    sent: list[tuple[str, str]] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    status: int = 200
    received: str = ""


class FormAnswers(models.Model):
    """One form's answers. Their name and key are derived from a token that is not stored.

    A copy of the database therefore reveals nothing: without the token, none of it can be read.
    """

    key = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"answers until {self.expires_at:%Y-%m-%d %H:%M}"

    @classmethod
    def store(cls, answers: AnswersSoFar, *, at: datetime, token: str = "") -> str:
        """Store ``answers``, replacing those of ``token``; return the token to read them with.

        Nothing longer than any form is stored; the token is then empty.
        """
        text = json.dumps(asdict(answers)).encode()
        if len(text) > LONGEST:
            return ""
        is_new = not token
        token = token or secrets.token_urlsafe(32)
        row = cls(
            key=digest("name", token).hex(),
            content=cipher(token).encrypt(text),
            expires_at=at + LIFETIME,
        )
        row.save(force_insert=is_new, force_update=not is_new)
        return token

    @classmethod
    def read(cls, token: str, *, at: datetime) -> AnswersSoFar | None:
        """Return the answers of ``token``, or None if there are none or they have expired."""
        row = cls.objects.filter(key=digest("name", token).hex(), expires_at__gt=at).first()
        if row is None:
            return None
        return AnswersSoFar(**json.loads(cipher(token).decrypt(bytes(row.content))))


def digest(purpose: str, token: str) -> bytes:
    return sha256(f"{purpose}:{token}".encode(errors="replace")).digest()


def cipher(token: str) -> Fernet:
    return Fernet(urlsafe_b64encode(digest("key", token)))
