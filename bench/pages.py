"""Requests a second, side by side: this site, Wagtail's own start, bare Django, and nginx.

Usage: ``python -m bench.pages [--postgres postgres://user@host:5432/any] [--redis redis://…]
[--seconds 1] [--rounds 7] [--figures FILE.json]``. Needs wrk and nginx (apt-get install wrk
nginx-light). Each subject is measured right after what it is compared with, in turns, so that
whatever else the machine does hits both; what counts are the ratios of these pairs, of which the
median is shown. Ends with status 1 if a ratio is worse than its goal.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import requests
from django.core import signing

from bench.subjects import BARE, SERVERS, make_floor, make_site, memory_mb, nginx, serve
from tests.live_site import (
    CSRF_TOKEN,
    SECRET_KEY,
    LiveSite,
    clean_up_when_told_to_end,
    scratch_database,
    scratch_folder,
)

EVENT, INDEX = "/prevent/roundtables/live/", "/prevent/roundtables/"
MEMORY_GOAL_MB = 220
BODIES = 20_000
CONNECTIONS = 4
RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
COUNT = re.compile(r"([0-9]+) requests in")
POST = """
local bodies, number = {{}}, tonumber(os.getenv("SENT"))
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
wrk.method, wrk.headers["Cookie"] = "POST", "csrftoken={token}"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, bodies[number])
end
"""


@dataclass(frozen=True, slots=True)
class Goal:
    """``what`` is to be at least ``ratio`` times as fast as ``than``."""

    what: str
    than: str
    ratio: float


def goals_on(database: str) -> list[Goal]:
    floor = f"wagtail start, {database}"
    return [
        Goal(f"event page, {database}", floor, 0.60),
        Goal(f"index of 20, {database}", floor, 0.50),
        Goal(f"form, {database}", floor, 0.55),
        Goal(f"registration, {database}", floor, 0.55),
        Goal(f"API of 20 dates, {database}", f"Wagtail’s API of 20 pages, {database}", 6.0),
        Goal(f"API of an event, {database}", f"Wagtail’s API of its page, {database}", 1.0),
        Goal(f"API, not changed, {database}", f"API of 20 dates, {database}", 1.0),
    ]


GOALS = [
    Goal("kept page, local memory", "bare Django", 0.90),
    Goal("kept page, Redis", "bare Django", 0.50),
    Goal("kept page, nginx proxy_cache", "file, nginx", 0.90),
]


class Subjects:
    """What is measured, by its name: an address, and what wrk does there."""

    def __init__(self, folder: Path, stack: ExitStack):
        self.folder, self.stack = folder, stack
        self.addresses: dict[str, tuple[str, str]] = {}
        # How many bodies of a script may have been sent: none may come twice.
        self.sent: Counter[str] = Counter()
        self.sites: list[LiveSite] = []
        self.unchanged: dict[str, Path] = {}

    def add(self, name: str, address: str, *, script: str = "") -> None:
        answer = requests.get(address, timeout=60)
        if not script and answer.status_code != 200:
            raise SystemExit(f"{name} is answered with {answer.status_code}: {address}")
        self.addresses[name] = address, script

    def add_site(self, database: str, url: str) -> LiveSite:
        """Serve a site that keeps no page, and Wagtail's start, on one kind of database."""
        site = make_site(self.folder / database, url)
        self.stack.callback(site.close)
        self.sites.append(site)
        _, address = serve(site, "gunicorn, sync", PAGE_CACHE_SECONDS="0")
        self.add(f"event page, {database}", address + EVENT)
        self.add(f"index of 20, {database}", address + INDEX)
        form = address + site.content["path"]
        self.add(f"form, {database}", form)
        self.add(f"registration, {database}", form, script=self.bodies_for(site, form))
        self.add(f"API of 20 dates, {database}", f"{address}/api/occurrences/?limit=20")
        pages = f"{address}/api/v2/pages/?limit=20&type=prevent_events.EventPage&fields=*"
        self.add(f"Wagtail’s API of 20 pages, {database}", pages)
        event = requests.get(f"{address}/api/events/?limit=1", timeout=60).json()["items"][0]["id"]
        self.add(f"API of an event, {database}", f"{address}/api/events/{event}/")
        self.add(f"Wagtail’s API of its page, {database}", f"{address}/api/v2/pages/{event}/")
        self.add_unchanged(f"API, not changed, {database}", f"{address}/api/occurrences/?limit=20")
        start = self.folder / f"floor-{database}"
        floor = make_floor(start, {"DATABASE_URL": self.floor_url(url)})
        _, address = serve(
            site, "gunicorn, sync", application="floor.wsgi:application", folder=start, **floor
        )
        self.add(f"wagtail start, {database}", f"{address}/")
        return site

    def add_unchanged(self, name: str, address: str) -> None:
        """Ask for what the asker has already, and is told so with a 304."""
        self.unchanged[name] = self.folder / f"unchanged-{len(self.sites)}.lua"
        self.add(name, address, script=str(self.unchanged[name]))

    def know(self, name: str) -> None:
        """Let the asker have what there is now: a registration may have changed it."""
        address, _ = self.addresses[name]
        etag = requests.get(address, timeout=60).headers["ETag"]
        again = requests.get(address, headers={"If-None-Match": etag}, timeout=60)
        if again.status_code != 304:
            raise SystemExit(f"{name} is answered with {again.status_code}: {address}")
        quoted = etag.replace('"', '\\"')
        self.unchanged[name].write_text(f'wrk.headers["If-None-Match"] = "{quoted}"\n')

    def floor_url(self, url: str) -> str:
        if url.startswith("sqlite"):
            return ""
        return self.stack.enter_context(scratch_database(url))

    def bodies_for(self, site: LiveSite, form: str) -> str:
        """Write whole forms, each with a one-time key of its own; return the script for wrk."""
        token = CSRF_TOKEN.search(requests.get(form, timeout=60).text)[1]
        bodies = self.folder / f"bodies-{len(self.sites)}"
        with bodies.open("w") as file:
            for number in range(BODIES):
                said = [site.content["page"], secrets.token_urlsafe(18), int(time.time()) - 60]
                key = signing.dumps(said, salt="prevent_registrations.form", key=SECRET_KEY)
                answers = {
                    "csrfmiddlewaretoken": token,
                    "submission_key": key,
                    "occurrence": site.content["date"],
                    "name": "Bench Visitor",
                    "email": f"bench{number}@visitor.example",
                    "consent": "on",
                }
                file.write(urlencode(answers) + "\n")
        script = bodies.with_suffix(".lua")
        script.write_text(POST.format(bodies=bodies, token=token))
        return str(script)

    def measure(self, name: str, seconds: int) -> float:
        if name in self.unchanged:
            self.know(name)
        address, script = self.addresses[name]
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s"]
            + (["-s", script] if script else [])
            + [address],
            env={**os.environ, "SENT": str(self.sent[script])},
            capture_output=True,
            text=True,
            check=True,
        )
        if "Non-2xx" in done.stdout:
            raise SystemExit(f"{name} was refused:\n{done.stdout}")
        # Those on their way at the end are not counted.
        self.sent[script] += int(COUNT.search(done.stdout)[1]) + CONNECTIONS
        return float(RATE.search(done.stdout)[1])


