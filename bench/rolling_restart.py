"""Restart two web servers and two workers, one after the other, under 50 visitors: no error.

Usage: ``python -m bench.rolling_restart --postgres postgres://user@host:5432/any``. Needs ``nginx``
and ``redis-server``. The proxy runs as deploy/nginx.conf has it, but without TLS and with rates for
visitors who all come from one address. Ends with status 1 if anybody met an error, or if one who
was thanked has no registration.
"""

import argparse
import os
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import requests

from bench.fault_stage import Redis
from tests.live_site import (
    ROOT,
    LiveSite,
    Visitor,
    clean_up_when_told_to_end,
    free_port,
    scratch_database,
    scratch_folder,
)

READERS, REGISTERING = 35, 15
ROUNDS = 2
PATHS = ("/", "/prevent/", "/calendar/events.ics", "/api/events/", "/healthz")


def start_proxy(folder: Path, port: int, servers: list[int]) -> subprocess.Popen:
    """Start nginx with the configuration that is shipped."""
    shipped = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"  server \{\n    listen 80 .*?\n  \}\n", "", shipped, flags=re.S)
    text = re.sub(r"  server \{\n    listen 443 ssl default.*?\n  \}\n", "", text, flags=re.S)
    text = re.sub(r"    ssl_.*;\n", "", text)
    text = text.replace("listen 443 ssl http2", f"listen 127.0.0.1:{port}")
    text = text.replace("www.council.example", "127.0.0.1")
    text = re.sub(r"rate=\d+r/s", "rate=5000r/s", text)
    text = re.sub(r"limit_conn connections \d+", "limit_conn connections 500", text)
    text = text.replace("/etc/nginx/site.conf", str(ROOT / "deploy" / "site.conf"))
    text = text.replace("/etc/nginx/upstream.conf", str(folder / "upstream.conf"))
    text = text.replace("/dev/stdout plain", "off").replace("/tmp/nginx.pid", str(folder / "pid"))  # noqa: S108 - the shipped path
    upstream = "".join(
        f"server 127.0.0.1:{each} max_fails=1 fail_timeout=5s;\n" for each in servers
    )
    (folder / "upstream.conf").write_text(upstream)
    (folder / "nginx.conf").write_text(text)
    return subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"])


class Site(LiveSite):
    """The site with the web servers of production."""

    def start_server(self, port: int) -> subprocess.Popen:
        self.environment |= {"BIND": f"127.0.0.1:{port}", "WEB_PROCESSES": "1"}
        web = self.start("-m", "gunicorn", "--config", "deploy/gunicorn.py", "cms.wsgi:application")
        self.wait_until_healthy(port)
        return web


class Crowd:
    def __init__(self, site: Site, port: int):
        self.site, self.port = site, port
        self.ending = threading.Event()
        self.answers: Counter = Counter()
        self.thanked: dict[str, str] = {}
        tasks = [self.read] * READERS + [self.register] * REGISTERING
        self.threads = [
            threading.Thread(target=task, args=[number]) for number, task in enumerate(tasks)
        ]
        for thread in self.threads:
            thread.start()

    def read(self, number: int) -> None:
        session, root = requests.Session(), f"http://127.0.0.1:{self.port}"
        while not self.ending.is_set():
            for path in PATHS:
                self.note(lambda path=path: session.get(root + path, timeout=60))
                self.ending.wait(0.3)

    def register(self, number: int) -> None:
        visitor, count = Visitor(self.site, self.port), 0
        while not self.ending.is_set():
            email = f"visitor{number}x{count}@visitor.example"
            answer = self.note(lambda email=email: visitor.post(email, visitor.key()))
            if answer is not None and answer.status_code == 302:
                self.thanked[email] = answer.headers["Location"]
            count += 1
            self.ending.wait(1)

    def note(self, ask) -> requests.Response | None:
        try:
            answer = ask()
        except requests.RequestException as error:
            self.answers[type(error).__name__] += 1
            return None
        self.answers[str(answer.status_code)] += 1
        return answer

    def stop(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join()


def run(postgres: str) -> dict[str, object]:
    proxy_port, servers = free_port(), [free_port(), free_port()]
    with scratch_folder() as folder, scratch_database(postgres) as database_url:
        redis = Redis(folder)
        site = Site(
            folder,
            database_url=database_url,
            email_url="smtp://127.0.0.1:9",
            CACHE_URL=f"redis://127.0.0.1:{redis.port}/0",
            DATABASE_POOL="6",
            TRUSTED_PROXIES="127.0.0.1",
        )
        proxy = start_proxy(folder, proxy_port, servers)
        try:
            webs = [site.start_server(port) for port in servers]
            workers = [site.start_worker(), site.start_worker()]
            crowd = Crowd(site, proxy_port)
            time.sleep(10)
            restarts = 0
            for _ in range(ROUNDS):
                for place, port in enumerate(servers):
                    os.kill(webs[place].pid, signal.SIGTERM)
                    webs[place].wait(60)
                    site.processes.remove(webs[place])
                    webs[place] = site.start_server(port)
                    os.kill(workers[place].pid, signal.SIGTERM)
                    workers[place].wait(60)
                    site.processes.remove(workers[place])
                    workers[place] = site.start_worker()
                    restarts += 2
                    # nginx leaves a server alone for five seconds after it failed.
                    time.sleep(6)
            crowd.stop()
            rows = site.sql("SELECT email FROM prevent_registrations_registration")
            kept = {email for (email,) in rows}
        finally:
            site.close()
            redis.kill()
            proxy.terminate()
            proxy.wait()
    errors = {name: n for name, n in crowd.answers.items() if not name.isdigit() or name >= "400"}
    return {
        "visitors at once": READERS + REGISTERING,
        "answers": sum(crowd.answers.values()),
        "restarts": restarts,
        "errors": errors,
        "thanked": len(crowd.thanked),
        "lost": len(set(crowd.thanked) - kept),
    }


def main() -> int:
    clean_up_when_told_to_end()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", required=True, help="a server on which databases can be made")
    found = run(parser.parse_args().postgres)
    for name, value in found.items():
        print(f"  {name}: {value}")
    right = not found["errors"] and not found["lost"] and found["thanked"] > 0
    print("  nobody noticed" if right else "  SOMEBODY NOTICED")
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
