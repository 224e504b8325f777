"""The site as it runs: real web servers and mail workers with a separate database.

For tests and measurements that kill processes, cut services off, or count what arrived.
"""

import ctypes
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import requests
from django.core import signing

from tests.migrated_database import migrated_sqlite

ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY = "for-live-tests-only"
PR_SET_PDEATHSIG = 1
REFERENCE = re.compile(r"PR-[0-9A-Z]{4}-[0-9A-Z]{4}")
SUBMISSION_KEY = re.compile(r'name="submission_key" value="([^"]+)"')
CONTENT = """
from datetime import timedelta
from django.utils import timezone
from home.models import HomePage
from tests.factories import (
    EventIndexPageFactory, EventPageFactory, PreventPageFactory, RegistrationPageFactory,
)
prevent = PreventPageFactory(parent=HomePage.objects.get())
index = EventIndexPageFactory(parent=prevent)
event = EventPageFactory(
    parent=index, title="Live", slug="live", date=timezone.localdate() + timedelta(days=60)
)
page = RegistrationPageFactory(parent=event)
result = {
    "page": page.pk, "path": page.get_url_parts()[2], "date": str(event.occurrences.get().uuid),
}
"""
# A process of the site that runs commands, one per line, and answers each with a line.
ANSWERING = """
import json, sys, traceback
import django
django.setup()
from django.db import connections
for line in sys.stdin:
    said = {}
    try:
        exec("from events.registrations.models import *\\n" + json.loads(line), said)
        answer = {"result": said.get("result")}
    except Exception:
        answer = {"error": traceback.format_exc()}
    connections.close_all()
    print("ANSWER" + json.dumps(answer, default=str), flush=True)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_the_test() -> None:
    """Ask Linux to end this process when its parent is killed, so that no orphan stays."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class LiveSite:
    """A site in its own folder, with one event that takes unlimited registrations."""

    def __init__(self, folder: Path, *, database_url: str, email_url: str, **environment: str):
        self.folder, self.root = folder, ROOT
        self.ports: list[int] = []
        self.processes: list[subprocess.Popen] = []
        self.answering: subprocess.Popen | None = None
        self.log = (folder / "processes.log").open("ab")
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cms.settings.dev",
            "DEBUG": "false",
            "SECRET_KEY": SECRET_KEY,
            "VAR_DIR": str(folder),
            "DATABASE_URL": database_url,
            "EMAIL_URL": email_url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "REGISTRATION_QUICKEST_SECONDS": "0",
            "REGISTRATION_LIMIT_ADDRESS": "1000000",
            "REGISTRATION_LIMIT_NETWORK": "1000000",
            "REGISTRATION_PLACES_AT_ONCE": "1000000",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        if database_url:
            self.manage("migrate", "--verbosity", "0")
        else:
            shutil.copy(migrated_sqlite(), folder / "site.sqlite3")
        self.content = self.query(CONTENT)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stderr[-2000:]}")
        return done.stdout

    def start(self, *command: str) -> subprocess.Popen:
        """Start a process in its own group, so that a kill takes its children with it."""
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            preexec_fn=end_with_the_test,
        )
        self.processes.append(process)
        return process

    def start_worker(self) -> subprocess.Popen:
        return self.start("manage.py", "send_outbox", "--loop")

    def start_web(
        self,
        port: int | None = None,
        *,
        workers: int = 2,
        application: str = "cms.wsgi:application",
    ) -> subprocess.Popen:
        """Start a web server and wait until it answers."""
        port = port or free_port()
        web = self.start(
            *("-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"),
            *("--workers", str(workers), "--worker-class", "gthread", "--threads", "4"),
            *("--log-level", "warning", "--no-control-socket", "--preload"),
        )
        if port not in self.ports:
            self.ports.append(port)
        self.wait_until_healthy(port, web)
        return web

    def wait_until_healthy(self, port: int, web: subprocess.Popen) -> None:
        """Wait until the server ``web`` answers at ``port``."""
        until = time.monotonic() + 120
        while time.monotonic() < until and web.poll() is None:
            try:
                if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        log = Path(self.log.name).read_text(errors="replace")
        raise RuntimeError(f"The web server does not answer:\n{log[-2000:]}")

    def kill(self, process: subprocess.Popen, number: int = signal.SIGKILL) -> None:
        """End a process and its children, and wait until it is gone."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.wait()
        self.processes.remove(process)

    def close(self) -> None:
        for process in [*self.processes]:
            self.kill(process)
        if self.answering is not None:
            self.answering.stdin.close()
            self.answering.stdout.close()
            self.answering.wait()
        self.log.close()

    def query(self, code: str) -> object:
        """Run ``code`` within the site, and return ``result`` as JSON.

        One process answers all of them, because starting one takes seconds.
        """
        if self.answering is None:
            self.answering = subprocess.Popen(
                [sys.executable, "-c", ANSWERING],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                preexec_fn=end_with_the_test,
            )
        self.answering.stdin.write(f"{json.dumps(code)}\n")
        self.answering.stdin.flush()
        for line in self.answering.stdout:
            if line.startswith("ANSWER"):
                answer = json.loads(line.removeprefix("ANSWER"))
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]
        raise RuntimeError("The site cannot be started to answer.")

    def sql(self, statement: str) -> list[tuple]:
        """Return the rows of ``statement``, queried directly from the database to save a start."""
        if (url := self.environment["DATABASE_URL"]).startswith("postgres"):
            with psycopg.connect(url, autocommit=True) as connection:
                answer = connection.execute(statement)
                return answer.fetchall() if answer.description else []
        with closing(sqlite3.connect(self.folder / "site.sqlite3", timeout=20)) as connection:
            found = connection.execute(statement).fetchall()
            connection.commit()
            return found

    def unsent(self) -> dict[str, int]:
        """Return how many emails are in each unsent state."""
        return dict(
            self.sql(
                "SELECT state, count(*) FROM prevent_registrations_outboundemail"
                " WHERE state <> 'sent' GROUP BY state"
            )
        )

    def drain(self, seconds: float, *, left: frozenset[str] = frozenset()) -> dict[str, int]:
        """Wait until only emails in the states ``left`` are unsent; return the counts."""
        until = time.monotonic() + seconds
        while True:
            unsent = self.unsent()
            if not set(unsent) - left or time.monotonic() > until:
                return unsent
            time.sleep(1)


class Visitor:
    """Someone who registers people on ``event``, or the site's own."""

    def __init__(self, site: LiveSite, port: int, event: dict | None = None):
        self.site, self.port = site, port
        self.event = event or site.content
        self.session = requests.Session()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def form_url(self) -> str:
        return self.url(self.event["path"])

    def open_form(self) -> None:
        self.session.get(self.form_url, timeout=30).raise_for_status()

    def key(self) -> str:
        """Return the form's one-time token, as if the form had been opened just now."""
        said = [self.event["page"], secrets.token_urlsafe(18), int(time.time())]
        return signing.dumps(said, salt="prevent_registrations.form", key=SECRET_KEY)

    def post(self, email: str, key: str) -> requests.Response:
        return self.session.post(
            self.form_url,
            data={
                "submission_key": key,
                "occurrence": self.event["date"],
                "name": "Live Visitor",
                "email": email,
                "consent": "on",
            },
            timeout=30,
            allow_redirects=False,
        )

    def withdraw(self, link: str) -> requests.Response:
        return self.session.post(
            self.url(f"/registration/{link}/withdraw/"),
            timeout=30,
            allow_redirects=False,
        )

    def reference(self, answer: requests.Response) -> str:
        """Return the reference on the page that ``answer`` leads to, or "" if it fails."""
        page = self.session.get(self.url(answer.headers["Location"]), timeout=30)
        return REFERENCE.search(page.text)[0] if page.status_code == 200 else ""

    def register(self, email: str, *, patience: float = 60) -> str:
        """Send one form as often as necessary; return the reference shown.

        If the form is shown again, that one is sent.
        """
        key = self.key()
        until = time.monotonic() + patience
        while True:
            try:
                answer = self.post(email, key)
                if answer.status_code == 302:
                    if reference := self.reference(answer):
                        return reference
                elif asked_again := SUBMISSION_KEY.search(answer.text):
                    key = asked_again[1]
                elif answer.status_code < 500:
                    raise RuntimeError(f"The form was answered with {answer.status_code}")
            except requests.RequestException:
                pass
            if time.monotonic() > until:
                raise TimeoutError(f"Nobody answered for {patience} seconds")
            time.sleep(0.2)


