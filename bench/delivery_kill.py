"""Kill web server and mail worker twenty times while people register: what was said is kept.

Usage: ``python -m bench.delivery_kill [--postgres postgres://user@host:5432/any]``. Ends with
status 1 if a reference that was shown has no registration, no mail, or mails of two identities.
"""

import argparse
import random
import threading
import time
from collections import Counter, defaultdict

from aiosmtpd.controller import Controller

from tests.live_site import (
    LiveSite,
    Visitor,
    clean_up_when_told_to_end,
    free_port,
    scratch_database,
    scratch_folder,
)

KILLS = 20
CLIENTS = 3
DRAIN_SECONDS = 900
MAILS_EACH = 2


class Sink:
    """Keeps recipient and Message-ID of every mail that it has said 250 to."""

    def __init__(self):
        self.taken: list[tuple[str, str]] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        head = envelope.content.partition(b"\r\n\r\n")[0].decode()
        for line in head.splitlines():
            if line.lower().startswith("message-id:"):
                identity = line.partition(":")[2].strip()
        self.taken.append((envelope.rcpt_tos[0], identity))
        return "250 taken"


def run(postgres: str, *, kills: int, seed: int) -> dict[str, object]:
    """Return the figures of one run."""
    chance = random.Random(seed)  # noqa: S311 - only spreads the kills over time
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    with scratch_folder() as folder, scratch_database(postgres) as database_url:
        site = LiveSite(
            folder,
            database_url=database_url,
            email_url=f"smtp://127.0.0.1:{controller.port}?timeout=10",
        )
        try:
            web, worker = site.start_web(), site.start_worker()
            ledger: dict[str, str] = {}
            ending = threading.Event()
            clients = [
                threading.Thread(target=keep_registering, args=[site, number, ledger, ending])
                for number in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            for number in range(kills):
                time.sleep(chance.uniform(0.5, 3.0))
                if number % 2:
                    site.kill(worker)
                    worker = site.start_worker()
                else:
                    site.kill(web)
                    web = site.start_web(site.ports[0])
            ending.set()
            for client in clients:
                client.join()
            started = time.monotonic()
            unsent = site.drain(DRAIN_SECONDS)
            drained = time.monotonic() - started
            known = dict(
                site.query("result = list(Registration.objects.values_list('email', 'reference'))")
            )
            mails = site.query(
                "result = list(OutboundEmail.objects.values_list('message_id', 'recipient'))"
            )
        finally:
            site.close()
            controller.stop()
    return figures(ledger, known, mails, sink.taken, unsent, drained)


def keep_registering(site: LiveSite, number: int, ledger: dict, ending: threading.Event) -> None:
    visitor = Visitor(site, site.ports[0])
    count = 0
    while not ending.is_set():
        email = f"visitor{number}x{count}@visitor.example"
        ledger[email] = visitor.register(email, patience=120)
        count += 1


def figures(ledger, known, mails, taken, unsent, drained) -> dict[str, object]:
    times = Counter(identity for _, identity in taken)
    identities = defaultdict(set)
    for recipient, identity in taken:
        identities[recipient].add(identity)
    return {
        "acknowledged": len(ledger),
        "lost": sum(known.get(email) != reference for email, reference in ledger.items()),
        "mails owed": len(mails),
        "unmailed": sum(times[identity] == 0 for identity, _ in mails),
        "owed less than two each": MAILS_EACH * len(known) - len(mails),
        "sent twice": sum(number - 1 for number in times.values()),
        "sent thrice or more": sum(number > 2 for number in times.values()),
        "people with mails of two identities": sum(len(identities[email]) > 1 for email in ledger),
        "not of the outbox": len(set(times) - {identity for identity, _ in mails}),
        "left unsent": sum(unsent.values()),
        "drained in seconds": round(drained, 1),
    }


def is_right(found: dict[str, object], kills: int) -> bool:
    naught = (
        "lost",
        "unmailed",
        "owed less than two each",
        "people with mails of two identities",
        "not of the outbox",
        "left unsent",
    )
    enough = found["acknowledged"] >= kills
    return enough and not any(found[name] for name in naught) and found["sent twice"] <= kills


def main() -> int:
    clean_up_when_told_to_end()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", default="", help="a server on which databases can be made")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=20261126)
    options = parser.parse_args()
    found = run(options.postgres, kills=options.kills, seed=options.seed)
    print(f"{options.kills} kills on {'PostgreSQL' if options.postgres else 'SQLite'}")
    for name, value in found.items():
        print(f"  {name}: {value}")
    right = is_right(found, options.kills)
    print("  kept its word" if right else "  DID NOT KEEP ITS WORD")
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
