"""Make what the Makefile's commands need: ``.venv``, Node, npm packages, assets, translations.

Standard library only, because nothing is installed yet when this runs. Each step leaves a stamp
with a digest of its inputs and is skipped while the stamp still matches, so a second call takes
milliseconds and no network.

Usage: ``provision.py [--dev] [--port]``; ``--dev`` adds the test tools, ``--port`` first checks
that the site's port is free. Exits with status 1, and a sentence saying what to do, when something
is missing.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
BUILD = ROOT / "build"
LOG = BUILD / "setup.log"
CATALOGUES = ROOT / "bin" / "catalogues.py"
DEV_REQUIREMENTS = ("requirements.txt", "requirements-oidc.txt", "requirements-dev.txt")
NODE_REQUIREMENTS = ROOT / "bin" / "requirements-node.txt"
STYLESHEET = BUILD / "static" / "prevent" / "prevent.css"
SMALL_STYLESHEET = STYLESHEET.with_name("prevent.css.gz")
MIRRORED = BUILD / "static" / "prevent" / "prevent.rtl.css"
PLUGIN_STYLESHEET = STYLESHEET.with_name("plugin.css")
SCRIPT = BUILD / "static" / "prevent" / "prevent.js"
CARD = BUILD / "static" / "prevent" / "social-card.png"
CARD_PROGRAM = ROOT / "bin" / "social_card.py"
OLDEST_NODE = (20, 19)
PORT_GRACE_SECONDS = 2.0

# The sentence for a failed installation, by what its log contains; the first match is printed.
DIAGNOSES = (
    (
        r"No space left on device|ENOSPC",
        "The disk is full: free some space, then run the command again.",
    ),
    (
        r"Temporary failure in name resolution|Name or service not known|Network is unreachable"
        r"|Failed to establish a new connection|NameResolutionError|NewConnectionError"
        r"|Connection refused|Connection reset|timed out|ProxyError|nodename nor servname"
        r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT",
        "The package index cannot be reached: check the network connection, or the index and proxy "
        "in the configuration of pip and npm, then run the command again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER",
        "The package index shows a certificate that this machine does not trust: give pip and npm "
        "your organisation's certificate (their settings are called cert and cafile).",
    ),
    (
        r"command '[^']*(cc|gcc|clang|g\+\+|c\+\+)[^']*' failed|No such file or directory: 'g?cc'"
        r"|no acceptable C compiler|Unable to find a compiler|Python\.h: No such file"
        r"|can't find Rust compiler|Cargo, the Rust package manager, is not installed"
        r"|Failed to build|Failed building wheel",
        "A package has no ready-made build for this Python and there is no compiler to build it: "
        "use Python 3.11, 3.12 or 3.13, or install a compiler (on Debian: apt install "
        "build-essential python3-dev cargo).",
    ),
    (
        r"No matching distribution found|Could not find a version|ETARGET",
        "The configured package index does not offer a pinned version for this Python: use Python "
        "3.11, 3.12 or 3.13, or check the index in the configuration of pip and npm.",
    ),
)


def digest(paths: Iterable[Path], *also: str) -> str:
    """Return a digest of the names and contents of ``paths``, and of the strings in ``also``."""
    total = hashlib.sha256("\0".join(also).encode())
    for path in sorted(paths):
        content = path.read_bytes()
        total.update(f"\0{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def fits(stamp: Path, key: str) -> bool:
    """Return whether ``stamp`` says the step was finished for ``key``."""
    return stamp.is_file() and stamp.read_text() == key


def diagnose(log: str) -> str | None:
    """Return the sentence for the first known cause in ``log``, the output of pip or npm."""
    for pattern, sentence in DIAGNOSES:
        if re.search(pattern, log):
            return sentence
    return None


def run_logged(what: str, command: list[str], **environment: str) -> None:
    """Run ``command`` with its output in the log; end with a sentence if it fails."""
    print(f"{what} …", flush=True)
    with LOG.open("w+", encoding="utf-8", errors="replace") as log:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode == 0:
            return
        log.seek(0)
        output = log.read()
    sentence = diagnose(output)
    if sentence is None:
        sys.stderr.write(output[-3000:])
        sentence = "This step failed for the reason above."
    raise SystemExit(f"{what}: {sentence} (Its whole output is in {LOG.relative_to(ROOT)}.)")


def chosen_port(text: str) -> int:
    """Return the port in ``text``, or 8000 if empty; exit with a sentence if it is not a port."""
    if not text:
        return 8000
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise SystemExit(f"PORT is {text!r}: choose a number from 1024 to 65535.")
    return int(text)


def require_free_port(port: int) -> None:
    """Exit with a sentence unless ``127.0.0.1:port`` is free.

    A server that has just been stopped gets a moment to release the port.
    """
    deadline = time.monotonic() + PORT_GRACE_SECONDS
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.listen()
                return
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise SystemExit(
                        f"Port {port} cannot be used ({error.strerror}): choose a number from "
                        f"1024 to 65535, for example: make run PORT=8001"
                    ) from None
        if time.monotonic() > deadline:
            raise SystemExit(
                f"Port {port} is busy: stop the program that uses it, or choose another port, for "
                f"example: make run PORT={port + 1 if port < 65535 else 8000}"
            )
        time.sleep(0.1)


def provide_venv() -> None:
    """Make ``.venv``, or remake it if its Python is gone or the folder has moved."""
    stamp = VENV / "stamp-place"
    if VENV_PYTHON.exists() and (not stamp.exists() or fits(stamp, str(ROOT))):
        return
    if sys.prefix == str(VENV):
        raise SystemExit("The .venv was moved: leave it (deactivate), then run the command again.")
    print("Making .venv …", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        LOG.write_text(made.stdout + made.stderr, encoding="utf-8")
        shutil.rmtree(VENV, ignore_errors=True)
        raise SystemExit(
            f"Making .venv: {sys.executable} cannot make virtual environments here: install its "
            "venv module (on Debian: apt install python3-venv) and check that the disk has room. "
            f"(Its whole output is in {LOG.relative_to(ROOT)}.)"
        )
    stamp.write_text(str(ROOT))


def provide_packages(name: str, *requirements: Path) -> None:
    """Install ``requirements`` into ``.venv`` unless the stamp ``name`` still matches them."""
    stamp = VENV / f"stamp-{name}"
    key = digest(requirements)
    if fits(stamp, key):
        return
    run_logged(
        f"Installing the Python packages of {requirements[-1].name}",
        [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        + [argument for path in requirements for argument in ("-r", str(path))],
    )
    stamp.write_text(key)


def machine_has_node() -> bool:
    """Return whether ``npm`` and a recent enough ``node`` are on the path."""
    if not shutil.which("npm") or not shutil.which("node"):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE


def npm_environment() -> dict[str, str]:
    """Return the environment npm needs: certificates, Node, and a folder for its cache.

    Node is installed from PyPI into ``.venv`` if the machine has none that is recent enough.
    """
    # Node trusts its own list of authorities; an organisation's own are in the machine's list.
    environment = {"NODE_USE_SYSTEM_CA": "1"}
    if not machine_has_node():
        provide_packages("node", NODE_REQUIREMENTS)
        environment["PATH"] = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", "")])
    home = os.path.expanduser("~")
    if not os.access(home, os.W_OK) and "npm_config_cache" not in os.environ:
        environment["npm_config_cache"] = str(BUILD / "npm-cache")
    return environment


def provide_assets() -> None:
    """Install the npm packages and compile ``assets/``, each unless its stamp still matches."""
    locks = [ROOT / "package.json", ROOT / "package-lock.json"]
    sources = [path for path in (ROOT / "assets").rglob("*") if path.is_file()]
    stamp, key = BUILD / "stamp-assets", digest([*locks, *sources, CARD_PROGRAM])
    made = (STYLESHEET, MIRRORED, PLUGIN_STYLESHEET, SCRIPT, CARD, SMALL_STYLESHEET)
    if fits(stamp, key) and all(path.is_file() for path in made):
        return
    environment = npm_environment()
    npm = shutil.which("npm", path=environment.get("PATH")) or "npm"
    installed, installed_key = ROOT / "node_modules" / "stamp", digest(locks)
    if not fits(installed, installed_key):
        run_logged(
            "Installing the npm packages",
            [npm, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
            **environment,
        )
        installed.write_text(installed_key)
    run_logged("Compiling the assets", [npm, "run", "build"], **environment)
    run_logged("Drawing the social card", [str(VENV_PYTHON), str(CARD_PROGRAM), str(CARD)])
    run_logged(
        "Compressing the assets",
        [str(VENV_PYTHON), "-m", "whitenoise.compress", "--quiet", str(BUILD / "static")],
    )
    stamp.write_text(key)


def provide_translations() -> None:
    """Compile the message catalogues unless the stamp still matches them."""
    catalogues = sorted(ROOT.glob("*/locale/*/LC_MESSAGES/django.po"))
    stamp = BUILD / "stamp-translations"
    key = digest(catalogues, CATALOGUES.read_text(encoding="utf-8"))
    if fits(stamp, key) and all(path.with_suffix(".mo").is_file() for path in catalogues):
        return
    run_logged("Compiling the translations", [str(VENV_PYTHON), str(CATALOGUES), "compile"])
    stamp.write_text(key)


def provision(arguments: list[str]) -> None:
    """Run the steps that ``arguments`` ask for, one process at a time."""
    if "--port" in arguments:
        require_free_port(chosen_port(os.environ.get("PORT", "")))
    BUILD.mkdir(exist_ok=True)
    if not os.path.isabs(os.path.expanduser("~")):
        # pip and npm both write to the home folder, and in some containers the user has none.
        os.environ["HOME"] = str(BUILD)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        provide_venv()
        # pip then refuses any file without a hash.
        provide_packages("runtime", ROOT / "deploy" / "requirements.lock")
        if "--dev" in arguments:
            provide_packages("dev", *(ROOT / name for name in DEV_REQUIREMENTS))
        provide_assets()
        provide_translations()


if __name__ == "__main__":
    try:
        provision(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:
        raise SystemExit(
            f"Set-up cannot go on: {error}. Check the rights and the room in {ROOT}."
        ) from None
