"""Race for places against the real server: gunicorn with two processes of four threads.

Usage: ``python -m bench.races [--postgres postgres://user@host:5432/any] [--rounds 20]``. Ends with
status 1 if a place was sold twice or left empty, a form was kept twice, somebody who waited was
passed over, or anybody was answered with a fault of the server's. The control takes the guard
away, and fails if nothing is sold twice without it.
"""

import argparse
import json
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from tests.live_site import (
    CSRF_TOKEN,
    REFERENCE,
    LiveSite,
    clean_up_when_told_to_end,
    free_port,
    scratch_database,
    scratch_folder,
)

PLACES, CLIENTS = 30, 50
WAITING, LATE = 20, 10
TOKEN = re.compile(r'name="submission_key" value="([^"]+)"')
MAKE_EVENTS = """
import json
from datetime import timedelta
from django.utils import timezone
from events.models import EventIndexPage
from tests.factories import EventPageFactory, RegistrationPageFactory
index = EventIndexPage.objects.first()
made = []
for number in range({number}):
    event = EventPageFactory(
        parent=index, slug=f"{name}-{{number}}", date=timezone.localdate() + timedelta(days=60)
    )
    page = RegistrationPageFactory(parent=event, capacity={capacity})
    made.append({{"path": page.get_url_parts()[2], "date": str(event.occurrences.get().uuid)}})
result = made
"""
LOOK = """
from collections import Counter
from events.registrations.places import find_drift
rows = Registration.objects.filter(occurrence__uuid__in={dates})
kept = {{}}
for date, status in rows.values_list("occurrence__uuid", "status"):
    kept.setdefault(str(date), Counter())[status] += 1
mails = Counter(str(date) for date in OutboundEmail.objects.filter(
    registration__in=rows).values_list("registration__occurrence__uuid", flat=True))
result = {{"kept": kept, "mails": mails, "drift": len(find_drift())}}
"""
HOLDERS = """
result = {{}}
for date in {dates}:
    rows = Registration.objects.filter(occurrence__uuid=date)
    head = rows.queue().first()
    result[date] = [
        rows.get(status="confirmed").link_token() if {before} else "",
        head.email if {before} else rows.get(status="confirmed").email,
    ]
"""


@dataclass
class Outcome:
    """What came of one kind of race: rounds, how clients were answered, what was wrong."""

    name: str
    rounds: int = 0
    answers: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def expect(self, is_right: bool, fault: str) -> None:
        if not is_right:
            self.faults.append(fault)

    def line(self) -> str:
        answers = ", ".join(
            f"{number} × {status}" for status, number in sorted(self.answers.items())
        )
        verdict = "held" if not self.faults else f"FAILED: {'; '.join(self.faults[:3])}"
        return f"| {self.name} | {self.rounds} | {answers} | {self.seconds:.0f} s | {verdict} |"


class Client:
    """A browser's worth of state: cookies, and a form that was opened."""

    def __init__(self, base: str, path: str, date: str):
        self.session = requests.Session()
        # A connection that waits between two requests may be closed just as the second is sent.
        self.session.headers["Connection"] = "close"
        self.address, self.date, self.base = base + path, date, base

    def open(self) -> None:
        shown = self.session.get(self.address, timeout=60)
        shown.raise_for_status()
        self.csrf, self.token = CSRF_TOKEN.search(shown.text)[1], TOKEN.search(shown.text)[1]

    def send(self, email: str, token: str = "") -> requests.Response:
        return self.session.post(
            self.address,
            data={
                "csrfmiddlewaretoken": self.csrf,
                "submission_key": token or self.token,
                "occurrence": self.date,
                "name": "Racing Visitor",
                "email": email,
                "consent": "on",
            },
            timeout=60,
            allow_redirects=False,
        )

    def withdraw(self, link: str) -> requests.Response:
        return self.session.post(
            f"{self.base}/registration/{link}/withdraw/",
            data={"csrfmiddlewaretoken": self.csrf},
            timeout=60,
            allow_redirects=False,
        )

    def reference(self, answer: requests.Response) -> str:
        shown = self.session.get(self.base + answer.headers["Location"], timeout=60)
        return REFERENCE.search(shown.text)[0]


def at_once(doings: list[Callable]) -> list:
    """Do all of ``doings`` in threads that begin together; return what they returned."""
    start = threading.Barrier(len(doings))

    def do(doing: Callable):
        start.wait()
        return doing()

    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(do, doings))


def somebody() -> str:
    return f"{secrets.token_hex(6)}@visitor.example"


def events(site: LiveSite, name: str, number: int, capacity: int) -> list[dict]:
    return site.query(MAKE_EVENTS.format(name=name, number=number, capacity=capacity))


def look(site: LiveSite, made: list[dict]) -> dict:
    return site.query(LOOK.format(dates=json.dumps([event["date"] for event in made])))


