"""The site's own cache and mail backends, for Django's settings.

The site keeps serving, more slowly, when the cache in Redis goes away. On a developer's machine
each email becomes one ``.eml`` file in ``EMAIL_FILE_PATH``.
"""

import logging
import os
import secrets
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache.backends.redis import RedisCache
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def forgiving(name: str, answer: Any) -> Callable:
    """Return the method ``name``, which behaves like an empty cache while Redis is away."""
    method = getattr(RedisCache, name)

    @wraps(method)
    def call(self, *arguments, **options):
        try:
            return method(self, *arguments, **options)
        except RedisError as error:
            logger.error("the cache does not answer: %s", type(error).__name__)
            return answer

    return call


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, which logs faults instead of raising them.

    ``add`` then returns ``False``: what must happen only once, such as using a sign-in code, does
    not happen while nobody can know whether it already has.
    """

    set = forgiving("set", None)
    add = forgiving("add", False)
    touch = forgiving("touch", False)
    delete = forgiving("delete", False)
    has_key = forgiving("has_key", False)
    set_many = forgiving("set_many", [])
    get_many = forgiving("get_many", {})
    delete_many = forgiving("delete_many", None)
    clear = forgiving("clear", False)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            logger.error("the cache does not answer: %s", type(error).__name__)
            return default

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raise ``ValueError`` while there is no cache, as for a missing key."""
        try:
            return super().incr(key, delta, version)
        except RedisError as error:
            logger.error("the cache does not answer: %s", type(error).__name__)
            raise ValueError(f"Key '{key}' not found") from error


class EmlFileBackend(BaseEmailBackend):
    """Write each message to its own file; a reader never sees half a message."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write ``email_messages`` and return how many were written.

        Raises ``OSError`` if the folder cannot be written to, like a mail server that refuses.
        """
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%d-%H%M%S-%f}-{secrets.token_hex(4)}.eml"
            unfinished = folder / f".{name}.part"
            unfinished.write_bytes(message.message().as_bytes(linesep="\r\n"))
            os.replace(unfinished, folder / name)
        return len(email_messages)
