"""Send the mail that is due, once or for as long as the process lives."""

import logging
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from ... import outbox

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 2.0


class Command(BaseCommand):
    help = "Send outbound e-mails that are due."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until told to stop")

    def handle(self, *, loop: bool, **options) -> None:
        stop = threading.Event()
        if loop:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                self.sweep(stop)
            except OperationalError as error:
                # The database is away; the mail stays where it is until it is back.
                logger.warning("the outbox cannot be read: %s", type(error).__name__)
                if not loop:
                    raise
            if not loop:
                return
            close_old_connections()
            stop.wait(PAUSE_SECONDS)

    def sweep(self, stop: threading.Event) -> None:
        sent = put_off = 0
        for _, was_sent in outbox.send_due():
            sent, put_off = sent + was_sent, put_off + (not was_sent)
            if stop.is_set():
                break
        if sent or put_off:
            self.stdout.write(f"{sent} sent, {put_off} put off")
