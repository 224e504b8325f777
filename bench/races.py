"""Race for places against a real server: gunicorn with two processes of four threads.

Usage: ``python -m bench.races [--postgres postgres://user@host:5432/any] [--rounds 20]``. Ends with
status 1 if a place is sold twice or left empty, a form is stored twice, someone on the waiting list
is passed over, or any request fails. The control switches the guard off (``bench.unguarded``) and
fails unless a place is then sold twice.
"""

import argparse
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from tests.live_site import (
    LiveSite,
    Visitor,
    clean_up_when_told_to_end,
    free_port,
    scratch_database,
    scratch_folder,
)

PLACES, CLIENTS = 30, 50
WAITING, LATE = 20, 10
MAKE_EVENTS = """
from datetime import timedelta
from django.utils import timezone
from events.models import EventIndexPage
from tests.factories import EventPageFactory, RegistrationPageFactory
result = []
for number in range({number}):
    event = EventPageFactory(
        parent=EventIndexPage.objects.first(),
        slug=f"{name}-{{number}}",
        date=timezone.localdate() + timedelta(days=60),
    )
    page = RegistrationPageFactory(parent=event, capacity={capacity})
    date = str(event.occurrences.get().uuid)
    result.append({{"page": page.pk, "path": page.get_url_parts()[2], "date": date}})
"""
OUTCOMES = """
from collections import Counter
from events.registrations.places import find_drift
drifting = {{drift.occurrence_pk for drift in find_drift()}}
result = {{}}
for date in {dates}:
    rows = Registration.objects.filter(occurrence__uuid=date)
    confirmed, first_waiting = rows.filter(status="confirmed").first(), rows.queue().first()
    result[date] = {{
        "drifts": rows.filter(occurrence__in=drifting).exists(),
        "statuses": Counter(rows.values_list("status", flat=True)),
        "emails": OutboundEmail.objects.filter(registration__in=rows).count(),
        "link": confirmed.link_token() if confirmed else "",
        "holder": confirmed.email if confirmed else "",
        "next": first_waiting.email if first_waiting else "",
    }}
"""


@dataclass
class Race:
    """One kind of race on one server: the answers clients got, and what went wrong."""

    name: str
    site: LiveSite
    port: int
    rounds: int
    answers: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def events(self, capacity: int) -> list[dict]:
        name = secrets.token_hex(4)
        code = MAKE_EVENTS.format(name=name, number=self.rounds, capacity=capacity)
        return self.site.query(code)

    def clients(self, event: dict, number: int) -> list[Visitor]:
        """Return visitors who have the form open."""
        clients = [Visitor(self.site, self.port, event) for _ in range(number)]
        for client in clients:
            # A connection that is idle between two requests may be closed just as the second is
            # sent.
            client.session.headers["Connection"] = "close"
        at_once([client.open_form for client in clients])
        return clients

    def run(self, actions: list[Callable[[], requests.Response]]) -> list[requests.Response]:
        answers = at_once(actions)
        self.answers.update(answer.status_code for answer in answers)
        return answers

    def outcomes(self, events: list[dict]) -> list[dict]:
        self.seconds = time.monotonic() - self.began
        self.expect(set(self.answers) <= {302}, "a form was not accepted")
        dates = [event["date"] for event in events]
        return list(self.site.query(OUTCOMES.format(dates=json.dumps(dates))).values())

    def expect(self, is_right: bool, fault: str) -> None:
        if not is_right:
            self.faults.append(fault)

    def line(self) -> str:
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(self.answers.items()))
        verdict = f"FAILED: {'; '.join(self.faults[:3])}" if self.faults else "held"
        return f"| {self.name} | {self.rounds} | {answers} | {self.seconds:.0f} s | {verdict} |"


def at_once(actions: list[Callable]) -> list:
    """Run ``actions`` in threads that start together; return their results."""
    start = threading.Barrier(len(actions))

    def run(action: Callable):
        start.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def new_email() -> str:
    return f"{secrets.token_hex(6)}@visitor.example"


