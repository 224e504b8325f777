"""Follow the Dockerfile where no container engine runs, and serve the site from what it made.

Usage: ``python bin/image_steps.py --python python3.13``. Each instruction is done in a folder of
its own that stands for the image: an interpreter's folder is copied in place of the base image,
and what Debian's packages would add there is only looked up. The last stage then runs as its
``CMD`` has it: as its user, who may write nowhere but in the volume, with production settings and
SQLite, until it has answered what a visitor and a monitor ask for. Ends with status 1 if it does
not.
"""

import argparse
import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# Absolute paths of the image, which are below the folder here.
IN_IMAGE = re.compile(r"(?<![\w./-])/(?=(?:site|venv|var/lib/prevent)\b)")
OF_DEBIAN = "apt-get"
SECONDS = 40
# What no page needs that is asked for here, and somebody misses.
COMPLETE = """
from django.utils.translation import gettext, override
from home.guide import FOLDER, PICTURES
with override("ur"):
    assert gettext("Search") != "Search", "no translations"
assert list(FOLDER.glob("*.md")) and list(PICTURES.glob("*.png")), "no editors' guide"
"""
SITE = {
    "SECRET_KEY": "sample-Zq7vN2xK9mT4bW8cR1yH6dJ3fL5gP0sA-for-checks-only-not-secret",
    "FIELD_ENCRYPTION_KEYS": "c2FtcGxlLWtleS1mb3ItY2hlY2tzLW9ubHktMTIzNDU=",
    "ALLOWED_HOSTS": "127.0.0.1",
    "SITE_URL": "https://127.0.0.1",
    "SECURE_SSL_REDIRECT": "false",
    "TECHNICAL_EMAIL": "web@council.example",
    "ORGANISER_EMAIL_DOMAINS": "council.example",
    "EMAIL_URL": "smtp://127.0.0.1:1",
}


class Image:
    """The folder that stands for the image; stages that are done lie beside it by their names."""

    def __init__(self, folder: Path, python: Path):
        self.folder, self.root, self.python = folder, folder / "image", python
        self.environment: dict[str, str] = {}
        self.name, self.user, self.workdir, self.command = "", 0, "/", []

    def begin(self, base: str, name: str) -> None:
        if self.name:
            self.root.rename(self.folder / self.name)
        self.root.mkdir(mode=0o755)
        self.name, self.workdir, self.environment = name or "last", "/", {}
        if base.startswith("python:"):
            shutil.copytree(self.python, self.at("/usr/local"), symlinks=True)

    def at(self, path: str) -> Path:
        return self.root / os.path.join(self.workdir, path).lstrip("/")

    def here(self, text: str) -> str:
        return IN_IMAGE.sub(f"{self.root}/", text)

    def variables(self) -> dict[str, str]:
        own = {name: self.here(value) for name, value in self.environment.items()}
        path = f"{self.root}/usr/local/bin:{os.environ['PATH']}"
        if "PATH" in own:
            path = own["PATH"].replace("$PATH", path)
        return {
            **{name: value for name, value in os.environ.items() if "DJANGO" not in name},
            **own,
            "PATH": path,
            "LD_LIBRARY_PATH": f"{self.root}/usr/local/lib",
            # deploy/collect.sh takes the image's own otherwise.
            "PYTHON": f"{self.root}/venv/bin/python",
        }

    def run(self, command: str) -> None:
        if OF_DEBIAN in command:
            wanted = re.search(r"install [^&]*?((?: [a-z][a-z0-9-]*)+) &&", f"{command} &&")[1]
            subprocess.run(["apt-cache", "show", *wanted.split()], check=True, capture_output=True)
            print(f"  looked up: {wanted.strip()}; the rest is for the base image alone")
            return
        shell = ["sh", "-c", self.here(command)]
        subprocess.run(shell, cwd=self.at("."), env=self.variables(), check=True)

    def copy(self, words: list[str]) -> None:
        source = PROJECT
        if words[0].startswith("--from="):
            source = self.folder / words.pop(0).removeprefix("--from=")
        *names, target = words
        into = self.at(target)
        for name in names:
            found = source / name.lstrip("/")
            ignored = ignored_in_context if source == PROJECT else None
            if found.is_dir():
                shutil.copytree(found, into, symlinks=True, ignore=ignored, dirs_exist_ok=True)
                continue
            place = into / found.name if target.endswith("/") else into
            place.parent.mkdir(parents=True, exist_ok=True)
            if source == PROJECT and not is_in_context(name):
                raise SystemExit(f"{name} is not in the context: .dockerignore leaves it out.")
            shutil.copy(found, place)