def race_for_places(site: LiveSite, base: str, rounds: int, name: str = "places") -> Outcome:
    """Let 50 clients ask for 30 places, each from a form and with cookies of its own."""
    outcome = Outcome(f"{CLIENTS} clients, {PLACES} places ({name})", rounds)
    made = events(site, name, rounds, PLACES)
    began = time.monotonic()
    for event in made:
        clients = [Client(base, event["path"], event["date"]) for _ in range(CLIENTS)]
        at_once([client.open for client in clients])
        answers = at_once([lambda client=client: client.send(somebody()) for client in clients])
        outcome.answers.update(answer.status_code for answer in answers)
    outcome.seconds = time.monotonic() - began
    seen = look(site, made)
    for event in made:
        kept = seen["kept"].get(event["date"], {})
        right = {"confirmed": PLACES, "waiting": CLIENTS - PLACES}
        outcome.expect(kept == right, f"{kept} instead of {right}")
    outcome.expect(set(outcome.answers) == {302}, "not every form was taken")
    outcome.expect(seen["drift"] == 0, f"{seen['drift']} counts are wrong")
    return outcome


def same_form(site: LiveSite, base: str, rounds: int) -> Outcome:
    """Send one form 50 times at once."""
    outcome = Outcome(f"one form {CLIENTS} times", rounds)
    made = events(site, "same", rounds, PLACES)
    began = time.monotonic()
    for event in made:
        client = Client(base, event["path"], event["date"])
        client.open()
        email = somebody()
        clients = []
        for _ in range(CLIENTS):
            twin = Client(base, event["path"], event["date"])
            twin.session.cookies.update(client.session.cookies)
            twin.csrf, twin.token = client.csrf, client.token
            clients.append(twin)
        answers = at_once([lambda twin=twin, email=email: twin.send(email) for twin in clients])
        outcome.answers.update(answer.status_code for answer in answers)
        taken = [answer for answer in answers if answer.status_code == 302]
        references = {client.reference(answer) for answer in taken}
        outcome.expect(len(references) == 1, f"{len(references)} references for one form")
    outcome.seconds = time.monotonic() - began
    seen = look(site, made)
    for event in made:
        kept, mails = seen["kept"].get(event["date"], {}), seen["mails"].get(event["date"], 0)
        outcome.expect(kept == {"confirmed": 1}, f"{kept} kept of one form")
        outcome.expect(mails == 2, f"{mails} mails for one form")
    outcome.expect(set(outcome.answers) == {302}, "not every form was taken")
    return outcome


def holders(site: LiveSite, made: list[dict], *, before: bool) -> dict[str, list[str]]:
    """Return the holder's link and the head of the line of each date, or who holds it now."""
    dates = json.dumps([event["date"] for event in made])
    return site.query(HOLDERS.format(dates=dates, before=before))


def last_place(site: LiveSite, base: str, rounds: int) -> Outcome:
    """Give the only place back while 20 wait for it and 10 more come."""
    outcome = Outcome(f"the last place back, {WAITING} wait, {LATE} come", rounds)
    made = events(site, "last", rounds, 1)
    began = time.monotonic()
    for event in made:
        client = Client(base, event["path"], event["date"])
        for _ in range(1 + WAITING):
            client.open()
            client.send(somebody())
    before = holders(site, made, before=True)
    for event in made:
        link, _ = before[event["date"]]
        late = [Client(base, event["path"], event["date"]) for _ in range(LATE + 1)]
        at_once([client.open for client in late])
        holder = late.pop()
        come = [lambda client=client: client.send(somebody()) for client in late]
        answers = at_once([lambda holder=holder, link=link: holder.withdraw(link), *come])
        outcome.answers.update(answer.status_code for answer in answers)
    outcome.seconds = time.monotonic() - began
    seen, after = look(site, made), holders(site, made, before=False)
    right = {"confirmed": 1, "waiting": WAITING - 1 + LATE, "withdrawn": 1}
    for event in made:
        date = event["date"]
        kept = seen["kept"].get(date, {})
        outcome.expect(kept == right, f"{kept} instead of {right}")
        outcome.expect(after[date][1] == before[date][1], "somebody was passed over")
    outcome.expect(set(outcome.answers) == {302}, "not every act was done")
    return outcome


def without_guard(site: LiveSite, rounds: int) -> Outcome:
    """Run the first race against a site that looks before it takes."""
    port = free_port()
    site.start(
        *("-m", "gunicorn", "bench.unguarded:application", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--worker-class", "gthread", "--threads", "4"),
        *("--log-level", "warning", "--no-control-socket"),
    )
    site.wait_until_healthy(port)
    raced = race_for_places(site, f"http://127.0.0.1:{port}", rounds, "control")
    sold_twice = [fault for fault in raced.faults if "instead of" in fault]
    outcome = Outcome("control: the first race without the guard", rounds, raced.answers)
    outcome.seconds = raced.seconds
    outcome.expect(bool(sold_twice), "nothing was sold twice, so the races prove nothing")
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", default="", help="address of a PostgreSQL server")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    clean_up_when_told_to_end()
    with scratch_folder() as folder, scratch_database(options.postgres) as database:
        site = LiveSite(folder, database_url=database, email_url="consolemail://")
        try:
            site.start_web()
            base = f"http://127.0.0.1:{site.ports[0]}"
            outcomes = [
                race_for_places(site, base, options.rounds),
                same_form(site, base, options.rounds),
                last_place(site, base, options.rounds),
                without_guard(site, max(2, options.rounds // 5)),
            ]
        finally:
            site.close()
    print(f"\nOn {'PostgreSQL' if options.postgres else 'SQLite'}:\n")
    print("| race | rounds | answers | took | |\n|---|---|---|---|---|")
    for outcome in outcomes:
        print(outcome.line())
    return 1 if any(outcome.faults for outcome in outcomes) else 0


if __name__ == "__main__":
    raise SystemExit(main())
