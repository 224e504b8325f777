"""What is measured side by side: this site, Wagtail's own start, bare Django, and nginx.

Everything is made in a folder that goes again, listens on this machine alone, and is ended with
the program.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.live_site import ROOT, LiveSite, free_port

WORKERS = 2
PAGES = """
from datetime import timedelta
from django.utils import timezone
from wagtail_factories import ImageFactory
from events.models import EventIndexPage, EventPage, EventSpeaker, Venue
from prevent_content.blocks import EditorialStreamBlock
from tests.factories import EventPageFactory, SpeakerFactory, publish
choices = EditorialStreamBlock().child_blocks
names = ["heading", "prose", "inset", "details"] * 5
image = ImageFactory(title="The hall", file__width=1600, file__height=900)
image.contextual_alt_text = "A hall with six tables"
event = EventPage.objects.get(slug="live")
event.body = [("figure", {"image": image, "caption": "The hall"})] + [
    (name, choices[name].get_preview_value()) for name in names]
event.event_speakers = [EventSpeaker(speaker=SpeakerFactory()) for _ in range(2)]
event = publish(event)
for number in range(19):
    EventPageFactory(parent=EventIndexPage.objects.get(), title=f"Evening {number}",
                     venue=event.venue, organiser=event.organiser,
                     date=timezone.localdate() + timedelta(days=61 + number))
"""
BARE = """
import os
from pathlib import Path
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="bench")
body = Path(os.environ["BYTES"]).read_bytes()
urlpatterns = [path("", lambda request: HttpResponse(body))]
application = get_wsgi_application()
"""
FLOOR = """
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
# What docs/operators/nginx-cache.md tells operators; {…} is filled in.
NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type text/html;
  sendfile on;
  proxy_cache_path {folder}/cache keys_zone=pages:10m max_size=200m inactive=10m use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location /file/ {{ alias {folder}/files/; }}
    location / {{
      proxy_pass http://127.0.0.1:{site};
      proxy_set_header Host $http_host;
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
SYNC = (
    "gunicorn",
    "--config",
    str(ROOT / "deploy" / "gunicorn.py"),
    "--worker-class",
    "sync",
    "--threads",
    "1",
    "--workers",
    str(WORKERS),
    "--log-level",
    "warning",
    "--no-control-socket",
)
SERVERS = {
    "gunicorn, sync": SYNC,
    "gunicorn, four threads": (*SYNC, "--worker-class", "gthread", "--threads", "4"),
    "granian": ("granian", "--interface", "wsgi", "--workers", str(WORKERS),
                "--blocking-threads", "1", "--no-ws", "--log-level", "warning"),
}  # fmt: skip


def serve(
    site: LiveSite,
    server: str,
    *,
    application: str = "cms.wsgi:application",
    folder: Path = ROOT,
    **environment: str,
) -> tuple[subprocess.Popen, str]:
    """Start ``server`` and return its process and address, once it answers.

    It serves the site, or another ``application`` in ``folder``.
    """
    port, before = free_port(), dict(site.environment)
    # As deploy/ has it, too.
    site.environment |= {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072", **environment}
    module, *options = SERVERS[server]
    where = ("--port", str(port)) if module == "granian" else ("--bind", f"127.0.0.1:{port}")
    if folder != ROOT:
        # Wagtail's start has a package "home", as this project has.
        options += ("--chdir", str(folder))
    process = site.start("-m", module, *options, *where, application)
    site.environment = before
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/healthz")
    except SystemExit:
        log = Path(site.log.name).read_text(errors="replace")
        raise SystemExit(f"{server} does not answer:\n{log[-2000:]}") from None
    return process, address


def wait_for(address: str) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        try:
            requests.get(address, timeout=5)
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"Nothing answers at {address}.")


def make_site(folder: Path, database_url: str) -> LiveSite:
    """Return a site with production's settings, twenty events, and a page that has everything."""
    folder.mkdir()
    site = LiveSite(
        folder,
        database_url=database_url,
        email_url="smtp://127.0.0.1:1",
        DJANGO_SETTINGS_MODULE="cms.settings.production",
        SITE_URL="http://127.0.0.1",
        SECURE_SSL_REDIRECT="false",
        FIELD_ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        REGISTRATION_LIMIT_EMAIL="1000000",
        ORGANISER_EMAIL_DOMAINS="council.example",
    )
    site.manage("collectstatic", "--noinput", "--verbosity", "0", "--ignore", "*.gz")
    site.manage("shell", "--verbosity", "0", "-c", PAGES)
    return site


def make_floor(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """Make the site that ``wagtail start`` makes; return the environment that serves it."""
    folder.mkdir()
    wagtail = Path(sys.executable).with_name("wagtail")
    subprocess.run([wagtail, "start", "floor", folder], check=True, capture_output=True)
    (folder / "floor" / "settings" / "bench.py").write_text(FLOOR)
    serving = {
        **os.environ,
        "DATABASE_URL": environment["DATABASE_URL"],
        "DJANGO_SETTINGS_MODULE": "floor.settings.bench",
    }
    subprocess.run(
        [sys.executable, folder / "manage.py", "migrate", "--verbosity", "0"],
        env=serving,
        check=True,
        capture_output=True,
    )
    return serving


@contextmanager
def nginx(folder: Path, *, site: str, body: bytes) -> Iterator[str]:
    """Run nginx before ``site``, with ``body`` as a file beside it, and give its address."""
    if shutil.which("nginx") is None:
        raise SystemExit("nginx is not installed: apt-get install nginx-light wrk")
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "page.html").write_bytes(body)
    port = free_port()
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            port=port,
            site=site.rpartition(":")[2],
            # Otherwise it would be nobody, who may not read the folder.
            user="" if os.geteuid() else "user root;",
        )
    )
    folder.chmod(0o755)
    program = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-e", folder / "start.log"])
    try:
        wait_for(f"http://127.0.0.1:{port}/file/page.html")
        yield f"http://127.0.0.1:{port}"
    finally:
        program.terminate()
        program.wait()


def memory_mb(pid: int) -> float:
    """Return the memory of a process and its children, shared pages counted in part (PSS)."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            if f"\nPPid:\t{pid}\n" in text or status.parent.name == str(pid):
                rollup = (status.parent / "smaps_rollup").read_text()
                total += int(rollup.partition("\nPss:")[2].split()[0]) / 1024
        except OSError:
            continue
    return total


__all__ = ["BARE", "ROOT", "SERVERS", "make_floor", "make_site", "memory_mb", "nginx", "serve"]
