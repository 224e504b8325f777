"""Wagtail sites of somebody else, made by `wagtail start`, to install the wheel into."""

import base64
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHEELHOUSE = ROOT / "build" / "wheelhouse"
GUIDE = ROOT / "docs" / "plugin.md"
KEY = base64.urlsafe_b64encode(b"0123456789abcdef0123456789abcdef").decode()


class Failed(AssertionError):
    """A command in the host did not do what the guide promises."""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command to its end and return what it printed; raise ``Failed`` with all of it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, "PYTHONPATH": "", "PYTHONWARNINGS": "ignore", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if done.returncode:
        shown = " ".join(map(str, command))[:200]
        raise Failed(f"{shown}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}")
    return done.stdout


def lines_for(part: str) -> str:
    """Return the lines that docs/plugin.md says to add to a host's ``part``."""
    found = re.search(rf"<!-- {part} -->\n```\w+\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    if found is None:
        raise Failed(f"docs/plugin.md has no lines for {part}")
    return found[1]


def build_wheel(folder: Path) -> Path:
    """Build the wheel as `make wheel` does, and return its path."""
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, ROOT),
        cwd=ROOT,
    )
    (wheel,) = folder.glob("prevent_roundtables-*.whl")
    return wheel


def provide_wheelhouse() -> None:
    """Fetch what the wheel needs, in this site's versions; later runs need no network."""
    pins = ROOT / "requirements.txt"
    stamp, key = WHEELHOUSE / "stamp", hashlib.sha256(pins.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == key:
        return
    WHEELHOUSE.mkdir(parents=True, exist_ok=True)
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
        *("--wheel-dir", WHEELHOUSE, "--requirement", pins),
        cwd=ROOT,
    )
    stamp.write_text(key)


class Host:
    """A Wagtail site with a virtual environment of its own."""

    def __init__(self, folder: Path, wheel: Path):
        self.folder = folder
        self.site = folder / "council"
        self.python = folder / "venv" / "bin" / "python"
        run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
        run(
            *(self.python, "-m", "pip", "install", "--quiet", "--no-index"),
            *("--find-links", WHEELHOUSE, wheel),
            cwd=folder,
        )
        self.site.mkdir()
        run(folder / "venv" / "bin" / "wagtail", "start", "council", self.site, cwd=folder)
        self.settings = self.site / "council" / "settings" / "base.py"
        self.urls = self.site / "council" / "urls.py"

    def write(self, path: str, text: str) -> None:
        place = self.site / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def take_in(self) -> None:
        """Add the lines of the guide, and nothing else."""
        self.plain = self.settings.read_text(), self.urls.read_text()
        self.settings.write_text(f"{self.plain[0]}\n{lines_for('settings')}")
        before, after = self.plain[1].split("urlpatterns = [\n", 1)
        self.urls.write_text(f"{before}urlpatterns = [\n    {lines_for('urls')}{after}")

    def give_back(self) -> None:
        """Take the lines of the guide out again."""
        self.settings.write_text(self.plain[0])
        self.urls.write_text(self.plain[1])

    def manage(self, *arguments: str) -> str:
        return run(self.python, "manage.py", *arguments, cwd=self.site, FIELD_ENCRYPTION_KEYS=KEY)

    def play(self, script: Path) -> str:
        """Run ``script`` inside the host, with its settings."""
        start = f"exec(compile(open({str(script)!r}).read(), {script.name!r}, 'exec'), {{}})"
        return self.manage("shell", "--no-imports", "-c", start)
