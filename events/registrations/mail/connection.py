"""A connection to the mail server that lasts for a batch of emails.

Python's socket timeout counts from byte to byte: a server that sends one byte a second can hold an
email for minutes. Here each step has a wall-clock limit, after which the socket is shut down and
the sender goes on.
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

from .retry_policy import ServerUnusable, codes_of


class TookTooLong(TimeoutError):
    """The mail server exceeded the time limit for one email."""


OK = 250
CLOSING = 421  # RFC 5321, section 3.8: the server is about to close the connection
QUIT_SECONDS = 2.0


class InterruptibleSMTP(smtplib.SMTP):
    """An SMTP session that exposes its socket before the server has spoken."""

    def __init__(self, *args, hold: Callable[[socket.socket], None], **kwargs):
        self.hold = hold
        super().__init__(*args, **kwargs)

    def connect(self, host="localhost", port=0, source_address=None):
        sock = socket.create_connection(
            (host, port or self.default_port), self.timeout, source_address or self.source_address
        )
        # A duplicate survives when the socket is replaced for TLS.
        self.hold(sock.dup())
        self.sock = self.secured(sock, host)
        self.file = None
        return self.getreply()

    def secured(self, sock: socket.socket, host: str) -> socket.socket:
        return sock


class InterruptibleSMTPOverTLS(InterruptibleSMTP, smtplib.SMTP_SSL):
    """The same with TLS from the first byte, so that the handshake counts towards the limit."""

    def secured(self, sock: socket.socket, host: str) -> socket.socket:
        return self.context.wrap_socket(sock, server_hostname=host)


class AbortableEmailBackend(EmailBackend):
    """Django's SMTP backend, with a connection that another thread can shut down at any time."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.handles: list[socket.socket] = []
        self.aborted = False

    @property
    def connection_class(self):
        return partial(
            InterruptibleSMTPOverTLS if self.use_ssl else InterruptibleSMTP, hold=self.hold
        )

    def hold(self, handle: socket.socket) -> None:
        self.handles.append(handle)
        if self.aborted:
            self.abort()

    def abort(self) -> None:
        """Shut the connection down, now or as soon as it is made."""
        self.aborted = True
        for handle in self.handles:
            try:
                handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # Already shut down.

    def close_handles(self) -> None:
        """Close the duplicated sockets."""
        while self.handles:
            self.handles.pop().close()


def abortable_backend() -> BaseEmailBackend:
    """Return the backend of ``EMAIL_BACKEND``; for Django's SMTP, the abortable one above."""
    backend = get_connection()
    return AbortableEmailBackend() if type(backend) is EmailBackend else backend


def run_within(seconds: float, call: Callable[[], object], *, abort: Callable[[], None]) -> object:
    """Return the result of ``call``, or raise its exception.

    Raises ``TookTooLong`` after ``seconds`` of wall-clock time: it calls ``abort`` and leaves the
    thread running ``call`` to end by itself.
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
    """One connection for a batch of emails: opened for the first, and reopened once closed."""

    def __init__(self, *, limit: float):
        self.limit = limit
        self.backend: BaseEmailBackend | None = None

    def send(self, message: EmailMessage) -> None:
        """Send ``message`` within the limit, including opening.

        Raises ``ServerUnusable`` if there is no connection, else what the backend raises. The
        connection is dropped unless the server gave an SMTP reply.
        """
        deadline = time.monotonic() + self.limit
        try:
            if self.backend is not None and not self.is_alive(deadline - time.monotonic()):
                self.drop()
            if self.backend is None:
                self.open()
            backend = self.backend
            message.connection = backend
            self.step(deadline - time.monotonic(), lambda: backend.send_messages([message]))
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            if CLOSING in codes_of(error):
                self.drop()
            raise
        except BaseException:
            self.drop()
            raise

    def is_alive(self, seconds: float) -> bool:
        """Whether the server still answers on the open connection.

        Many close it after a number of messages. Asking first is safer than retrying: a message
        handed over may have been accepted.
        """
        session = getattr(self.backend, "connection", None)
        if not isinstance(session, smtplib.SMTP):
            return True
        try:
            return self.step(seconds, lambda: session.noop()[0]) == OK
        except (OSError, smtplib.SMTPException):
            return False

    def open(self) -> None:
        self.backend = abortable_backend()
        try:
            self.step(self.limit, self.backend.open)
        except Exception as error:
            raise ServerUnusable from error

    def step(self, seconds: float, call: Callable[[], object]) -> object:
        if seconds <= 0:
            raise TookTooLong
        return run_within(seconds, call, abort=self.abort)

    def abort(self) -> None:
        if isinstance(self.backend, AbortableEmailBackend):
            self.backend.abort()

    def drop(self) -> None:
        """Drop the connection without a QUIT: the server may no longer be listening."""
        self.abort()
        if isinstance(self.backend, AbortableEmailBackend):
            self.backend.close_handles()
        self.backend = None

    def close(self) -> None:
        """Send QUIT. The answer does not matter: every outcome is already recorded."""
        if self.backend is None:
            return
        try:
            run_within(QUIT_SECONDS, self.backend.close, abort=self.abort)
        except (OSError, smtplib.SMTPException):
            self.abort()
        finally:
            self.drop()
