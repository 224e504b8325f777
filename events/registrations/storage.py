"""What a database keeps of a row that is gone, and getting rid of it."""

import logging

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

WAIT_MILLISECONDS = 2000


def truncate_log() -> bool:
    """Empty SQLite's write-ahead log, which holds rows as they were; return whether it is empty.

    ``secure_delete`` overwrites what is deleted in the database file; the log beside it goes
    when nobody reads an older state any more. Waits two seconds for that; the next run of the
    due jobs tries again. Other databases need none of it: see docs/privacy/backups.md.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return connection.vendor != "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy = bool(cursor.fetchone()[0])
        except DatabaseError as error:
            logger.warning("the write-ahead log was not emptied: %s", type(error).__name__)
            is_busy = True
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual)}")
    return not is_busy