class Crowd:
    """People who register without a pause, each with one form until it is acknowledged."""

    def __init__(self, site: LiveSite, port: int, number: int = 3):
        self.site, self.port = site, port
        self.acknowledged: dict[str, tuple[str, float]] = {}
        self.faults: list[str] = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.go_on, args=[each]) for each in range(number)]
        for thread in self.threads:
            thread.start()

    def go_on(self, number: int) -> None:
        visitor, count = Visitor(self.site, self.port), 0
        while not self.ending.is_set():
            email = f"crowd{number}x{count}@visitor.example"
            try:
                reference = visitor.register(email, patience=180)
            except (RuntimeError, TimeoutError) as error:
                self.faults.append(str(error))
                return
            self.acknowledged[email] = reference, time.monotonic()
            count += 1

    @property
    def references(self) -> set[str]:
        return {reference for reference, _ in list(self.acknowledged.values())}

    def wait_for(self, more: int, *, seconds: float = 180) -> None:
        """Wait until ``more`` people are acknowledged."""
        wanted, until = len(self.acknowledged) + more, time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            if time.monotonic() > until or self.faults:
                raise RuntimeError(f"Nobody is acknowledged: {self.faults[:2]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join()


def clean_up_when_told_to_end() -> None:
    """Let SIGTERM end the program like Ctrl-C, so that the processes it started end too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Provide a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="prevent-live-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """Provide a temporary PostgreSQL database on the server of ``server_url``; yield its address.

    Without a server it is the folder's SQLite, and the address is empty.
    """
    if not server_url:
        yield ""
        return
    base = server_url.rpartition("/")[0]
    name = f"prevent_live_{secrets.token_hex(4)}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{base}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