def booking(client: Visitor) -> Callable[[], requests.Response]:
    key, email = client.key(), new_email()
    return lambda: client.post(email, key)


def race_for_places(site: LiveSite, port: int, rounds: int) -> Race:
    """Let 50 clients ask for 30 places."""
    race = Race(f"{CLIENTS} clients, {PLACES} places", site, port, rounds)
    events = race.events(PLACES)
    for event in events:
        race.run([booking(client) for client in race.clients(event, CLIENTS)])
    expected = {"confirmed": PLACES, "waiting": CLIENTS - PLACES}
    for outcome in race.outcomes(events):
        race.expect(outcome["statuses"] == expected, f"{outcome['statuses']} for {expected}")
        race.expect(not outcome["drifts"], "the count of places is wrong")
    return race


def race_of_one_form(site: LiveSite, port: int, rounds: int) -> Race:
    """Send one form 50 times at once."""
    race = Race(f"one form {CLIENTS} times", site, port, rounds)
    events = race.events(PLACES)
    for event in events:
        clients = race.clients(event, CLIENTS)
        key, email = clients[0].key(), new_email()
        answers = race.run(
            [lambda twin=twin, email=email, key=key: twin.post(email, key) for twin in clients]
        )
        accepted = [answer for answer in answers if answer.status_code == 302]
        references = {clients[0].reference(answer) for answer in accepted}
        race.expect(len(references) == 1, f"{len(references)} references for one form")
    for outcome in race.outcomes(events):
        race.expect(outcome["statuses"] == {"confirmed": 1}, f"{outcome['statuses']} of one form")
        race.expect(outcome["emails"] == 2, f"{outcome['emails']} emails for one form")
    return race


def race_for_the_last_place(site: LiveSite, port: int, rounds: int) -> Race:
    """Give the only place back while 20 people wait for it and 10 more arrive."""
    race = Race(f"the last place back, {WAITING} wait, {LATE} come", site, port, rounds)
    events = race.events(1)
    for event in events:
        for client in race.clients(event, 1 + WAITING):
            booking(client)()
    before = race.outcomes(events)
    for event, outcome in zip(events, before, strict=True):
        holder, *late = race.clients(event, 1 + LATE)
        race.run(
            [
                lambda holder=holder, link=outcome["link"]: holder.withdraw(link),
                *[booking(client) for client in late],
            ]
        )
    expected = {"confirmed": 1, "waiting": WAITING - 1 + LATE, "withdrawn": 1}
    for earlier, outcome in zip(before, race.outcomes(events), strict=True):
        race.expect(outcome["statuses"] == expected, f"{outcome['statuses']} for {expected}")
        race.expect(outcome["holder"] == earlier["next"], "someone was passed over")
    return race


def control(site: LiveSite, rounds: int) -> Race:
    """Run the first race against a site that checks for a free place before it takes one."""
    port = free_port()
    site.start_web(port, application="bench.unguarded:application")
    raced = race_for_places(site, port, rounds)
    race = Race("control: the first race without the guard", site, port, rounds, raced.answers)
    race.seconds = raced.seconds
    sold_twice = any("confirmed" in fault for fault in raced.faults)
    race.expect(sold_twice, "nothing was sold twice, so the races prove nothing")
    return race


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
            port = site.ports[0]
            races = [
                race_for_places(site, port, options.rounds),
                race_of_one_form(site, port, options.rounds),
                race_for_the_last_place(site, port, options.rounds),
                control(site, max(2, options.rounds // 5)),
            ]
        finally:
            site.close()
    print(f"\nOn {'PostgreSQL' if options.postgres else 'SQLite'}:\n")
    print("| race | rounds | answers | took | |\n|---|---|---|---|---|")
    for race in races:
        print(race.line())
    return 1 if any(race.faults for race in races) else 0


if __name__ == "__main__":
    raise SystemExit(main())
