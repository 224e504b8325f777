"""A host's look in Chromium before and after installing the plugin, and our pages in it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import requests
from PIL import Image, ImageChops

from tests.chromium import launched
from tests.live_site import free_port

from .hosts import KEY, Host, clean_environment

WIDTHS = (390, 1280)
# Of `wagtail start`: its home page, its search and its not-found page.
OWN_PAGES = ("/", "/search/?query=council", "/nothing/")
# Of an established one, with languages in addresses.
GROWN_PAGES = ("/en-us/", "/own-events/", "/en-us/nothing/")


@contextmanager
def served(host: Host) -> Iterator[str]:
    """Serve the host by its own command inside the context; yield its address."""
    port = free_port()
    process = subprocess.Popen(
        [host.python, "manage.py", "runserver", "--noreload", "--insecure", f"127.0.0.1:{port}"],
        cwd=host.site,
        env=clean_environment(FIELD_ENCRYPTION_KEYS=KEY),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 180
        while True:
            try:
                requests.get(address, timeout=30, allow_redirects=False)
                break
            except requests.ConnectionError:
                assert process.poll() is None, "the host's server has ended"
                assert time.monotonic() < deadline, "the host's server does not answer"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def pictures(host: Host, paths: tuple[str, ...], widths: tuple[int, ...] = WIDTHS) -> dict:
    """Return a picture of each of ``paths`` at each width, by path and width."""
    taken = {}
    with served(host) as address, launched() as browser:
        for width in widths:
            page = browser.new_page(viewport={"width": width, "height": 900})
            for path in paths:
                page.goto(address + path)
                picture = page.screenshot(full_page=True, animations="disabled")
                taken[path, width] = Image.open(BytesIO(picture)).convert("RGB")
            page.close()
    return taken


def differing(before: dict, after: dict) -> list[tuple[str, int]]:
    """Return which pictures differ, pixel by pixel."""
    return [
        key
        for key, picture in before.items()
        if picture.size != after[key].size
        or ImageChops.difference(picture, after[key]).getbbox() is not None
    ]


def save(taken: dict, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for (path, width), picture in taken.items():
        place = path.strip("/").replace("/", "-") or "home"
        picture.save(folder / f"{name}-{place}-{width}.png", optimize=True)
