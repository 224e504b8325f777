"""The proxy as shipped: what its log contains, and whose requests it counts."""

import os
import re
import shutil
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.conf import settings
from django.urls import URLResolver, get_resolver, reverse
from django.utils import translation

from events.registrations.redaction import masked
from tests.live_site import free_port
from tests.operators.test_units import DEPLOY

TOKEN = "WzEyLCJrZXkiXQ:1xXxXx:signature-of-a-person"
HOST = "www.council.example"


def names_with_token(patterns, namespaces=()):
    """Yield the names of all addresses of the site with a person's token."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from names_with_token(pattern.url_patterns, inner)
        # Wagtail's own password reset, which has no namespace, is switched off.
        elif namespaces and "token" in pattern.pattern.converters:
            yield ":".join([*namespaces, pattern.name])


def private_addresses():
    names = sorted(set(names_with_token(get_resolver().url_patterns)))
    assert len(names) >= 7
    addresses = set()
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            addresses |= {reverse(name, args=[TOKEN]) for name in names}
    return sorted(addresses)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """Run nginx with the files of deploy/nginx, in front of a server that answers everything."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    etc, port = folder / "etc", free_port()
    shutil.copytree(DEPLOY / "nginx", etc)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={HOST}", "-keyout", etc / "privkey.pem"),
            *("-out", etc / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.server.seen.append((self.path, dict(self.headers)))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments):
            """Stay silent."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    site.seen = []
    Thread(target=site.serve_forever, daemon=True).start()
    (etc / "upstream.conf").write_text(f"server 127.0.0.1:{site.server_port};\n")
    text = (etc / "site.conf").read_text()
    text = text.replace("listen 80 ", f"listen 127.0.0.1:{free_port()} ")
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    # The same limit, independent of the machine's speed.
    text = text.replace("zone=pages:10m rate=20r/s", "zone=pages:10m rate=1r/m")
    text = text.replace("/etc/nginx/certificates/", f"{etc}/")
    text = text.replace("/etc/nginx/prevent/", f"{etc}/").replace("/var/lib/prevent", f"{folder}")
    (etc / "site.conf").write_text(text)
    temporary = "".join(
        f"  {name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "errors").mkdir()
    (folder / "errors" / "429.html").write_text("too many")
    (folder / "media").mkdir()
    (folder / "media" / "picture.txt").write_text("a picture")
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log crit;\n"
        f"events {{}}\nhttp {{\n{temporary}  include {etc}/site.conf;\n"
        f"  access_log {folder}/access.log plain;\n}}\n"
    )
    process = subprocess.Popen(
        ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "start.log"],
        stderr=subprocess.PIPE,
    )
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    class Proxy:
        seen = site.seen

        def get(self, path, host=HOST, visitor="127.0.0.1"):
            connection = HTTPSConnection(
                "127.0.0.1", port, context=context, timeout=20, source_address=(visitor, 0)
            )
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        def log(self):
            return "".join(file.read_text() for file in folder.glob("*.log"))

    deadline = time.monotonic() + 15
    while True:
        try:
            Proxy().get("/")
            break
        except OSError:
            assert process.poll() is None, process.stderr.read().decode()
            assert time.monotonic() < deadline
            time.sleep(0.05)
    yield Proxy()
    process.terminate()
    process.wait(10)
    site.shutdown()
    site.server_close()


def test_no_persons_address_stays_in_the_sites_own_log():
    for address in private_addresses():
        line = masked(f'"GET {address}?q=Ada HTTP/1.1" 200')
        assert "WzEy" not in line
        assert "Ada" not in line


def test_the_proxy_and_the_site_match_the_same_addresses():
    """Each pattern is applied to the same addresses, including those of a site below a path."""
    text = (DEPLOY / "nginx" / "site.conf").read_text().replace("(?<", "(?P<")
    patterns = [re.compile(found) for found in re.findall(r"~(\S*registrations\S*/) ", text)]
    assert len(patterns) == 2
    for address in [*private_addresses(), f"/council/ur/registration/{TOKEN}/"]:
        assert masked(address) != address
        assert all(pattern.search(address) for pattern in patterns)


def test_the_proxys_log_has_no_persons_link_in_any_language(proxy):
    # Each address has a different visitor, so that the limit does not apply.
    for number, address in enumerate(private_addresses(), start=1):
        visitor = f"127.0.1.{number}"
        assert proxy.get(f"{address}?q=Ada", visitor=visitor) == 200
        assert proxy.get(f"/{address}", visitor=visitor) == 200
    assert TOKEN in proxy.seen[-1][0]
    log = proxy.log()
    assert "/registration/-" in log
    assert "/ur/registration/-" in log
    assert "/feedback/event/-" in log
    assert "WzEy" not in log
    assert "Ada" not in log


def test_pages_are_counted_and_files_are_not(proxy):
    with ThreadPoolExecutor(20) as pool:
        files = list(pool.map(proxy.get, ["/static/a.css", "/media/picture.txt"] * 150))
        pages = list(pool.map(proxy.get, ["/prevent/"] * 120))
    assert set(files) == {200}
    assert set(pages) == {200, 429}


def test_a_port_in_the_host_reaches_no_page(proxy):
    assert proxy.get("/static/port.css", host=f"{HOST}:9999") == 200
    (headers,) = [headers for path, headers in proxy.seen if path == "/static/port.css"]
    assert headers["Host"] == HOST
    guide = (DEPLOY.parent / "docs" / "operators" / "nginx-cache.md").read_text()
    assert "proxy_cache_key $scheme$host$request_uri;" in guide
    assert "proxy_set_header Host $host;" in guide
