"""The outbox as a task for whichever engine Django's Tasks interface is configured with."""

import time

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from django_tasks import task

from ..models import Heartbeat
from ..webhooks import sending as webhooks
from . import nudge
from .sending import send_due

# Engines give a task its time, often three minutes, and kill it in the middle of a mail after
# that. One that ends in good time and calls for another is never killed.
TASK_SECONDS = 60.0


@task()
def send_mail() -> int:
    """Send what is due and return how many mails went. Safe in any number at once.

    A call that is lost does no harm: the next one, or the sweep, sends the same rows.
    """
    # A worker that does not fork for each task keeps its connection through a database's restart.
    close_old_connections()
    until = time.monotonic() + TASK_SECONDS
    Heartbeat.beat("task engine", at=timezone.now())
    sent = sum(was_sent for _, was_sent in send_due(stop=lambda: time.monotonic() > until))
    for _ in webhooks.send_due(stop=lambda: time.monotonic() > until):
        continue
    if time.monotonic() > until:
        nudge.enqueue(settings.OUTBOX_TASKS_BACKEND)
    return sent
