"""Two web servers, four workers and a task engine that is cut off halfway: each mail goes once.

Usage: ``python -m bench.delivery_distributed --postgres postgres://user@host:5432/any``. Starts a
Redis of its own (``redis-server`` must be installed). Ends with status 1 if a mail is missing
or comes twice.
"""

import argparse
import threading
import time
from collections import Counter

from bench.fault_stage import Redis
from tests.live_site import (
    LiveSite,
    Visitor,
    clean_up_when_told_to_end,
    scratch_database,
    scratch_folder,
)
from tests.smtp_servers import MailServer

REGISTRATIONS = 2000
CLIENTS = 6
WORKERS = 4
DRAIN_SECONDS = 900
TASK_WORKER = (
    *("manage.py", "rqworker", "mail", "--job-class", "django_tasks_rq.Job"),
    *("--worker-class", "rq.SimpleWorker"),
)


class Supervisor:
    """Starts task workers, and starts anew whichever ends, as an operator's own would."""

    def __init__(self, site: LiveSite, number: int):
        self.site = site
        self.restarts = 0
        self.ending = threading.Event()
        self.workers = [site.start(*TASK_WORKER) for _ in range(number)]
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self) -> None:
        while not self.ending.wait(1):
            for place, worker in enumerate(self.workers):
                if worker.poll() is not None:
                    self.site.processes.remove(worker)
                    self.workers[place] = self.site.start(*TASK_WORKER)
                    self.restarts += 1

    def stop(self) -> None:
        self.ending.set()
        self.thread.join()


class Ledger:
    """Who was acknowledged when, by any client."""

    def __init__(self, wanted: int):
        self.wanted = wanted
        self.next_number = 0
        self.acknowledged: dict[str, float] = {}
        self.lock = threading.Lock()

    def take_number(self) -> int | None:
        with self.lock:
            if self.next_number >= self.wanted:
                return None
            self.next_number += 1
            return self.next_number

    def register_all(self, visitor: Visitor) -> None:
        while (number := self.take_number()) is not None:
            email = f"visitor{number}@visitor.example"
            answer = visitor.post(email, visitor.key())
            if answer.status_code != 302:
                raise RuntimeError(f"The form was answered with {answer.status_code}")
            self.acknowledged[email] = time.monotonic()


def run(postgres: str, registrations: int) -> dict[str, object]:
    with (
        MailServer() as server,
        scratch_folder() as folder,
        scratch_database(postgres) as database_url,
    ):
        engine = Redis(folder)
        site = LiveSite(
            folder,
            database_url=database_url,
            email_url=f"smtp://127.0.0.1:{server.port}?timeout=10",
            TASKS_URL=f"redis://127.0.0.1:{engine.port}/0",
            OUTBOX_SWEEP_SECONDS="5",
        )
        supervisor = Supervisor(site, WORKERS)
        try:
            site.start_web()
            site.start_web()
            site.start_worker()
            ledger = Ledger(registrations)
            clients = [
                threading.Thread(
                    target=ledger.register_all, args=[Visitor(site, site.ports[number % 2])]
                )
                for number in range(CLIENTS)
            ]
            started = time.monotonic()
            for client in clients:
                client.start()
            wait_until(lambda: len(ledger.acknowledged) >= registrations // 3)
            engine.kill()
            cut_off = len(ledger.acknowledged)
            wait_until(lambda: len(ledger.acknowledged) >= registrations * 2 // 3)
            while_gone = len(server.taken)
            engine.start()
            for client in clients:
                client.join()
            taken_in = time.monotonic() - started
            unsent = site.drain(DRAIN_SECONDS)
            drained = time.monotonic() - started - taken_in
            owed = site.query(
                "result = list(OutboundEmail.objects.values_list('message_id', flat=True))"
            )
        finally:
            supervisor.stop()
            site.close()
            engine.kill()
    times = Counter(server.message_ids)
    return {
        "acknowledged": len(ledger.acknowledged),
        "engine gone from": cut_off,
        "mails arrived by its return": while_gone,
        "mails owed": len(owed),
        "missing": len(set(owed) - set(times)),
        "arrived twice": sum(times.values()) - len(times),
        "workers that ended and were started anew": supervisor.restarts,
        "left unsent": sum(unsent.values()),
        "registered in seconds": round(taken_in, 1),
        "drained in seconds": round(drained, 1),
    }


def wait_until(condition) -> None:
    while not condition():
        time.sleep(0.05)


def main() -> int:
    clean_up_when_told_to_end()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", required=True, help="a server on which databases can be made")
    parser.add_argument("--registrations", type=int, default=REGISTRATIONS)
    options = parser.parse_args()
    found = run(options.postgres, options.registrations)
    print(f"Two web servers, {WORKERS} workers, a task engine cut off and brought back")
    for name, value in found.items():
        print(f"  {name}: {value}")
    right = (
        found["acknowledged"] == options.registrations
        and found["mails owed"] == 2 * options.registrations
        and not (found["missing"] or found["arrived twice"] or found["left unsent"])
    )
    print("  each mail went once" if right else "  NOT EACH MAIL WENT ONCE")
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
