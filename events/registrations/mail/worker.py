"""The worker: looks for due email every second until it is stopped.

It also runs the due jobs, timely ones every half minute and the others every half hour, so a small
site needs nothing else to publish pages, send reminders and delete data on time.
"""

import logging
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import close_old_connections
from django.utils import timezone

from prevent_content.conf import setting

from .. import clock, worker_settings
from ..database import UNAVAILABLE
from ..emails.digests import make_digests
from ..jobs import run_due
from ..models import Heartbeat
from ..webhooks import WebhookThread
from . import alarms
from .sending import send_due

logger = logging.getLogger(__name__)

WORKER = "mail worker"
BEAT_EVERY = timedelta(seconds=10)
JOBS_EVERY = timedelta(minutes=30)
TIMELY_JOBS_EVERY = timedelta(seconds=30)
SILENT_AFTER = timedelta(seconds=60)
POLL_SECONDS = 0.5


class Worker:
    """Sends email until stopped. It finishes the email it is sending, and starts no other."""

    def __init__(self, *, report: Callable[[str], None] = logger.info):
        self.log = report
        self.stopping = False
        self.webhooks = WebhookThread(every_seconds=sweep_seconds())
        self.next_beat = self.next_housekeeping = self.next_jobs = self.next_timely_jobs = 0.0

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        self.webhooks.start()
        try:
            while not self.stopping:
                self.run_once()
                close_old_connections()
                self.wait(sweep_seconds())
        finally:
            self.webhooks.stop()

    def stop(self, *signal_arguments) -> None:
        self.stopping = True

    def wait(self, seconds: float) -> None:
        """Wait for ``seconds``, or until the worker is stopped."""
        until = time.monotonic() + seconds
        while not self.stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, POLL_SECONDS))

    def run_once(self) -> None:
        """Do all that is due. While the database is unavailable, everything stays as it is."""
        try:
            self.housekeep()
            self.sweep()
            self.run_jobs()
        except UNAVAILABLE as error:
            logger.warning("the outbox cannot be read: %s", type(error).__name__)

    def report(self, text: str) -> None:
        """Write to the log. Sending continues even if that fails."""
        try:
            self.log(text)
        except OSError:
            return

    def sweep(self) -> None:
        sent = failed = 0
        for _, was_sent in send_due(stop=self.is_stopping):
            sent, failed = sent + was_sent, failed + (not was_sent)
            self.beat()
            # Publishing is on time however much email is waiting.
            self.run_jobs()
        if sent or failed:
            self.report(f"{sent} sent, {failed} to retry or resolve")

    def run_jobs(self) -> None:
        """Run the due jobs one after the other, and report failures."""
        now = time.monotonic()
        if now < self.next_timely_jobs:
            return
        self.next_timely_jobs = now + TIMELY_JOBS_EVERY.total_seconds()
        timely = now < self.next_jobs
        if not timely:
            self.next_jobs = now + JOBS_EVERY.total_seconds()
        for name, outcome, succeeded in run_due(now=timezone.now, timely=timely):
            self.beat()
            if not succeeded:
                self.report(f"{name}: {outcome}")
            if self.stopping:
                return

    def is_stopping(self) -> bool:
        return self.stopping

    def housekeep(self) -> None:
        """Record a heartbeat, make due digests, and check for late email."""
        self.beat()
        if time.monotonic() < self.next_housekeeping:
            return
        self.next_housekeeping = time.monotonic() + BEAT_EVERY.total_seconds()
        look_after_outbox(at=timezone.now())

    def beat(self) -> None:
        if time.monotonic() >= self.next_beat:
            self.next_beat = time.monotonic() + BEAT_EVERY.total_seconds()
            at = timezone.now()
            Heartbeat.beat(WORKER, at=at)
            worker_settings.beat(at=at)


def look_after_outbox(*, at: datetime) -> None:
    """Do what the outbox needs besides sending: digests, alarms, correcting a wrong clock.

    Safe twice at once.
    """
    if number := clock.put_right(at=at):
        logger.warning("%s rows of the outbox were put off by a clock that was ahead", number)
    make_digests(at=at)
    alarms.raise_alarms(at=at)


def sweep_seconds() -> float:
    """Return how long the worker waits before it looks again, in seconds."""
    return float(setting("OUTBOX_SWEEP_SECONDS"))
