"""A mail server on 127.0.0.1 that accepts email, or fails in a chosen way."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

MOODS = (
    "well",  # accepts everything
    "silent",  # accepts the connection and says nothing
    "dripping",  # sends a byte now and then, for as long as someone listens
    "greylisting",  # 451 to every recipient
    "refusing_one",  # 550 to recipients whose name begins with "nobody"
    "refusing_content",  # 554 after DATA
    "refusing_sender",  # 530 to every sender
    "dropping",  # reads the email, and hangs up before it says 250
    "unavailable",  # 421 instead of a greeting
    "closing",  # accepts one email, and hangs up after its 250
)


@dataclass
class MailServer:
    """A server on its own port; ``mood`` can be changed while it runs.

    Whatever its mood, it refuses recipients whose name begins with ``never_takes``, if set.
    ``taken`` holds what it promised to deliver, ``read`` everything it received in full.
    """

    mood: str = "well"
    drip_seconds: float = 0.1
    never_takes: str = ""
    port: int = 0
    taken: list[Message] = field(default_factory=list)
    read: list[Message] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> "MailServer":
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=50)
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        self.closing = False
        threading.Thread(target=self.listen, daemon=True).start()
        return self

    def __exit__(self, *exception) -> None:
        self.closing = True
        for sock in (self.listener, *self.open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    @property
    def message_ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.taken]

    def listen(self) -> None:
        while not self.closing:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(sock)
            threading.Thread(target=self.talk, args=[sock], daemon=True).start()

    def talk(self, sock: socket.socket) -> None:
        # The other side, or the test, may close it at any time.
        with suppress(OSError, ValueError), sock, sock.makefile("rb") as lines:
            Session(self, sock, lines).run()


class Session:
    """One connection: the reply to each command depends on the server's current mood."""

    def __init__(self, server: MailServer, sock: socket.socket, lines):
        self.server, self.sock, self.lines = server, sock, lines

    def say(self, text: str) -> None:
        if self.server.mood == "silent":
            return
        line = f"{text}\r\n".encode()
        # Byte by byte even without waiting, each byte would wait for the last acknowledgement: 40
        # ms a line.
        pieces = [bytes([byte]) for byte in line] if self.server.mood == "dripping" else [line]
        for piece in pieces:
            if self.server.mood == "dripping":
                time.sleep(self.server.drip_seconds)
            self.sock.sendall(piece)

    def run(self) -> None:
        if self.server.mood == "unavailable":
            self.say("421 not now")
            return
        self.say("220 mail.example")
        answers = {b"MAIL": self.mail, b"RCPT": self.rcpt, b"DATA": self.data, b"QUIT": self.quit}
        for line in self.lines:
            verb = line[:4].upper()
            answers.get(verb, self.anything)(line)

    def anything(self, line: bytes) -> None:
        self.say("250 ok")

    def mail(self, line: bytes) -> None:
        self.say("530 log in first" if self.server.mood == "refusing_sender" else "250 ok")

    def rcpt(self, line: bytes) -> None:
        address = line.partition(b"<")[2].partition(b">")[0].decode()
        if self.server.mood == "greylisting":
            self.say("451 come back later")
        elif (never := self.refused_name()) and address.startswith(never):
            self.say(f"550 there is no {address}")
        else:
            self.say("250 ok")

    def refused_name(self) -> str:
        return "nobody" if self.server.mood == "refusing_one" else self.server.never_takes

    def data(self, line: bytes) -> None:
        self.say("354 go on")
        content = []
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                # The sender hung up before the end, so nothing was handed over.
                return
            content.append(line)
        message = message_from_bytes(b"".join(content))
        self.server.read.append(message)
        if self.server.mood == "dropping":
            self.hang_up()
        elif self.server.mood == "refusing_content":
            self.say("554 no")
        else:
            self.server.taken.append(message)
            self.say("250 taken")
            if self.server.mood == "closing":
                self.hang_up()

    def quit(self, line: bytes) -> None:
        self.say("221 bye")
        self.hang_up()

    def hang_up(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


def plain_text_of(message: Message) -> str:
    """Return the plain-text part of a received message, with normalised line breaks."""
    part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def closed_port() -> int:
    """Return a port of 127.0.0.1 that refuses connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
