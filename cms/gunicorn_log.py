"""Gunicorn's own log, of errors and of accesses: it passes by Django's settings."""

from gunicorn.glogging import Logger

from events.registrations.redaction import PersonalDataFilter


class MaskingLogger(Logger):
    """Gunicorn's logger, with personal data masked in every line."""

    def setup(self, cfg) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            for handler in logger.handlers:
                handler.addFilter(PersonalDataFilter())
