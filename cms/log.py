"""The contents of each log line, Gunicorn's included: time, logger and request."""

import logging
import os
from contextvars import ContextVar

from django.core.signals import request_finished
from gunicorn.glogging import Logger
from pythonjsonlogger.json import JsonFormatter

from events.registrations.redaction import PersonalDataFilter

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Put the request's identifier into each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def json_formatter() -> JsonFormatter:
    """Return the formatter for JSON lines, whose times include the offset from UTC."""
    return JsonFormatter(
        "{asctime}{levelname}{name}{message}{request_id}",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        style="{",
        rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
    )


class MaskingLogger(Logger):
    """Gunicorn's own error and access log, masked because it bypasses Django's settings."""

    def setup(self, cfg) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            for handler in logger.handlers:
                handler.addFilter(PersonalDataFilter())


class JsonLogger(MaskingLogger):
    """The same, in the JSON of the site's own lines, unless ``LOG_FORMAT`` is ``line``."""

    def setup(self, cfg) -> None:
        super().setup(cfg)
        if os.environ.get("LOG_FORMAT") == "line":
            return
        for logger in (self.error_log, self.access_log):
            for handler in logger.handlers:
                handler.setFormatter(json_formatter())
                handler.addFilter(RequestIdFilter())


def forget_request(**kwargs) -> None:
    request_id.set("-")


# Django logs refused requests after all middleware has returned.
request_finished.connect(forget_request)
