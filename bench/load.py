"""Requests a second, side by side: this site, Wagtail's own start, bare Django, and nginx.

Usage: ``python -m bench.load [--postgres postgres://user@host:5432/any] [--redis redis://…]
[--seconds 1] [--rounds 7] [--write]``. Needs wrk and nginx (apt-get install wrk nginx-light). Each
subject is measured right after its peer, in turns, so that whatever else the machine does hits
both. What counts is the ratio of each pair, of which the median is shown. ``--write`` writes the
table to ``docs/benchmarks.md``.
"""

import argparse
import os
import platform
import re
import secrets
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import requests
from django.core import signing

from tests.live_site import (
    ROOT,
    SECRET_KEY,
    LiveSite,
    clean_up_when_told_to_end,
    free_port,
    scratch_database,
    scratch_folder,
)

DOCS = ROOT / "docs" / "benchmarks.md"
EVENT, INDEX = "/prevent/roundtables/live/", "/prevent/roundtables/"
WAGTAIL_PAGES = "/api/v2/pages/?limit=20&type=prevent_events.EventPage&fields=*"
FORMS = 20_000
CONNECTIONS = 4
RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
COUNT = re.compile(r"([0-9]+) requests in")
CONTENT = """
from datetime import timedelta
from django.utils import timezone
from wagtail_factories import ImageFactory
from events.models import EventIndexPage, EventPage, EventSpeaker
from prevent_content.blocks import EditorialStreamBlock
from tests.factories import EventPageFactory, SpeakerFactory, publish
choices = EditorialStreamBlock().child_blocks
image = ImageFactory(title="The hall", file__width=1600, file__height=900)
image.contextual_alt_text = "A hall with six tables"
event = EventPage.objects.get(slug="live")
event.body = [("figure", {"image": image, "caption": "The hall"})] + [
    (name, choices[name].get_preview_value())
    for name in ["heading", "prose", "inset", "details"] * 5]
event.event_speakers = [EventSpeaker(speaker=SpeakerFactory()) for _ in range(2)]
event = publish(event)
for number in range(19):
    EventPageFactory(parent=EventIndexPage.objects.get(), title=f"Evening {number}",
                     venue=event.venue, organiser=event.organiser,
                     date=timezone.localdate() + timedelta(days=61 + number))
"""
BARE_DJANGO = """
import os
from pathlib import Path
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="bench")
body = Path(os.environ["BODY"]).read_bytes()
urlpatterns = [path("", lambda request: HttpResponse(body))]
application = get_wsgi_application()
"""
START_SETTINGS = """
import os
import environ
from .base import *
DEBUG = False
SECRET_KEY = "bench"
ALLOWED_HOSTS = ["127.0.0.1"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": {**environ.Env().db(), "CONN_MAX_AGE": 60}}
"""
# As docs/operators/nginx-cache.md has it.
NGINX = """
user {user};
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  default_type text/html;
  sendfile on;
  proxy_cache_path cache keys_zone=pages:10m max_size=200m inactive=10m use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location /file/ {{ alias "{folder}/"; }}
    location / {{
      proxy_pass {site};
      proxy_set_header Host $host;
      proxy_cache pages;
      proxy_cache_key $scheme$host$request_uri;
      proxy_cache_lock on;
      proxy_cache_use_stale updating;
      proxy_cache_background_update on;
      open_file_cache max=1000 inactive=60s;
      proxy_cache_bypass $cookie_sessionid $http_authorization;
      proxy_no_cache $cookie_sessionid $http_authorization;
    }}
  }}
}}
"""
POST = """
local bodies, number = {{}}, tonumber(os.getenv("SENT"))
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, bodies[number])
end
"""


