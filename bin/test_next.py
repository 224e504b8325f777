"""Run the test suite on the next versions of Django and Wagtail listed in next-versions.txt.

Usage: ``bin/test_next.py [--python python3.13] [--only TEXT] [arguments for pytest]``. Each run has
its own virtual environment in ``build/``, with the pinned packages and no others. If a package does
not allow the next version, pip's message is shown and the tests run all the same. Exits with status
1 if a run fails.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ROOT / "bin" / "next-versions.txt"
REQUIREMENTS = tuple(
    ROOT / name for name in ("requirements.txt", "requirements-oidc.txt", "requirements-dev.txt")
)


def package(requirement: str) -> str:
    return re.split(r"[\[=<>~!; ]", requirement.strip(), maxsplit=1)[0].lower()


def install(folder: Path, python: str, versions: list[str]) -> bool:
    """Make an environment with ``versions`` and the other pins; return whether that worked."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    replaced = {package(version) for version in versions}
    pins = folder / "requirements.txt"
    with pins.open("w") as file:
        for path in REQUIREMENTS:
            for line in path.read_text(encoding="utf-8").splitlines():
                if package(line) not in replaced:
                    file.write(f"{line}\n")
    command = [*pip, "install", "--quiet", "--no-deps", "-r", pins, *versions]
    if subprocess.run(command, check=False).returncode:
        return False
    checked = subprocess.run([*pip, "check"], capture_output=True, text=True, check=False)
    print(checked.stdout.strip(), flush=True)
    return True


def test(folder: Path, arguments: list[str]) -> bool:
    pytest = [folder / "bin" / "python", "-m", "pytest", "-n", "auto", "--dist", "loadgroup"]
    environment = {**os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
    done = subprocess.run([*pytest, *arguments], cwd=ROOT, env=environment, check=False)
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", default="", help="the lines that contain this")
    options, arguments = parser.parse_known_args()
    results = {}
    for line in VERSIONS.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#") or options.only not in line:
            continue
        print(f"== {line}", flush=True)
        folder = ROOT / "build" / f"next-{re.sub('[^A-Za-z0-9.]+', '-', line)}"
        if not install(folder, options.python, line.split()):
            results[line] = "cannot be installed"
        else:
            results[line] = "passed" if test(folder, arguments) else "FAILED"
    for line, result in results.items():
        print(f"{line}: {result}")
    return 0 if set(results.values()) == {"passed"} else 1


if __name__ == "__main__":
    raise SystemExit(main())