def context_rules() -> list[str]:
    return [line for line in (PROJECT / ".dockerignore").read_text().split("\n") if line]


def is_in_context(name: str) -> bool:
    return f"!{Path(name).parts[0]}" in context_rules()


def ignored_in_context(folder: str, names: list[str]) -> set[str]:
    if not is_in_context(str(Path(folder).relative_to(PROJECT))):
        raise SystemExit(f"{folder} is not in the context: .dockerignore leaves it out.")
    patterns = [rule.removeprefix("**/") for rule in context_rules() if rule.startswith("**/")]
    return {name for name in names if any(fnmatch.fnmatch(name, each) for each in patterns)}


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with their arguments, each in one line."""
    text = re.sub(r"(?m)^#.*\n", "", (PROJECT / "Dockerfile").read_text())
    lines = re.sub(r"\\\n\s*", "", text).split("\n")
    return [tuple(line.split(" ", 1)) for line in lines if line]


def build(image: Image) -> None:
    for word, rest in instructions():
        print(f"{word} {rest[:90]}")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            image.begin(base, name)
        elif word == "WORKDIR":
            image.workdir = rest
            image.at(".").mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            image.copy(rest.split())
        elif word == "RUN":
            image.run(rest)
        elif word == "ENV":
            image.environment |= dict(part.split("=", 1) for part in shlex.split(rest))
        elif word == "USER":
            image.user = int(rest)
        elif word == "VOLUME":
            volume = image.at(rest)
            volume.mkdir(parents=True, exist_ok=True)
            os.chown(volume, image.user, image.user)
        elif word == "CMD":
            image.command = json.loads(rest)
        elif word not in ("EXPOSE", "HEALTHCHECK"):
            raise SystemExit(f"{word} is not known here.")


def answer(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 # nosec
            return response.status, response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def serve(image: Image) -> None:
    """Run what the image runs, and ask it what a monitor and a visitor ask."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    variables = image.variables()
    database = f"sqlite:///{variables['VAR_DIR']}/site.sqlite3"
    variables |= SITE | {"DATABASE_URL": database, "BIND": address}
    how = {"cwd": image.at("."), "env": variables, "user": image.user, "group": image.user}

    def manage(*words: str) -> None:
        subprocess.run(["python", "manage.py", *words], check=True, **how)

    # In the image's PATH, not in ours.
    os.environ["PATH"] = variables["PATH"]
    manage("migrate", "--verbosity", "0")
    manage("shell", "--verbosity", "0", "-c", COMPLETE)
    refused = subprocess.run(["touch", "manage.py"], capture_output=True, check=False, **how)
    if not refused.returncode:
        raise SystemExit("The user of the image may write to its program.")
    worker = subprocess.Popen(["python", "manage.py", "send_outbox", "--loop"], **how)
    web = subprocess.Popen(image.command, **how)
    try:
        wait_for(f"http://{address}/healthz", web)
        for path in ("/healthz", "/", "/readyz"):
            status, text = answer(f"http://{address}{path}")
            print(f"  {status} {path}")
            if status != 200:
                raise SystemExit(text)
            style = re.search(r'href="(/static/prevent/prevent\.[0-9a-f]{12}\.css)"', text)
            if path == "/" and (not style or answer(f"http://{address}{style[1]}")[0] != 200):
                raise SystemExit("The page has no style sheet with a digest in its name.")
    finally:
        for process in (web, worker):
            process.send_signal(signal.SIGTERM)
            print(f"  ended with {process.wait(60)}")


def wait_for(address: str, process: subprocess.Popen) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            answer(address)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The site does not answer.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="an interpreter like the base image's")
    options = parser.parse_args()
    if os.geteuid():
        raise SystemExit("Only root can run the site as another user.")
    prefix = [options.python, "-c", "import sys; print(sys.base_prefix)"]
    python = Path(subprocess.run(prefix, check=True, capture_output=True, text=True).stdout.strip())
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103 # nosec - for its user
        image = Image(Path(folder), python)
        build(image)
        serve(image)
    print("The image's steps make a site that serves.")


if __name__ == "__main__":
    sys.exit(main())
