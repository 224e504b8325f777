"""A connection to the mail server that lasts for a batch, and why a mail was not sent.

Python's socket timeout counts from byte to byte: a server that sends one byte a second holds a
mail for minutes without breaking it. Here each step has a limit by the wall clock; when that
has passed, the socket is shut and the sender goes on.

The texts of smtplib's and the mail services' errors quote recipients, so they are neither
logged nor stored, and no traceback of them is: what is kept is a class and a code.
"""

import smtplib
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend


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


CLOSING = 421  # RFC 5321, section 3.8: the server is about to close the connection
GOODBYE_SECONDS = 2.0


class HeldSMTP(smtplib.SMTP):
    """An SMTP session that hands out a handle on its socket before the server has spoken."""

    def __init__(self, *args, hold: Callable[[socket.socket], None], **kwargs):
        self.hold = hold
        super().__init__(*args, **kwargs)

    def connect(self, host="localhost", port=0, source_address=None):
        sock = socket.create_connection(
            (host, port or self.default_port), self.timeout, source_address or self.source_address
        )
        # A duplicate survives the exchange of the socket for a TLS one.
        self.hold(sock.dup())
        self.sock = self.secured(sock, host)
        self.file = None
        return self.getreply()

    def secured(self, sock: socket.socket, host: str) -> socket.socket:
        return sock


class HeldSMTPOverTLS(HeldSMTP, smtplib.SMTP_SSL):
    """The same with TLS from the first byte: its handshake is within the limit too."""

    def secured(self, sock: socket.socket, host: str) -> socket.socket:
        return self.context.wrap_socket(sock, server_hostname=host)


class AbortableEmailBackend(EmailBackend):
    """Django's SMTP backend, whose connection another thread can cut at any time."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.handles: list[socket.socket] = []
        self.aborted = False

    @property
    def connection_class(self):
        return partial(HeldSMTPOverTLS if self.use_ssl else HeldSMTP, hold=self.hold)

    def hold(self, handle: socket.socket) -> None:
        self.handles.append(handle)
        if self.aborted:
            self.abort()

    def abort(self) -> None:
        """Cut the connection, now and whenever it comes about later."""
        self.aborted = True
        for handle in self.handles:
            try:
                handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # It is cut already.

    def forget(self) -> None:
        """Give the handles back to the system."""
        while self.handles:
            self.handles.pop().close()


def abortable_backend() -> BaseEmailBackend:
    """Return the backend of ``EMAIL_BACKEND``; Django's for SMTP in the shape above."""
    backend = get_connection()
    return AbortableEmailBackend() if type(backend) is EmailBackend else backend


def within(seconds: float, call: Callable[[], object], *, abort: Callable[[], None]) -> object:
    """Return what ``call`` returns, or raise what it raises.

    Raises ``TookTooLong`` after ``seconds`` by the wall clock: ``abort`` is called, and the
    thread that ``call`` runs in is left to end by itself.
    """
    outcome: list[tuple[object, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True, name="mail")
    thread.start()
    thread.join(seconds)
    if not outcome:
        abort()
        raise TookTooLong
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


class BatchConnection:
    """One connection for a batch of mails: opened at the first, opened anew after a failure."""

    def __init__(self, *, limit: float):
        self.limit = limit
        self.backend: BaseEmailBackend | None = None

    def send(self, message: EmailMessage) -> None:
        """Send ``message`` within the limit, opening included.

        Raises ``ServerUnusable`` when no connection can be had, else what the backend raises.
        Unless the server has answered in good order, the connection is then cut.
        """
        deadline = time.monotonic() + self.limit
        try:
            if self.backend is None:
                self.open()
            backend = self.backend
            message.connection = backend
            self.step(deadline - time.monotonic(), lambda: backend.send_messages([message]))
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            if CLOSING in codes_of(error):
                self.cut()
            raise
        except BaseException:
            self.cut()
            raise

    def open(self) -> None:
        self.backend = abortable_backend()
        try:
            self.step(self.limit, self.backend.open)
        except Exception as error:
            raise ServerUnusable from error

    def step(self, seconds: float, call: Callable[[], object]) -> object:
        if seconds <= 0:
            raise TookTooLong
        return within(seconds, call, abort=self.abort)

    def abort(self) -> None:
        if isinstance(self.backend, AbortableEmailBackend):
            self.backend.abort()

    def cut(self) -> None:
        """Drop the connection without a word: the server may no longer be listening."""
        self.abort()
        if isinstance(self.backend, AbortableEmailBackend):
            self.backend.forget()
        self.backend = None

    def close(self) -> None:
        """Take leave of the server. However it answers, everything has been recorded by now."""
        if self.backend is None:
            return
        try:
            within(GOODBYE_SECONDS, self.backend.close, abort=self.abort)
        except (OSError, smtplib.SMTPException):
            self.abort()
        finally:
            self.cut()
