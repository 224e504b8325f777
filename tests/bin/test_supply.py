"""What the image installs is what the site runs on, each package with its digest."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    found = PIN.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


def test_the_lock_has_the_versions_of_the_requirements():
    locked = pins("deploy/requirements.lock")
    assert pins("requirements.txt").items() <= locked.items()


def test_every_package_of_the_lock_has_a_digest():
    entries = re.split(r"\n(?=\S)", (ROOT / "deploy" / "requirements.lock").read_text())
    packages = [entry for entry in entries if PIN.match(entry)]
    assert len(packages) >= len(pins("requirements.txt"))
    assert all("--hash=sha256:" in entry for entry in packages)