def add_kept(subjects: Subjects, site: LiveSite, other: LiveSite | None, redis: str) -> None:
    """Serve pages that are kept, and what they are compared with: the same bytes, the least way."""
    _, address = serve(site, "gunicorn, sync")
    subjects.add("kept page, local memory", address + EVENT)
    body = requests.get(address + EVENT, timeout=60).content
    if redis:
        _, beside = serve(other or site, "gunicorn, sync", CACHE_URL=redis)
        subjects.add("kept page, Redis", beside + EVENT)
    program = subjects.folder / "bare"
    program.mkdir()
    (program / "bare.py").write_text(BARE)
    (program / "bytes").write_bytes(body)
    _, bare = serve(
        site,
        "gunicorn, sync",
        application="bare:application",
        folder=program,
        BYTES=str(program / "bytes"),
    )
    subjects.add("bare Django", bare)
    front = subjects.stack.enter_context(nginx(subjects.folder / "nginx", site=address, body=body))
    subjects.add("file, nginx", f"{front}/file/page.html")
    subjects.add("kept page, nginx proxy_cache", front + EVENT)


def add_servers(subjects: Subjects, site: LiveSite) -> None:
    """Serve the same site by each server that is installed."""
    for server in SERVERS:
        _, address = serve(site, server, PAGE_CACHE_SECONDS="0")
        subjects.add(f"{server}: page made anew", address + EVENT)
        _, address = serve(site, server)
        subjects.add(f"{server}: kept page", address + EVENT)


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second of each subject, and each goal's ratios, round by round."""

    rates: dict[str, list[float]]
    ratios: dict[str, list[float]]

    @classmethod
    def of(cls, subjects: Subjects, goals: list[Goal], *, rounds: int, seconds: int) -> "Measured":
        rates: dict[str, list[float]] = {name: [] for name in subjects.addresses}
        ratios: dict[str, list[float]] = {goal.what: [] for goal in goals}
        alone = rates.keys() - ratios.keys() - {goal.than for goal in goals}
        for _ in range(rounds):
            for goal in goals:
                theirs, ours = (subjects.measure(name, seconds) for name in (goal.than, goal.what))
                rates[goal.than].append(theirs)
                rates[goal.what].append(ours)
                ratios[goal.what].append(ours / theirs)
            for name in subjects.addresses:
                if name in alone:
                    rates[name].append(subjects.measure(name, seconds))
        return cls(rates, ratios)

    def lines(self, goals: list[Goal]) -> Iterator[str]:
        """Yield a table, each ratio with its goal."""
        yield from ["| what | requests/s | than | ratio | goal |", "|---|---|---|---|---|"]
        compared = {goal.what: goal for goal in goals}
        for name, rates in self.rates.items():
            line = f"| {name} | {median(rates):,.0f} |"
            if goal := compared.get(name):
                ratio = median(self.ratios[name])
                missed = "" if ratio >= goal.ratio else " MISSED"
                yield f"{line} {goal.than} | {ratio:.2f} | ≥ {goal.ratio:.2f}{missed} |"
            else:
                yield f"{line} | | |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", default="")
    parser.add_argument("--redis", default="")
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--servers", action="store_true", help="compare web servers instead")
    parser.add_argument("--figures", type=Path, help="where to leave the figures as JSON")
    options = parser.parse_args()
    for program in ("wrk", "nginx"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not installed: apt-get install wrk nginx-light")
    clean_up_when_told_to_end()
    with scratch_folder() as folder, ExitStack() as stack:
        subjects = Subjects(folder, stack)
        goals = [*GOALS]
        if options.servers:
            site = make_site(folder / "SQLite", f"sqlite:///{folder / 'site.sqlite3'}")
            stack.callback(site.close)
            add_servers(subjects, site)
        else:
            site = subjects.add_site("SQLite", f"sqlite:///{folder / 'site.sqlite3'}")
            goals += goals_on("SQLite")
            other = None
            if options.postgres:
                url = stack.enter_context(scratch_database(options.postgres))
                other = subjects.add_site("PostgreSQL", url)
                goals += goals_on("PostgreSQL")
            add_kept(subjects, site, other, options.redis)
        goals = [goal for goal in goals if {goal.what, goal.than} <= subjects.addresses.keys()]
        measured = Measured.of(subjects, goals, rounds=options.rounds, seconds=options.seconds)
        memory = [memory_mb(process.pid) for process in site.processes[:1]]
    lines = [*measured.lines(goals)]
    for value in memory if not options.servers else []:
        missed = "" if value <= MEMORY_GOAL_MB else " MISSED"
        lines.append(
            f"| memory of two workers and their parent | {value:.0f} MB | | | "
            f"≤ {MEMORY_GOAL_MB} MB{missed} |"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    if options.figures:
        found = [{**asdict(goal), "measured": median(measured.ratios[goal.what])} for goal in goals]
        options.figures.write_text(json.dumps(found))
    return 1 if any("MISSED" in line for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
