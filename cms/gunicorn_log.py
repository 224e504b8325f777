"""Gunicorn's own log, of errors and of accesses: it passes by Django's settings."""

import os

from gunicorn.glogging import Logger

from events.registrations.redaction import PersonalDataFilter

from .log import RequestIdFilter, json_formatter


class MaskingLogger(Logger):
    """Gunicorn's logger, with personal data masked in every line."""

    def setup(self, cfg) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            for handler in logger.handlers:
                handler.addFilter(PersonalDataFilter())


class JsonLogger(MaskingLogger):
    """The same, in the shape of the site's own lines, unless ``LOG_FORMAT`` is ``line``."""

    def setup(self, cfg) -> None:
        super().setup(cfg)
        if os.environ.get("LOG_FORMAT") == "line":
            return
        for logger in (self.error_log, self.access_log):
            for handler in logger.handlers:
                handler.setFormatter(json_formatter())
                handler.addFilter(RequestIdFilter())