class Bench:
    """What is measured: the address of each subject, and the peer beside which it is measured."""

    def __init__(self, folder: Path, stack: ExitStack):
        self.folder, self.stack = folder, stack
        self.addresses: dict[str, str] = {}
        self.peers: dict[str, str] = {}
        self.scripts: dict[str, Path] = {}
        self.sent = 0

    def add(self, name: str, address: str, *, beside: str = "", script: Path | None = None) -> None:
        requests.get(address, timeout=60).raise_for_status()
        self.addresses[name] = address
        if beside:
            self.peers[name] = beside
        if script:
            self.scripts[name] = script

    def add_site(self, database: str, url: str) -> LiveSite:
        """Serve this site without a page cache, and Wagtail's start, on one kind of database."""
        folder = self.folder / database
        folder.mkdir()
        site = LiveSite(
            folder,
            database_url=url,
            email_url="smtp://127.0.0.1:1",
            DJANGO_SETTINGS_MODULE="cms.settings.production",
            SITE_URL="http://127.0.0.1",
            SECURE_SSL_REDIRECT="false",
            FIELD_ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            REGISTRATION_LIMIT_EMAIL="1000000",
            ORGANISER_EMAIL_DOMAINS="council.example",
        )
        self.stack.callback(site.close)
        site.manage("collectstatic", "--noinput", "--verbosity", "0", "--ignore", "*.gz")
        site.query(CONTENT)
        start = f"wagtail start, {database}"
        self.add(start, self.wagtail_start(site, folder / "start", url))
        ours = serve(site, PAGE_CACHE_SECONDS="0")
        form = ours + site.content["path"]
        self.add(f"event page, {database}", ours + EVENT, beside=start)
        self.add(f"index of 20, {database}", ours + INDEX, beside=start)
        self.add(f"form, {database}", form, beside=start)
        script = self.write_forms(site)
        self.add(f"registration, {database}", form, beside=start, script=script)
        pages = f"Wagtail’s API of 20 pages, {database}"
        self.add(pages, ours + WAGTAIL_PAGES)
        dates = f"{ours}/api/occurrences/?limit=20"
        self.add(f"API of 20 dates, {database}", dates, beside=pages)
        return site

    def wagtail_start(self, site: LiveSite, folder: Path, url: str) -> str:
        """Serve the site that ``wagtail start`` makes, and return its address."""
        folder.mkdir()
        wagtail = Path(sys.executable).with_name("wagtail")
        subprocess.run([wagtail, "start", "start", folder], check=True, capture_output=True)
        (folder / "start" / "settings" / "bench.py").write_text(START_SETTINGS)
        postgres = self.stack.enter_context(scratch_database(url if "postgres" in url else ""))
        environment = {"DATABASE_URL": postgres, "DJANGO_SETTINGS_MODULE": "start.settings.bench"}
        migrate = [sys.executable, folder / "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=os.environ | environment, check=True, capture_output=True)
        return serve(site, "start.wsgi:application", folder=folder, **environment)

    def add_cached(self, site: LiveSite, redis: str) -> None:
        """Serve cached pages, and beside them the same bytes in the least possible way."""
        address = serve(site)
        folder = self.folder / "peers"
        folder.mkdir(mode=0o755)
        body = folder / "page.html"
        body.write_bytes(requests.get(address + EVENT, timeout=60).content)
        (folder / "bare.py").write_text(BARE_DJANGO)
        self.add("bare Django", serve(site, "bare:application", folder=folder, BODY=str(body)))
        self.add("cached page, local memory", address + EVENT, beside="bare Django")
        if redis:
            beside = serve(site, CACHE_URL=redis)
            self.add("cached page, Redis", beside + EVENT, beside="bare Django")
        port = free_port()
        user = "nobody" if os.geteuid() else "root"
        (folder / "nginx.conf").write_text(
            NGINX.format(folder=folder, port=port, site=address, user=user)
        )
        log = folder / "start.log"
        nginx = subprocess.Popen(["nginx", "-p", folder, "-c", "nginx.conf", "-e", log])
        self.stack.callback(nginx.wait)
        self.stack.callback(nginx.terminate)
        front = f"http://127.0.0.1:{port}"
        wait_for(front)
        self.add("file, nginx", f"{front}/file/page.html")
        self.add("cached page, nginx proxy_cache", front + EVENT, beside="file, nginx")

    def write_forms(self, site: LiveSite) -> Path:
        """Write completed forms, each with a one-time key of its own; return the script for wrk."""
        bodies = site.folder / "bodies"
        with bodies.open("w") as file:
            for number in range(FORMS):
                signed = [site.content["page"], secrets.token_urlsafe(18), int(time.time()) - 60]
                answers = {
                    "submission_key": signing.dumps(
                        signed, salt="prevent_registrations.form", key=SECRET_KEY
                    ),
                    "occurrence": site.content["date"],
                    "name": "Bench Visitor",
                    "email": f"bench{number}@visitor.example",
                    "consent": "on",
                }
                file.write(urlencode(answers) + "\n")
        script = bodies.with_suffix(".lua")
        script.write_text(POST.format(bodies=bodies))
        return script

    def measure(self, name: str, seconds: int) -> float:
        script = self.scripts.get(name)
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s"]
            + (["-s", str(script)] if script else [])
            + [self.addresses[name]],
            env=os.environ | {"SENT": str(self.sent)},
            capture_output=True,
            text=True,
            check=True,
        )
        if "Non-2xx" in done.stdout:
            raise SystemExit(f"{name} is refused:\n{done.stdout}")
        if script:
            # Forms still on their way at the end are not in wrk's count, and none may come twice.
            self.sent += int(COUNT.search(done.stdout)[1]) + CONNECTIONS
        return float(RATE.search(done.stdout)[1])

    def table(self, *, rounds: int, seconds: int) -> list[str]:
        """Measure in turns, and return a line for each subject with its peer and their ratio."""
        pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in self.peers}
        for _ in range(rounds):
            for name, peer in self.peers.items():
                theirs, ours = self.measure(peer, seconds), self.measure(name, seconds)
                pairs[name].append((ours, theirs))
        lines = ["| what | requests/s | beside | requests/s | ratio |", "|---|---|---|---|---|"]
        for name, peer in self.peers.items():
            ours, theirs = (median(rates) for rates in zip(*pairs[name], strict=True))
            ratio = median(first / second for first, second in pairs[name])
            lines.append(f"| {name} | {ours:,.0f} | {peer} | {theirs:,.0f} | {ratio:.2f} |")
        return lines


