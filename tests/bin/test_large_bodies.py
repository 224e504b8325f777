"""After a body that is too large the connection is closed, and the rest is not read."""

import os
import runpy
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = """
def application(environ, start_response):
    start_response("413 Content Too Large", [("Content-Length", "0")])
    return [b""]
"""


@pytest.fixture
def port(tmp_path):
    """Serve an application that refuses everything, with the production configuration."""
    (tmp_path / "refusing.py").write_text(APPLICATION)
    (tmp_path / "refusing_settings.py").write_text("ROOT_URLCONF = 'refusing_urls'")
    (tmp_path / "refusing_urls.py").write_text("urlpatterns = []")
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "refusing:application"),
            *("--config", str(ROOT / "deploy" / "gunicorn.py"), "--workers", "1"),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "refusing_settings",
            "BIND": f"127.0.0.1:{number}",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", number), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield number
    server.terminate()
    server.wait(timeout=60)


def answer_to(port: int, length: int) -> str:
    """Return the answer to a request that announces ``length`` bytes and sends none yet."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = f"POST /api/ HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode() + b"x" * min(length, 10))
        return connection.recv(65536).decode()


def test_only_a_large_body_closes_the_connection(port):
    assert "Connection: close" in answer_to(port, 64 * 1024 + 1)
    assert "Connection: keep-alive" in answer_to(port, 10)


@pytest.mark.parametrize("name", ["deploy/gunicorn.py", "bin/serve.py"])
@pytest.mark.parametrize(("length", "closes"), [("65536", False), ("65537", True), ("x", True)])
def test_both_configurations_close_after_the_same_length(name, length, closes):
    mask = os.umask(0o022)
    try:
        hook = runpy.run_path(str(ROOT / name))["pre_request"]
    finally:
        os.umask(mask)
    closed = []
    request = SimpleNamespace(
        headers=[("CONTENT-LENGTH", length)], force_close=lambda: closed.append(True)
    )
    hook(None, request)
    assert bool(closed) is closes
