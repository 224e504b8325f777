"""What each line of the log says: when, which logger, and the name of the request behind it."""

import logging
from contextvars import ContextVar

from django.core.signals import request_finished
from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Put the name of the request into each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def json_formatter() -> JsonFormatter:
    """Return the formatter of a line of JSON, with the time's distance from UTC."""
    return JsonFormatter(
        "{asctime}{levelname}{name}{message}{request_id}",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        style="{",
        rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
    )


def forget_request(**kwargs) -> None:
    request_id.set("-")


# Django writes of refused requests after all middleware has returned.
request_finished.connect(forget_request)
