"""Actions as transactions: all of it or nothing, and again if the database asks for that."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, InternalError, OperationalError, connection, transaction

# The database is away, full or, as PostgreSQL says by the third of them, read-only for a while:
# nothing is wrong with what was asked of it.
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)

ATTEMPTS = 4
# PostgreSQL, appendix A: serialization_failure and deadlock_detected. Each says to try again.
TRY_AGAIN = {"40001", "40P01"}

P = ParamSpec("P")
R = TypeVar("R")


def in_one_transaction(action: Callable[P, R]) -> Callable[P, R]:
    """Run ``action`` in one transaction; anew if the database gave it up for the sake of another.

    Inside a transaction it is part of that one, which then is the one to be tried again.
    """

    @wraps(action)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        attempt = 0 if not connection.in_atomic_block else ATTEMPTS
        while True:
            attempt += 1
            try:
                with transaction.atomic():
                    return action(*args, **kwargs)
            except OperationalError as error:
                if attempt >= ATTEMPTS or sql_state(error) not in TRY_AGAIN:
                    raise

    return wrapper


def sql_state(error: OperationalError) -> str:
    """Return the five characters by which PostgreSQL names what is wrong; nothing on SQLite."""
    return getattr(error.__cause__, "sqlstate", None) or ""
