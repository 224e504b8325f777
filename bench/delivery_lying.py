"""Register while the mail server lies in every way it can: nobody waits, and nothing is lost.

Usage: ``python -m bench.delivery_lying [--postgres postgres://user@host:5432/any]``. Each lie is
measured between two stretches of a server in order, in one run, because machines change their
speed. Ends with status 1 if a mail is lost, or if a 95th percentile is more than a fifth above,
and more than chance makes between stretches of the server in order.
"""

import argparse
import time
from itertools import chain
from statistics import median, quantiles

from tests.live_site import (
    LiveSite,
    Visitor,
    clean_up_when_told_to_end,
    scratch_database,
    scratch_folder,
)
from tests.smtp_servers import MailServer

LIES = ("refused", "silent", "dripping", "greylisting", "refusing_one", "dropping", "unavailable")
ROUNDS = 12
POSTS = 10
TOLERANCE = 1.2
DRAIN_SECONDS = 900


class Run:
    """One site, one mail server, and how long each form took to be answered, by mood."""

    def __init__(self, site: LiveSite, server: MailServer):
        self.site, self.server = site, server
        self.visitor = Visitor(site, site.ports[0])
        self.count = 0
        self.seconds: dict[str, list[float]] = {}

    def stretch(self, mood: str, told: str) -> None:
        """Send forms while the server is in ``mood``; keep the times under the name ``told``."""
        if mood == "refused":
            self.server.__exit__()
        else:
            self.server.mood = mood
        for _ in range(POSTS):
            self.count += 1
            name = "nobody" if mood == "refusing_one" and self.count % 10 == 0 else "visitor"
            key = self.visitor.key()
            started = time.monotonic()
            answer = self.visitor.post(f"{name}{self.count}@visitor.example", key)
            self.seconds.setdefault(told, []).append(time.monotonic() - started)
            if answer.status_code != 302:
                raise RuntimeError(f"The form was answered with {answer.status_code}")
        if mood == "refused":
            self.server.__enter__()
        self.server.mood = "well"


def percentile_95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[18]


def row(lie: str, well: list[float], lied: list[float]) -> tuple:
    """Return the lie, medians, percentiles, their ratio, and the ratio of chance alone.

    That one compares every other stretch of the server in order with the rest of them.
    """
    stretches = [well[start : start + POSTS] for start in range(0, len(well), POSTS)]
    halves = [percentile_95([*chain.from_iterable(stretches[first::2])]) for first in (0, 1)]
    before, during = percentile_95(well), percentile_95(lied)
    chance = max(halves) / min(halves)
    return lie, median(well), median(lied), before, during, during / before, chance


def run(postgres: str) -> tuple[list[tuple], dict]:
    """Return a row for each lie, and how the outbox stood in the end."""
    rows = []
    with (
        MailServer(drip_seconds=1.0, never_takes="nobody") as server,
        scratch_folder() as folder,
        scratch_database(postgres) as database_url,
    ):
        site = LiveSite(
            folder,
            database_url=database_url,
            email_url=f"smtp://127.0.0.1:{server.port}?timeout=10",
        )
        try:
            site.start_web()
            site.start_worker()
            current = Run(site, server)
            current.stretch("well", "warming up")
            for lie in LIES:
                for _ in range(ROUNDS):
                    current.stretch("well", f"before {lie}")
                    current.stretch(lie, lie)
                rows.append(row(lie, current.seconds[f"before {lie}"], current.seconds[lie]))
            unsent = site.drain(DRAIN_SECONDS, left=frozenset({"abandoned"}))
            owed = site.query(
                "result = dict(OutboundEmail.objects.values_list('message_id', 'recipient'))"
            )
        finally:
            site.close()
    refused = {key for key, address in owed.items() if address.startswith("nobody")}
    outbox = {
        "registrations": current.count,
        "mails owed": len(owed),
        "arrived": len(set(server.message_ids) & set(owed)),
        "refused for good": unsent.pop("abandoned", 0),
        "left unsent": sum(unsent.values()),
        "neither arrived nor refused": len(set(owed) - set(server.message_ids) - refused),
        "arrived twice": len(server.message_ids) - len(set(server.message_ids)),
    }
    return rows, outbox


def main() -> int:
    clean_up_when_told_to_end()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", default="", help="a server on which databases can be made")
    options = parser.parse_args()
    rows, outbox = run(options.postgres)
    print(f"Lying mail servers, {'PostgreSQL' if options.postgres else 'SQLite'}; milliseconds")
    heads = ("median", "lying", "p95", "lying", "ratio", "chance")
    print(f"  {'server':14}" + "".join(f"{head:>8}" for head in heads))
    for lie, *times, ratio, chance in rows:
        milliseconds = "".join(f"{seconds * 1000:8.1f}" for seconds in times)
        print(f"  {lie:14}{milliseconds}{ratio:8.2f}{chance:8.2f}")
    for name, value in outbox.items():
        print(f"  {name}: {value}")
    lost = outbox["left unsent"] or outbox["neither arrived nor refused"]
    slow = [lie for lie, *_, ratio, chance in rows if ratio > max(TOLERANCE, chance)]
    if slow:
        print(f"  SLOWER THAN A FIFTH: {', '.join(slow)}")
    if lost:
        print("  LOST MAIL")
    return 1 if lost or slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
