"""A filter for every handler of the log. It is set on handlers because a filter on a logger
does not see what other loggers pass on to it."""

import logging

from .masking import masked, report_of


class PersonalDataFilter(logging.Filter):
    """Mask the message and the traceback of every record, and drop the request that is on it.

    The record is changed in place: handlers that come later get the masked one too.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = masked(whole_message(record))
        record.args = None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = report_of(record.exc_info[1], record.exc_info[2])
        elif record.exc_text:
            record.exc_text = masked(record.exc_text)
        record.exc_info = None
        # Set by Django for its own handlers; a formatter that writes all extras would quote it.
        record.__dict__.pop("request", None)
        return True


def whole_message(record: logging.LogRecord) -> str:
    """Return the message of ``record``; a record whose arguments do not fit loses them."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


MASK = {"()": f"{__name__}.PersonalDataFilter"}
