"""Calls to other systems that cannot be led into a private network.

A name is resolved once, every address it has is looked at, and the very address that was looked
at is connected to: a name that means something else a moment later (DNS rebinding) changes nothing.
Redirects are not followed.
"""

import http.client
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from urllib.parse import urlsplit

from django.conf import settings

from ..mail.failures import MailFault

# IPv4 inside IPv6 (RFC 6052, RFC 3056, RFC 4380): a way round to addresses of the inside.
TRANSLATED = [ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32")]
SECONDS = 10.0
LARGEST_ANSWER = 4096


class AddressNotAllowed(MailFault):
    """The target is no longer configured, or its name leads into a private network."""


class TargetRefused(Exception):
    """The target answered with something else than success."""

    def __init__(self, status_code: int):
        super().__init__(status_code)
        self.status_code = status_code


def may_be_called(text: str) -> bool:
    """Whether an IP address is on the public internet, or in ``PREVENT_WEBHOOK_NETWORKS``."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    allowed = [ip_network(net) for net in getattr(settings, "PREVENT_WEBHOOK_NETWORKS", [])]
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
    """A connection to the IP address that was looked at, whatever the name means by now."""

    def __init__(self, host: str, port: int, *, address: str, tls: ssl.SSLContext | None):
        super().__init__(host, port, timeout=SECONDS)
        self.address = address
        self.tls = tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.tls is not None:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End whatever it is waiting for."""
        if self.sock is not None:
            self.sock.close()


def post(address: str, body: bytes, headers: dict[str, str]) -> int:
    """Send ``body`` to ``address`` within ten seconds and return the status of the answer.

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
    # Its timeout is for each read; a server that sends a byte now and then would never meet it.
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
