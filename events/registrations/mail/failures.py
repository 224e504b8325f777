"""Why a mail was not sent, in words that may be kept: a class and a code, never an address.

The texts of smtplib's and the mail services' errors quote recipients, so they are neither
logged nor stored, and no traceback of them is.
"""

import smtplib


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


class TookTooLong(TimeoutError):
    """The mail server took longer for one mail than it may take in all."""


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

    A refused login or sender is a fault of the configuration, which somebody will mend.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
        codes = codes_of(error)
        return bool(codes) and all(500 <= code < 600 for code in codes)
    # The error with which every backend of django-anymail reports a refused recipient.
    refused = {parent.__name__ for parent in type(error).__mro__} & {"AnymailRecipientsRefused"}
    return isinstance(error, MailFault) or bool(refused)
