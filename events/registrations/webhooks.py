"""Webhooks: the targets of WEBHOOKS, sent separately from email.

A call cannot be led into a private network: a name is resolved once, every address is checked, and
the connection uses the address that was checked. Redirects are not followed.
"""

import hmac
import http.client
import json
import logging
import socket
import ssl
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from urllib.parse import urlsplit

from django.db import connections, transaction
from django.utils import timezone

from prevent_content.conf import setting

from . import outbox
from .database import UNAVAILABLE
from .mail.retry_policy import MailFault, describe
from .models import WebhookDelivery


@dataclass(frozen=True, slots=True)
class Target:
    """An address that is notified of changes, and the secret that signs its messages."""

    address: str
    secret: str

    def signature(self, message: str, timestamp: int, body: bytes) -> str:
        """Return the signature of a message according to Standard Webhooks (version 1)."""
        signed = f"{message}.{timestamp}.".encode() + body
        digest = hmac.new(key_of(self.secret), signed, sha256).digest()
        return f"v1,{b64encode(digest).decode()}"


PREFIX = "whsec_"
KEY_BYTES = range(24, 65)


def key_of(secret: str) -> bytes:
    """Return the key of a secret in Standard Webhooks format: ``whsec_`` and base64.

    Raises ``ValueError`` unless it has 24 to 64 bytes.
    """
    if not secret.startswith(PREFIX):
        raise ValueError("no whsec_")
    key = b64decode(secret.removeprefix(PREFIX), validate=True)
    if len(key) not in KEY_BYTES:
        raise ValueError("too short or too long")
    return key


def targets() -> list[Target]:
    """Return the configured targets; none by default."""
    configured = setting("WEBHOOKS")
    return [Target(target["url"], target["secret"]) for target in configured]


def target_of(address: str) -> Target | None:
    """Return the target at ``address``, if it is still configured."""
    return next((target for target in targets() if target.address == address), None)


# IPv4 inside IPv6 (RFC 6052, RFC 3056, RFC 4380), a way round to internal addresses.
TRANSLATED = [ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32")]
SECONDS = 10.0
LARGEST_ANSWER = 4096


class AddressNotAllowed(MailFault):
    """The target is no longer configured, or its name leads into a private network."""


class TargetRefused(Exception):
    """The target did not answer with success."""

    def __init__(self, status_code: int):
        super().__init__(status_code)
        self.status_code = status_code


def may_be_called(text: str) -> bool:
    """Whether an IP address is on the public internet, or in ``WEBHOOK_NETWORKS``."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    allowed = [ip_network(net) for net in setting("WEBHOOK_NETWORKS")]
    if any(address in net for net in allowed):
        return True
    if any(address in net for net in TRANSLATED):
        return False
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int) -> str:
    """Return an IP address of ``host`` that may be called.

    Raises ``AddressNotAllowed`` if it has one that may not, and ``OSError`` if it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(may_be_called, addresses)):
        raise AddressNotAllowed
    return addresses[0]


class PinnedConnection(http.client.HTTPConnection):
    """A connection to the checked IP address, whatever the name now resolves to."""

    def __init__(self, host: str, port: int, *, address: str, tls: ssl.SSLContext | None):
        super().__init__(host, port, timeout=SECONDS)
        self.address = address
        self.tls = tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.tls is not None:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """Interrupt whatever it is waiting for."""
        if self.sock is not None:
            self.sock.close()


def post(address: str, body: bytes, headers: dict[str, str]) -> int:
    """Send ``body`` to ``address`` within ten seconds and return the response status.

    Raises ``AddressNotAllowed``, ``OSError`` or ``http.client.HTTPException``.
    """
    parts = urlsplit(address)
    is_encrypted = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_encrypted else 80)
    connection = PinnedConnection(
        host,
        port,
        address=resolve(host, port),
        tls=ssl.create_default_context() if is_encrypted else None,
    )
    # Its timeout is per read; a server that sends a byte now and then would never reach it.
    limit = Timer(SECONDS, connection.cut)
    limit.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        response.read(LARGEST_ANSWER)
        return response.status
    finally:
        limit.cancel()
        connection.close()


logger = logging.getLogger(__name__)

State = WebhookDelivery.State
BATCH = 5
KEEP_LOG = timedelta(days=30)


def claim(*, at: datetime, stranded: bool = False) -> list[WebhookDelivery]:
    """Lease due webhooks to this caller, in the same way as emails."""
    with transaction.atomic():
        token = outbox.lease(WebhookDelivery.objects, at=at, limit=BATCH, stranded=stranded)
    if token is None:
        return []
    return list(WebhookDelivery.objects.filter(lease_token=token).order_by("due_at", "id"))


def send_due(
    *,
    now: Callable[[], datetime] = timezone.now,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[WebhookDelivery, bool]]:
    """Send all that is due; yield each row tried and whether it was sent."""
    for stranded in (False, True):
        while not stop() and (batch := claim(at=now(), stranded=stranded)):
            leased_for = time.monotonic() + outbox.LEASE.total_seconds()
            for position, row in enumerate(batch):
                if stop() or time.monotonic() + 2 * SECONDS > leased_for:
                    outbox.release(batch[position:])
                    break
                yield row, deliver(row, now=now)


def deliver(row: WebhookDelivery, *, now: Callable[[], datetime]) -> bool:
    """Send one leased row and record the result; return whether it was sent."""
    try:
        send(row, at=now())
    except (AddressNotAllowed, TargetRefused, OSError, HTTPException, ValueError) as error:
        record_failure(row, error, at=now())
        return False
    outbox.record(row, state=State.SENT, sent_at=now(), last_error="")
    return True


def send(row: WebhookDelivery, *, at: datetime) -> None:
    """Call the row's target; raise unless it answers with success."""
    target = target_of(row.address)
    if target is None:
        raise AddressNotAllowed
    body = json.dumps(row.content, separators=(",", ":")).encode()
    message, timestamp = str(row.message), int(at.timestamp())
    status = post(
        target.address,
        body,
        {
            "Content-Type": "application/json",
            "User-Agent": "prevent-roundtables",
            "Webhook-Id": message,
            "Webhook-Timestamp": str(timestamp),
            "Webhook-Signature": target.signature(message, timestamp, body),
        },
    )
    if not 200 <= status < 300:
        raise TargetRefused(status)


def record_failure(row: WebhookDelivery, error: Exception, *, at: datetime) -> None:
    """Record that ``row`` was not sent: to be retried, or given up like emails."""
    state, due_at = outbox.next_try(row, error, at=at)
    outbox.record(row, state=state, due_at=due_at, last_error=describe(error))
    level = logging.ERROR if state == State.ABANDONED else logging.WARNING
    logger.log(level, "webhook %s %s: %s", row.pk, state, describe(error))


def forget_old(*, at: datetime) -> int:
    """Delete rows sent or given up long ago; return how many."""
    done = WebhookDelivery.objects.filter(state__in=[State.SENT, State.ABANDONED])
    return done.filter(created_at__lt=at - KEEP_LOG).delete()[0]


class WebhookThread(threading.Thread):
    """Sends webhooks beside the worker that sends email, for as long as that lives."""

    def __init__(self, *, every_seconds: float):
        super().__init__(daemon=True, name="webhooks")
        self.every_seconds = every_seconds
        self.stopping = threading.Event()

    def stop(self) -> None:
        self.stopping.set()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                for _ in send_due(stop=self.stopping.is_set):
                    continue
            except UNAVAILABLE as error:
                logger.warning("webhooks cannot be read: %s", type(error).__name__)
            connections.close_all()
            self.stopping.wait(self.every_seconds)
