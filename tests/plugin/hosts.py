"""Third-party Wagtail sites, made by `wagtail start`, to install the wheel into."""

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
VENVS = ROOT / "build" / "hosts"
# 0.1.0 is not released. Until its tag exists, upgrades start from this commit, whose migrations no
# longer change.
FIRST_RELEASE = "v0.1.0"
CANDIDATE = "c9eff6f4"
GUIDE = ROOT / "docs" / "plugin.md"
KEY = base64.urlsafe_b64encode(b"0123456789abcdef0123456789abcdef").decode()
# pyenv's commands work only for the selected version, but its folders always exist.
PYTHONS = (
    os.environ.get("NEXT_PYTHON", ""),
    *("python3.14", "python3.13", "python3.12"),
    *map(str, Path.home().glob(".pyenv/versions/*/bin/python3.1[2-9]")),
)
POSTGRES = os.environ.get("POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")


class Failed(AssertionError):
    """A command in the host did not do what the guide promises."""


def clean_environment(**environment: str) -> dict[str, str]:
    """Return this process's environment without our own site's variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    return {**clean, "PYTHONPATH": "", "PYTHONWARNINGS": "ignore", **environment}


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command to its end and return its output; raise ``Failed`` with all of it."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(**environment),
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


def build_wheel(folder: Path, source: Path = ROOT) -> Path:
    """Build the wheel as `make wheel` does, and return its path."""
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, source),
        cwd=source,
    )
    (wheel,) = folder.glob("prevent_roundtables-*.whl")
    return wheel


def first_release(folder: Path) -> Path | None:
    """Build the wheel of the first release, or its candidate; None if history has neither.

    Its assets and translations come from this tree, because they hold no data.
    """
    git = ["git", "-C", ROOT]
    for commit in (FIRST_RELEASE, CANDIDATE):
        known = [*git, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"]
        if subprocess.run(known, stdout=subprocess.DEVNULL, check=False).returncode == 0:
            break
    else:
        return None
    folder.mkdir()
    source = folder / "source"
    source.mkdir()
    archive = subprocess.run([*git, "archive", commit], check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", source], input=archive.stdout, check=True)
    shutil.copytree(ROOT / "build" / "static", source / "build" / "static")
    for catalogue in ROOT.glob("prevent_content/locale/*/LC_MESSAGES/django.mo"):
        shutil.copy(catalogue, source / catalogue.relative_to(ROOT))
    return build_wheel(folder, source)


@dataclass(frozen=True)
class Release:
    """A host's versions before the plugin was installed."""

    name: str
    python: str
    wagtail: str
    django: str

    def __str__(self) -> str:
        return self.name

    def venv(self) -> Path:
        """Return a virtual environment with these releases, created once and reused."""
        folder = VENVS / self.name
        python = folder / "bin" / "python"
        if not python.exists():
            shutil.rmtree(folder, ignore_errors=True)
            run(self.python, "-m", "venv", folder, cwd=ROOT)
        wanted = (self.wagtail, self.django, "psycopg[binary]>=3.2")
        run(python, "-m", "pip", "install", "--quiet", *wanted, cwd=ROOT)
        return folder


def newest_python() -> str:
    """Return a Python that Django 6 supports, or this one if the machine has none."""
    for command in filter(shutil.which, filter(None, PYTHONS)):
        if subprocess.run([command, "-c", ""], capture_output=True, check=False).returncode == 0:
            return command
    return sys.executable


def newest() -> Release:
    python = newest_python()
    if python == sys.executable and sys.version_info < (3, 12):
        return Release("wagtail-8.0-django-5.2", python, "wagtail~=8.0.0", "Django~=5.2.0")
    return Release("wagtail-8.0-django-6.0", python, "wagtail~=8.0.0", "Django~=6.0.0")


OLDEST = Release("wagtail-7.4-django-5.2", sys.executable, "wagtail~=7.4.0", "Django~=5.2.0")
NEWEST = newest()


