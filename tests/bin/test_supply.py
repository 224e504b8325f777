"""The image installs exactly what the site runs on, each package by digest; extras are separate."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    found = PIN.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


NAMES = sorted(path.stem for path in (ROOT / "deploy").glob("requirements*.lock"))
EXTRAS = ("oidc", "rq", "s3", "sentry")


def test_each_extra_has_its_own_lock():
    assert ["requirements", *(f"requirements-{extra}" for extra in EXTRAS)] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_lock_has_the_versions_of_the_requirements(name):
    locked = pins(f"deploy/{name}.lock")
    assert pins(f"{name}.txt").items() <= locked.items()


@pytest.mark.parametrize("name", NAMES)
def test_every_package_of_the_lock_has_a_digest(name):
    entries = re.split(r"\n(?=\S)", (ROOT / "deploy" / f"{name}.lock").read_text())
    packages = [entry for entry in entries if PIN.match(entry)]
    assert len(packages) >= len(pins(f"{name}.txt"))
    assert all("--hash=sha256:" in entry for entry in packages)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_changes_no_version_of_the_base_and_adds_the_rest(extra):
    base, extras = pins("deploy/requirements.lock"), pins(f"deploy/requirements-{extra}.lock")
    shared = base.keys() & extras.keys()
    assert {name: base[name] for name in shared} == {name: extras[name] for name in shared}
    assert extras.keys() - base.keys()
