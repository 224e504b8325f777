"""Requests a second, side by side: this site, a plain Wagtail site, bare Django and nginx.

Each subject is measured right after its peer, in turns, so that other work on the machine affects
both. The figure shown is the median of the ratios of all pairs. Run by ``bench.report``.
"""

import os
import re
import secrets
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import requests
from django.core import signing

from bench.plain_site import make_plain_site
from tests.live_site import (
    ROOT,
    SECRET_KEY,
    LiveSite,
    free_port,
    scratch_database,
)

EVENT, INDEX = "/prevent/roundtables/live/", "/prevent/roundtables/"
WAGTAIL_PAGES = "/api/v2/pages/?limit=20&type=prevent_events.EventPage&fields=*"
FORMS = 20_000
CONNECTIONS = 4
HIDDEN = re.compile(r'<input type="hidden"[^>]* name="([^"]+)"[^>]* value="([^"]+)"')
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
    EventPageFactory(parent=EventIndexPage.objects.get(), title=f"Roundtable {number}",
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
# As in docs/operators/nginx-cache.md.
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
wrk.method, wrk.headers["Cookie"] = "POST", "{cookie}"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, bodies[number])
end
"""


@dataclass(frozen=True)
class Result:
    """Requests a second of a subject and its peer, one pair per round."""

    name: str
    peer: str
    pairs: list[tuple[float, float]]

    @property
    def ours(self) -> float:
        return median(ours for ours, _ in self.pairs)

    @property
    def theirs(self) -> float:
        return median(theirs for _, theirs in self.pairs)

    @property
    def ratio(self) -> float:
        return median(ours / theirs for ours, theirs in self.pairs)


class Bench:
    """The address of each subject measured, and the peer it is compared with."""

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
        """Serve this site without a page cache beside a plain Wagtail site, on one database."""
        folder = self.folder / database
        folder.mkdir()
        site = production_site(folder, url)
        self.stack.callback(site.close)
        site.query(CONTENT)
        postgres = self.stack.enter_context(scratch_database(url if "postgres" in url else ""))
        environment = make_plain_site(folder / "plain", postgres)
        plain = serve(site, "plain.wsgi:application", folder=folder / "plain", **environment)
        ours = serve(site, PAGE_CACHE_SECONDS="0")
        form = ours + site.content["path"]
        pairs = {
            "event page": (ours + EVENT, f"{plain}/events/event-19/"),
            "list of 20": (ours + INDEX, f"{plain}/events/"),
            "form, GET": (form, f"{plain}/events/event-19/book/"),
            "JSON list of 20": (f"{ours}/api/occurrences/?limit=20", f"{ours}{WAGTAIL_PAGES}"),
        }
        for name, (address, beside) in pairs.items():
            peer = f"Wagtail, {name}, {database}"
            self.add(peer, beside)
            self.add(f"{name}, {database}", address, beside=peer)
        peer = f"Wagtail, form, POST, {database}"
        book = f"{plain}/events/event-19/book/"
        self.add(peer, book, script=self.write_plain_forms(folder, book))
        script = self.write_forms(site, form)
        self.add(f"form, POST, {database}", form, beside=peer, script=script)
        return site

    def add_cached(self, site: LiveSite, redis: str) -> None:
        """Serve cached pages, and beside them the same bytes by the cheapest possible means."""
        address = serve(site)
        folder = self.folder / "peers"
        folder.mkdir(mode=0o755)
        body = folder / "page.html"
        body.write_bytes(requests.get(address + EVENT, timeout=60).content)
        (folder / "bare.py").write_text(BARE_DJANGO)
        self.add("bare Django", serve(site, "bare:application", folder=folder, BODY=str(body)))
        self.add("cached page, local memory", address + EVENT, beside="bare Django")
        feed = f"{address}/calendar/events.ics"
        self.add("cached calendar file, local memory", feed, beside="bare Django")
        dates = f"{address}/api/occurrences/?limit=20"
        self.add("cached JSON list, local memory", dates, beside="bare Django")
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

    def write_forms(self, site: LiveSite, form: str) -> Path:
        """Write completed forms, each with its own one-time key; return the script for wrk."""
        page = requests.get(form, timeout=60)
        hidden = hidden_fields(page.text)
        rows = []
        for number in range(FORMS):
            signed = [site.content["page"], secrets.token_urlsafe(18), int(time.time()) - 60]
            key = signing.dumps(signed, salt="prevent_registrations.form", key=SECRET_KEY)
            rows.append(
                hidden
                | {"submission_key": key, "occurrence": site.content["date"]}
                | {
                    "consent": "on",
                    "name": "Bench Visitor",
                    "email": f"bench{number}@visitor.example",
                }
            )
        return write_script(site.folder / "bodies", rows, page)

    def write_plain_forms(self, folder: Path, form: str) -> Path:
        """Write completed forms for the plain site; return the script for wrk."""
        page = requests.get(form, timeout=60)
        answers = hidden_fields(page.text) | {"name": "Bench Visitor", "guests": "1"}
        rows = [answers | {"email": f"bench{number}@visitor.example"} for number in range(FORMS)]
        return write_script(folder / "plain-bodies", rows, page)

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
            # wrk does not count forms still in flight at the end, and none may be sent twice.
            self.sent += int(COUNT.search(done.stdout)[1]) + CONNECTIONS
        return float(RATE.search(done.stdout)[1])

    def results(self, *, rounds: int, seconds: int) -> list[Result]:
        """Measure everything in turns, and return the results of each subject."""
        pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in self.peers}
        for turn in range(rounds):
            for name, peer in self.peers.items():
                theirs, ours = self.measure(peer, seconds), self.measure(name, seconds)
                pairs[name].append((ours, theirs))
            print(f"round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
        return [Result(name, peer, pairs[name]) for name, peer in self.peers.items()]


def production_site(folder: Path, url: str) -> LiveSite:
    """Make a site with the production settings that sends no email."""
    site = LiveSite(
        folder,
        database_url=url,
        email_url="smtp://127.0.0.1:1",
        DJANGO_SETTINGS_MODULE="cms.settings.production",
        SITE_URL="http://127.0.0.1",
        SECURE_SSL_REDIRECT="false",
        FIELD_ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        REGISTRATION_LIMIT_EMAIL="1000000",
        REGISTRATION_PLACES_AT_ONCE="1000000",
        ORGANISER_EMAIL_DOMAINS="council.example",
    )
    site.manage("collectstatic", "--noinput", "--verbosity", "0", "--ignore", "*.gz")
    return site


def hidden_fields(page: str) -> dict[str, str]:
    """Return the names and values of a page's hidden fields, without empty ones."""
    return dict(HIDDEN.findall(page))


def write_script(bodies: Path, rows: list[dict[str, str]], page: requests.Response) -> Path:
    """Write ``rows`` as form posts, and the script that makes wrk send each of them once."""
    bodies.write_text("".join(f"{urlencode(row)}\n" for row in rows))
    cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    script = bodies.with_suffix(".lua")
    script.write_text(POST.format(bodies=bodies, cookie=cookie))
    return script


def serve(
    site: LiveSite,
    application: str = "cms.wsgi:application",
    *,
    folder: Path = ROOT,
    **environment: str,
) -> str:
    """Serve an ``application`` in ``folder`` with two processes; return its address."""
    port, own = free_port(), site.environment
    # As in deploy/.
    memory = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
    site.environment = own | memory | environment
    options = ["--config", str(ROOT / "deploy" / "gunicorn.py"), "--worker-class", "sync"]
    options += ["--threads", "1", "--workers", "2", "--log-level", "warning"]
    # This project and the site that ``wagtail start`` makes both have a package named "home".
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
