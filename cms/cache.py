"""A cache in Redis that may go away: the site is slower then, and serves on."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def forgiving(name: str, answer: Any) -> Callable:
    """Return the method ``name``, which answers as an empty cache would while there is none."""
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
    """Django's cache in Redis, whose faults are lines of the log.

    ``add`` says that it did not: what must happen once only, such as a code that signs somebody
    in, does not happen while nobody can tell whether it did.
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
        """Raise ``ValueError``, as for a key that is not there, while there is no cache."""
        try:
            return super().incr(key, delta, version)
        except RedisError as error:
            logger.error("the cache does not answer: %s", type(error).__name__)
            raise ValueError(f"Key '{key}' not found") from error