class Host:
    """A third-party Wagtail site with its virtual environment.

    A site with visitors does not show them Django's debug page.
    """

    def __init__(self, folder: Path, wheel: Path, release: Release):
        self.folder = folder
        self.wheel = wheel
        self.site = folder / "council"
        venv = release.venv()
        self.python = venv / "bin" / "python"
        self.site.mkdir()
        run(venv / "bin" / "wagtail", "start", "council", self.site, cwd=folder)
        self.write("council/settings/local.py", "DEBUG = False\n")
        self.settings = self.site / "council" / "settings" / "base.py"
        self.urls = self.site / "council" / "urls.py"

    def write(self, path: str, text: str) -> None:
        place = self.site / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def packages(self) -> dict[str, str]:
        """Return the version of each installed package."""
        frozen = run(self.python, "-m", "pip", "freeze", cwd=self.folder)
        return dict(line.split("==") for line in frozen.splitlines() if "==" in line)

    def install(self) -> None:
        """Install the wheel, which must leave the host's packages unchanged."""
        remove = ("uninstall", "--quiet", "--yes", "prevent-roundtables")
        run(self.python, "-m", "pip", *remove, cwd=self.folder)
        before = self.packages()
        run(self.python, "-m", "pip", "install", "--quiet", self.wheel, cwd=self.folder)
        after = self.packages()
        moved = {name: (before[name], after.get(name)) for name in before}
        assert not {name: pair for name, pair in moved.items() if pair[0] != pair[1]}

    def upgrade(self, wheel: Path) -> None:
        """Replace the plugin with that of another wheel, as the guide says."""
        self.wheel = wheel
        again = ("--upgrade", "--force-reinstall", "--no-deps", wheel)
        run(self.python, "-m", "pip", "install", "--quiet", *again, cwd=self.folder)

    def take_in(self, urls: str = "urls") -> None:
        """Install the wheel and add only the guide's lines."""
        self.install()
        self.plain = self.settings.read_text(), self.urls.read_text()
        self.settings.write_text(f"{self.plain[0]}\n{lines_for('settings')}")
        lines = lines_for(urls).splitlines(keepends=True)
        imports = "".join(line for line in lines if line.startswith("from "))
        patterns = "".join(f"    {line}" for line in lines if not line.startswith("from "))
        before, after = self.plain[1].split("urlpatterns = [\n", 1)
        self.urls.write_text(f"{before}{imports}urlpatterns = [\n{patterns}{after}")

    def give_back(self) -> None:
        """Remove the guide's lines."""
        self.settings.write_text(self.plain[0])
        self.urls.write_text(self.plain[1])

    def manage(self, *arguments: str, **environment: str) -> str:
        environment = {"FIELD_ENCRYPTION_KEYS": KEY, **environment}
        return run(self.python, "manage.py", *arguments, cwd=self.site, **environment)

    def play(self, script: Path) -> str:
        """Run ``script`` inside the host, with its settings."""
        start = f"exec(compile(open({str(script)!r}).read(), {script.name!r}, 'exec'), {{}})"
        return self.manage("shell", "--no-imports", "-c", start)


class GivenHost(Host):
    """A copy of an existing site, run by its own Python: ``PLUGIN_HOST_PYTHON``.

    Its own files are unchanged: the guide's lines go in modules beside them.
    ``PLUGIN_HOST_SETTINGS`` names its settings.
    """

    def __init__(self, folder: Path, wheel: Path, source: Path):
        self.folder, self.wheel, self.site = folder, wheel, folder / "site"
        shutil.copytree(source, self.site, ignore=shutil.ignore_patterns(".git", "node_modules"))
        self.python = Path(os.environ["PLUGIN_HOST_PYTHON"])
        self.own_settings = os.environ["PLUGIN_HOST_SETTINGS"]

    def upgrade(self, wheel: Path) -> None:
        """Replace the plugin with that of another wheel, as the guide says."""
        self.wheel = wheel
        again = ("--upgrade", "--force-reinstall", "--no-deps", wheel)
        run(self.python, "-m", "pip", "install", "--quiet", *again, cwd=self.folder)

    def take_in(self, urls: str = "urls") -> None:
        self.install()
        self.write(
            "prevent_host_settings.py",
            f"from {self.own_settings} import *\n{lines_for('settings')}\n"
            'OWN_URLS, ROOT_URLCONF = ROOT_URLCONF, "prevent_host_urls"\n',
        )
        self.write(
            "prevent_host_urls.py",
            "from importlib import import_module\n"
            "from django.conf import settings\nfrom django.urls import include, path\n"
            "own = import_module(settings.OWN_URLS)\n"
            f"urlpatterns = [\n    {lines_for(urls)}    *own.urlpatterns,\n]\n",
        )

    def manage(self, *arguments: str, **environment: str) -> str:
        settings = {"DJANGO_SETTINGS_MODULE": "prevent_host_settings"}
        return super().manage(*arguments, **settings, **environment)


@contextmanager
def limited_database(name: str) -> Iterator[str | None]:
    """Provide a PostgreSQL database whose user may create tables but no extension; None without."""
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield None
        return
    with server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"DROP ROLE IF EXISTS {name}")
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'limited'")
        server.execute(f"CREATE DATABASE {name}")
        server.execute(f"REVOKE CREATE ON DATABASE {name} FROM PUBLIC")
        address = psycopg.conninfo.make_conninfo(POSTGRES, dbname=name)
        with psycopg.connect(address, autocommit=True) as database:
            database.execute(f"GRANT ALL ON SCHEMA public TO {name}")
        try:
            yield name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            server.execute(f"DROP ROLE {name}")
