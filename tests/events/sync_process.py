"""A process that synchronises one event: ``python -m tests.events.sync_process KEY FOLDER AT``.

It reports readiness with a file of its own, and begins when the folder holds a file ``go``. With
``UNGUARDED=1`` it takes no lock and waits for no other, but continues only once as many processes
as ``UNGUARDED_PROCESSES`` have read too.
"""

import os
import sys
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

import django

PATIENCE_SECONDS = 60


def wait_for(condition):
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        if monotonic() > deadline:
            sys.exit("Nobody else came.")
        sleep(0.002)


def main():
    key, folder, at = int(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
    django.setup()

    from django.db import connection
    from django.db.models import QuerySet

    from events import sync
    from events.models import EventPage

    if os.environ.get("UNGUARDED"):
        processes = int(os.environ["UNGUARDED_PROCESSES"])
        plan_event = sync.plan_event

        def plan_with_the_others(*args, **kwargs):
            plan = plan_event(*args, **kwargs)
            (folder / f"read-{os.getpid()}").touch()
            wait_for(lambda: len(list(folder.glob("read-*"))) >= processes)
            return plan

        sync.plan_event = plan_with_the_others
        QuerySet.select_for_update = lambda queryset, **options: queryset
        connection.ensure_connection()
        connection.transaction_mode = None
    event = EventPage.objects.get(pk=key)
    (folder / f"ready-{os.getpid()}").touch()
    wait_for((folder / "go").exists)
    sync.sync_event(event, at=at)


if __name__ == "__main__":
    main()
