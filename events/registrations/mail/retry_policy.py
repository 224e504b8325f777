"""When an email is tried again, how long for, and which faults no retry will mend.

The texts of smtplib's and the mail services' errors quote recipients, so they are neither logged
nor stored, and no traceback of them is: what is stored is a class and a code.
"""

import random
import smtplib
from datetime import timedelta

# The first retry, and the longest wait between two: each wait is twice the one before.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
# How much of a wait is left to chance, so that emails do not all come back at once.
JITTER = 0.2
GIVE_UP_AFTER = timedelta(hours=72)


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after ``attempts`` failures: doubling from 1 minute to 1 hour.

    Up to ``JITTER`` of it is left to chance.
    """
    delay = min(FIRST_RETRY * (1 + JITTER) * 2 ** min(max(attempts, 1) - 1, 10), LONGEST_RETRY)
    spread = random.random() * JITTER  # noqa: S311 - spreads load, hides nothing
    return max(FIRST_RETRY, delay * (1 - spread))


def is_final(error: Exception, *, age: timedelta) -> bool:
    """Whether an email of this ``age`` is not tried again after ``error``."""
    return is_permanent(error) or age > GIVE_UP_AFTER


class ServerUnusable(Exception):
    """The mail server cannot be used at all, whatever the mail. ``__cause__`` says why."""


class MailFault(Exception):
    """A fault that no other attempt will mend; the class's name is what is shown."""


class RecipientNotAllowed(MailFault):
    """The domain of the recipient is not among those that registrations may be sent to."""


class RegistrationErased(MailFault):
    """The registration that the mail was about has been erased."""


class NothingToSay(MailFault):
    """Everything that the digest was about has been erased."""


def codes_of(error: BaseException) -> list[int]:
    """Return the SMTP replies, or the HTTP status of a mail service, that ``error`` is about."""
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
    """Whether this very mail will never be taken: a 5xx reply to its recipient or its content.

    A refused login or sender is a fault of the configuration, which someone will mend.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
        codes = codes_of(error)
        return bool(codes) and all(500 <= code < 600 for code in codes)
    # The error with which every backend of django-anymail reports a refused recipient.
    refused = {parent.__name__ for parent in type(error).__mro__} & {"AnymailRecipientsRefused"}
    return isinstance(error, MailFault) or bool(refused)
