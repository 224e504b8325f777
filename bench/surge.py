"""Booking opens at noon: a thousand people within a minute, each reads two pages and books.

Usage: ``python -m bench.surge [--postgres postgres://…] [--people 1000] [--seconds 60]``. Two web
processes of four threads and one mail worker serve them, with the page cache on, while a lead opens
the list of registrations every eighteen seconds. Exits with status 1 if a request fails, or if the
number of places taken is not exactly the capacity.
"""

import argparse
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import requests

from bench.load import CONTENT, EVENT, INDEX, hidden_fields, production_site
from tests.live_site import (
    REFERENCE,
    LiveSite,
    clean_up_when_told_to_end,
    free_port,
    scratch_database,
    scratch_folder,
)

SET_PLACES = """
page = RegistrationPage.objects.get()
page.capacity = {places}
page.save_revision().publish()
"""
SIGN_IN = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import get_user_model
lead = get_user_model().objects.create_superuser("lead", "lead@council.example", "unused")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session["_auth_user_id"] = str(lead.pk)
session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
session["_auth_user_hash"] = lead.get_session_auth_hash()
session.save()
result = session.session_key
"""
COUNT = """
from collections import Counter
result = Counter(Registration.objects.values_list("status", flat=True))
"""


@dataclass
class Figures:
    """How long people waited, in seconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    bookings: list[float] = field(default_factory=list)
    staff: list[float] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Person:
    """Someone who reads the list and the event, opens the form, and books."""

    def __init__(self, address: str, number: int, figures: Figures):
        self.address, self.number, self.figures = address, number, figures
        self.session = requests.Session()

    def get(self, path: str) -> requests.Response:
        began = time.monotonic()
        page = self.session.get(self.address + path, timeout=60)
        self.figures.pages.append(time.monotonic() - began)
        page.raise_for_status()
        return page

    def come(self, content: dict) -> None:
        try:
            self.get(INDEX)
            self.get(EVENT)
            form = self.get(content["path"])
            answers = hidden_fields(form.text) | {
                "occurrence": content["date"],
                "name": "Noon Visitor",
                "consent": "on",
                "email": f"noon{self.number}@visitor.example",
            }
            began = time.monotonic()
            receipt = self.session.post(self.address + content["path"], answers, timeout=60)
            self.figures.bookings.append(time.monotonic() - began)
            receipt.raise_for_status()
            self.figures.references.append(REFERENCE.search(receipt.text)[0])
        except (requests.RequestException, TypeError) as error:
            self.figures.failures.append(f"{type(error).__name__}: {error}"[:200])


def staff(address: str, session: str, figures: Figures, ending: threading.Event) -> None:
    """Open the list of registrations every eighteen seconds, as a safeguarding lead does."""
    cookies = {"sessionid": session}
    while not ending.wait(18):
        began = time.monotonic()
        url = f"{address}/cms/prevent_registrations/registration/"
        page = requests.get(url, cookies=cookies, timeout=60, allow_redirects=False)
        figures.staff.append(time.monotonic() - began)
        if page.status_code >= 500:
            figures.failures.append(f"staff: {page.status_code}")


def processes_of(leader: int) -> Iterator[Path]:
    """Yield the folders in /proc of a process group."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == leader:
                yield folder
        except ProcessLookupError:
            continue


def cpu_seconds(leader: int) -> float:
    """Return the processor time of a process group, user and system."""
    ticks = 0
    for folder in processes_of(leader):
        times = (folder / "stat").read_text().rpartition(")")[2].split()
        ticks += int(times[11]) + int(times[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def megabytes(leader: int) -> float:
    """Return the memory of a process group, shared pages counted once (proc_pid_smaps, Pss)."""
    total = 0
    for folder in processes_of(leader):
        lines = (folder / "smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def percentile(seconds: list[float], which: int) -> float:
    return quantiles(seconds, n=100)[which - 1]


def surge(site: LiveSite, *, people: int, seconds: int, places: int) -> tuple[list[str], bool]:
    """Let ``people`` arrive within ``seconds``; return table rows, and whether all passed."""
    site.query(CONTENT)
    site.query(SET_PLACES.format(places=places))
    session = site.query(SIGN_IN)
    port = free_port()
    web = site.start_web(port)
    site.start_worker()
    address = f"http://127.0.0.1:{port}"
    figures, ending = Figures(), threading.Event()
    desk = threading.Thread(target=staff, args=[address, session, figures, ending])
    desk.start()
    memory, cpu, began = megabytes(web.pid), cpu_seconds(web.pid), time.monotonic()
    threads = []
    for number in range(people):
        person = Person(address, number, figures)
        threads.append(threading.Thread(target=person.come, args=[site.content]))
        time.sleep(max(0.0, began + number * seconds / people - time.monotonic()))
        threads[-1].start()
    for thread in threads:
        thread.join()
    took, used = time.monotonic() - began, cpu_seconds(web.pid) - cpu
    ending.set()
    desk.join()
    counts = site.query(COUNT)
    emails = "all" if not site.drain(120) else "NOT all"
    rows = {
        "people, within": f"{people:,}, {seconds} s (the last was answered after {took:.0f} s)",
        "bookings confirmed, waiting list": (
            f"{counts.get('confirmed', 0)} of {places} places, {counts.get('waiting', 0)}"
        ),
        "requests that failed": f"{len(figures.failures)}",
        "a page: median, 95th percentile": (
            f"{percentile(figures.pages, 50):.2f} s, {percentile(figures.pages, 95):.2f} s"
        ),
        "a booking with its receipt: median, 95th percentile": (
            f"{percentile(figures.bookings, 50):.2f} s, {percentile(figures.bookings, 95):.2f} s"
        ),
        "the list of registrations in the CMS, slowest": f"{max(figures.staff, default=0):.2f} s",
        "web processor time for each visitor": f"{used / people * 1000:.0f} ms",
        "memory of the web processes, before and after": (
            f"{memory:.0f} MB, {megabytes(web.pid):.0f} MB"
        ),
        "emails delivered": emails,
    }
    for failure in figures.failures[:5]:
        print(failure)
    is_right = not figures.failures and counts.get("confirmed", 0) == min(places, people)
    return [f"| {what} | {value} |" for what, value in rows.items()], is_right


def measure_surge(postgres: str = "", **numbers: int) -> tuple[list[str], bool]:
    """Make a site with its own database and run ``surge`` on it."""
    with scratch_folder() as folder, ExitStack() as stack:
        database = stack.enter_context(scratch_database(postgres))
        site = production_site(folder, database or f"sqlite:///{folder / 'site.sqlite3'}")
        stack.callback(site.close)
        lines, is_right = surge(site, **numbers)
    return [f"| {'PostgreSQL' if postgres else 'SQLite'} | |", "|---|---|", *lines], is_right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", default="", help="a server on which databases can be made")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--places", type=int, default=600)
    clean_up_when_told_to_end()
    lines, is_right = measure_surge(**vars(parser.parse_args()))
    print("\n".join(lines))
    return 0 if is_right else 1


if __name__ == "__main__":
    raise SystemExit(main())
