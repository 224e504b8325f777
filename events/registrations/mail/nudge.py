"""Telling workers that there is mail: cheap, without waiting, and free to be lost.

They look by themselves besides.

Two ways, by configuration. Embedded: a datagram to a Unix socket in ``VAR_DIR``, which the worker
on this host listens on. Distributed: a task for the engine that the alias ``OUTBOX_TASKS_BACKEND``
names in ``TASKS``, queued by a thread of its own, so that no request waits for the engine.
"""

import hashlib
import logging
import os
import select
import socket
import tempfile
import threading
import time
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

LONGEST_SOCKET_PATH = 100  # unix(7): 108 bytes with the NUL on Linux, 104 elsewhere
PAUSE_AFTER_FAILURE_SECONDS = 5.0


def socket_path() -> Path:
    """Return where the embedded worker listens; a short path in its place if that is too long."""
    folder = Path(getattr(settings, "VAR_DIR", "") or tempfile.gettempdir())
    path = folder / "outbox.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"outbox-{os.getuid()}-{digest}.sock"


def workers() -> None:
    """Wake whoever sends mail. Never raises: nobody may be there, and that is not a fault."""
    if backend := getattr(settings, "OUTBOX_TASKS_BACKEND", ""):
        engine_caller.call(backend)
    else:
        wake_embedded_worker()


def wake_embedded_worker() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(b"1", str(socket_path()))
        except OSError:
            # Nobody listens, or plenty of calls are waiting for it already.
            return


class EngineCaller:
    """Queues the task that sends mail, from a thread; many calls at once become one task."""

    def __init__(self):
        self.wanted = threading.Event()
        self.backend = ""
        self.pid = 0
        self.lock = threading.Lock()

    def call(self, backend: str) -> None:
        with self.lock:
            # Threads do not survive the fork that makes a web server's processes.
            if self.pid != os.getpid():
                self.pid, self.backend = os.getpid(), backend
                self.wanted = threading.Event()
                threading.Thread(target=self.run, daemon=True, name="nudge").start()
        self.wanted.set()

    def run(self) -> None:
        while True:
            self.wanted.wait()
            self.wanted.clear()
            if not enqueue(self.backend):
                time.sleep(PAUSE_AFTER_FAILURE_SECONDS)


def enqueue(backend: str) -> bool:
    """Queue the task that sends what is due; return whether the engine took it."""
    from .tasks import send_mail

    try:
        send_mail.using(backend=backend, queue_name=backend).enqueue()
    except Exception as error:  # noqa: BLE001 - each engine has errors of its own; workers sweep
        logger.warning("the task engine took no call: %s", type(error).__name__)
        return False
    return True


engine_caller = EngineCaller()


class Doorbell:
    """The worker's end: a socket to wait at, which Ctrl-C and SIGTERM can interrupt."""

    def __init__(self):
        self.path = socket_path()
        self.socket: socket.socket | None = None
        self.inside, self.outside = socket.socketpair()
        self.inside.setblocking(False)
        self.outside.setblocking(False)

    def interrupt(self) -> None:
        """Make ``wait`` return at once. Safe in a signal handler."""
        try:
            self.outside.send(b"1")
        except BlockingIOError:
            return  # It is being interrupted already.

    def answer(self) -> bool:
        """Listen, unless another worker on this host does; return whether this one listens."""
        if self.socket is not None:
            return True
        if somebody_listens(self.path):
            return False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listener.setblocking(False)
            listener.bind(str(self.path))
        except OSError as error:
            logger.warning("no wake-up calls can be received: %s", type(error).__name__)
            return False
        self.socket = listener
        return True

    def wait(self, seconds: float, *, deaf: bool = False) -> None:
        """Wait for a call, an interruption, or ``seconds``; several calls count as one.

        ``deaf`` waits for no calls.
        """
        doors = [self.inside] if deaf or self.socket is None else [self.inside, self.socket]
        for door in select.select(doors, [], [], seconds)[0]:
            try:
                while door.recv(16):
                    continue
            except BlockingIOError:
                continue

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.path.unlink(missing_ok=True)
        self.inside.close()
        self.outside.close()


def somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            return False
    return True
