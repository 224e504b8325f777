"""Set-up says in one sentence what is missing, and does nothing twice."""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

spec = importlib.util.spec_from_file_location("provision", ROOT / "bin" / "provision.py")
provision = importlib.util.module_from_spec(spec)
spec.loader.exec_module(provision)


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "cannot be reached"),
        ("npm error code ENOTFOUND", "cannot be reached"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "certificate"),
        ("error: command 'gcc' failed: No such file or directory", "compiler"),
        ("error: command '/usr/bin/x86_64-linux-gnu-gcc' failed with exit code 1", "compiler"),
        ("error: can't find Rust compiler", "compiler"),
        ("ERROR: No matching distribution found for Django==5.2.19", "does not offer"),
        (
            "Network is unreachable\nERROR: No matching distribution found for Django==5.2.19",
            "cannot be reached",
        ),
    ],
)
def test_a_failed_installation_is_explained(log, sentence):
    assert sentence in provision.diagnose(log)


def test_an_unknown_failure_is_not_guessed():
    assert provision.diagnose("Segmentation fault") is None


@pytest.mark.parametrize("text", ["abc", "0", "-1", "65536", "80 80", "٨٠٠٠"])
def test_an_invalid_port_is_refused(text):
    with pytest.raises(SystemExit, match="choose a number from 1024 to 65535"):
        provision.chosen_port(text)


def test_no_port_means_8000():
    assert provision.chosen_port("") == 8000


def test_a_busy_port_is_named_with_an_alternative(monkeypatch):
    monkeypatch.setattr(provision, "PORT_GRACE_SECONDS", 0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"Port {port} is busy.*make run PORT="):
            provision.require_free_port(port)
    provision.require_free_port(port)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "one.scss").write_text("b"),
        lambda folder: (folder / "two.scss").write_text(""),
        lambda folder: (folder / "one.scss").rename(folder / "three.scss"),
    ],
)
def test_a_stamp_no_longer_matches_when_a_file_is_changed_added_or_renamed(
    tmp_path, monkeypatch, change
):
    monkeypatch.setattr(provision, "ROOT", tmp_path)
    folder, stamp = tmp_path / "assets", tmp_path / "stamp"
    folder.mkdir()
    (folder / "one.scss").write_text("a")
    stamp.write_text(provision.digest(folder.iterdir()))
    assert provision.fits(stamp, provision.digest(folder.iterdir()))
    change(folder)
    assert not provision.fits(stamp, provision.digest(folder.iterdir()))


@pytest.mark.parametrize(
    ("python", "found"),
    [
        ('case "$1" in --version) echo Python 3.9.2;; *) echo False;; esac', "has Python 3.9.2"),
        ("exit 127", "has no python3"),
    ],
)
def test_a_python_that_is_too_old_is_named(tmp_path, python, found):
    fake = tmp_path / "python3"
    fake.write_text(f"#!/bin/sh\n{python}\n")
    fake.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "bin" / "setup")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert found in done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_without_arguments_lists_every_command():
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(re.findall(r"^  make (\S+)", done.stdout, re.MULTILINE)) == commands


def test_every_requirement_is_pinned_exactly_and_the_lock_names_no_registry():
    for name in ("requirements.txt", "requirements-dev.txt", "bin/requirements-node.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.match(r"(#|$|[A-Za-z0-9_.-]+(\[[\w,]+\])?==[\w.]+(\s+#.*)?$)", line), line
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