def serve(
    site: LiveSite,
    application: str = "cms.wsgi:application",
    *,
    folder: Path = ROOT,
    **environment: str,
) -> str:
    """Serve an ``application`` in ``folder`` with two processes; return its address."""
    port, own = free_port(), site.environment
    # As deploy/ has it.
    memory = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
    site.environment = own | memory | environment
    options = ["--config", str(ROOT / "deploy" / "gunicorn.py"), "--worker-class", "sync"]
    options += ["--threads", "1", "--workers", "2", "--log-level", "warning"]
    # "home" is a package of this project, and of Wagtail's start.
    options += ["--no-control-socket", "--chdir", str(folder), "--bind", f"127.0.0.1:{port}"]
    site.start("-m", "gunicorn", *options, application)
    site.environment = own
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/healthz")
    except TimeoutError as error:
        log = Path(site.log.name).read_text(errors="replace")
        raise SystemExit(f"{application}: {error}\n{log[-2000:]}") from None
    return address


def wait_for(address: str) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        try:
            requests.get(address, timeout=5)
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"Nothing answers at {address}.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", default="", help="a server on which databases can be made")
    parser.add_argument("--redis", default="")
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"write {DOCS.name}")
    options = parser.parse_args()
    clean_up_when_told_to_end()
    busy = os.getloadavg()[0]
    with scratch_folder() as folder, ExitStack() as stack:
        bench = Bench(folder, stack)
        site = bench.add_site("SQLite", f"sqlite:///{folder / 'site.sqlite3'}")
        if options.postgres:
            bench.add_site("PostgreSQL", stack.enter_context(scratch_database(options.postgres)))
        bench.add_cached(site, options.redis)
        table = bench.table(rounds=options.rounds, seconds=options.seconds)
    print("\n".join(table))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    head = (
        f"# Benchmarks\n\nMeasured by `make bench` on {datetime.now(UTC):%-d %B %Y}: {machine}; "
        f"load before it began: {busy:.1f}.\nBoth sides of each ratio took turns in the same run. "
        "What counts is the ratio, not the rate.\n\n"
    )
    if options.write:
        DOCS.write_text(head + "\n".join(table) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
