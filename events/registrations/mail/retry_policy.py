"""When and for how long an email is retried, and which faults no retry will fix.

Messages of smtplib's and mail services' errors quote recipients, so neither they nor their
tracebacks are logged or stored; only a class and a code are.
"""

import random
import smtplib
from datetime import timedelta

# The first retry, and the longest wait between two: each wait is twice the one before.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
# The random part of a wait, so that emails do not all come back at once.
JITTER = 0.2
GIVE_UP_AFTER = timedelta(hours=72)


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after ``attempts`` failures: doubling from 1 minute to 1 hour.

    Up to ``JITTER`` of it is random.
    """
    delay = min(FIRST_RETRY * (1 + JITTER) * 2 ** min(max(attempts, 1) - 1, 10), LONGEST_RETRY)
    spread = random.random() * JITTER  # noqa: S311 - spreads load, hides nothing
    return max(FIRST_RETRY, delay * (1 - spread))


def is_final(error: Exception, *, age: timedelta) -> bool:
    """Whether an email of this ``age`` is not tried again after ``error``."""
    return is_permanent(error) or age > GIVE_UP_AFTER


class ServerUnusable(Exception):
    """The mail server cannot be used for any email. ``__cause__`` says why."""


class MailFault(Exception):
    """A fault that no retry will fix; the class's name is shown."""


class RecipientNotAllowed(MailFault):
    """Registrations may not be sent to the recipient's domain."""


class RegistrationErased(MailFault):
    """The registration the email was about has been erased."""


class NothingToSay(MailFault):
    """Everything the digest was about has been erased."""


def codes_of(error: BaseException) -> list[int]:
    """Return the SMTP replies, or a mail service's HTTP status, in ``error``."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return sorted({code for code, _ in error.recipients.values()})
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    status = getattr(error, "status_code", None)
    return [status] if isinstance(status, int) else []


def describe(error: BaseException) -> str:
    """Return the error's class and codes, like ``SMTPDataError 451``."""
    if isinstance(error, ServerUnusable) and error.__cause__:
        error = error.__cause__
    return " ".join([type(error).__name__, *map(str, codes_of(error))])[:120]


def is_permanent(error: BaseException) -> bool:
    """Whether this email will never be accepted: a 5xx reply to its recipient or content.

    A refused login or sender is a configuration fault, which someone will fix.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
        codes = codes_of(error)
        return bool(codes) and all(500 <= code < 600 for code in codes)
    # The error that every django-anymail backend raises for a refused recipient.
    refused = {parent.__name__ for parent in type(error).__mro__} & {"AnymailRecipientsRefused"}
    return isinstance(error, MailFault) or bool(refused)
