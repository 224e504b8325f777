"""The outbox as a task of Django's Tasks interface, for sites with workers on many hosts.

``OUTBOX_TASKS_BACKEND`` names the engine's alias in ``TASKS``; without it, nothing here is used.
"""

import logging
import os
import threading
import time

from django.db import close_old_connections
from django.dispatch import receiver
from django.utils import timezone
from django_tasks import task

from prevent_content.conf import setting

from .. import webhooks
from ..models import Heartbeat
from ..outbox import deliveries_enqueued
from .sending import send_due

logger = logging.getLogger(__name__)

# Engines limit a task's time, often to three minutes, and then kill it in the middle of an email. A
# task that ends early and queues another is never killed.
TASK_SECONDS = 60.0
PAUSE_AFTER_FAILURE_SECONDS = 5.0


@task()
def send_mail() -> int:
    """Send what is due and return how many emails were sent. Safe to run concurrently.

    Losing a call does no harm: the next one, or the sweep, sends the same rows.
    """
    # A worker that does not fork for each task keeps its connection when a database restarts.
    close_old_connections()
    until = time.monotonic() + TASK_SECONDS
    Heartbeat.beat("task engine", at=timezone.now())
    sent = sum(was_sent for _, was_sent in send_due(stop=lambda: time.monotonic() > until))
    for _ in webhooks.send_due(stop=lambda: time.monotonic() > until):
        continue
    if time.monotonic() > until:
        enqueue(setting("OUTBOX_TASKS_BACKEND"))
    return sent


def enqueue(backend: str) -> bool:
    """Queue ``send_mail`` at ``backend``; return whether the engine accepted it."""
    try:
        send_mail.using(backend=backend, queue_name=backend).enqueue()
    except Exception as error:  # noqa: BLE001 - each engine has errors of its own; workers sweep
        logger.warning("the task engine took no call: %s", type(error).__name__)
        return False
    return True


class EngineCaller:
    """Queues the task from a thread, so that no request waits; many calls become one task."""

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
                threading.Thread(target=self.run, daemon=True, name="task engine").start()
        self.wanted.set()

    def run(self) -> None:
        while True:
            self.wanted.wait()
            self.wanted.clear()
            if not enqueue(self.backend):
                time.sleep(PAUSE_AFTER_FAILURE_SECONDS)


engine_caller = EngineCaller()


@receiver(deliveries_enqueued)
def call_engine(sender, **kwargs) -> None:
    if backend := setting("OUTBOX_TASKS_BACKEND"):
        engine_caller.call(backend)
