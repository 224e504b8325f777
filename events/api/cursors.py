"""Where a list of dates goes on: after a date, not after a number of dates.

A page is found by an index however far it is down the list, and nothing comes twice or is passed
over when dates are added meanwhile.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

CURSOR = r"^[A-Za-z0-9_-]{4,40}$"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(rb"(-?[0-9]{1,17})\.([0-9]{1,15})", re.ASCII)


class CursorError(ValueError):
    """A cursor that was not given out by this API."""


def write(starts_at: datetime, key: int) -> str:
    """Return the cursor after the row ``key`` that starts at ``starts_at``."""
    microseconds = (starts_at - EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(f"{microseconds}.{key}".encode()).decode().rstrip("=")


def read(cursor: str) -> tuple[datetime, int]:
    """Return the start and the key that ``cursor`` was written for; raise ``CursorError``."""
    try:
        written = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as error:
        raise CursorError from error
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise CursorError
    try:
        return EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError as error:
        raise CursorError from error
