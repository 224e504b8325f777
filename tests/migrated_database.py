"""A migrated database: made once, and copied wherever a test needs one.

Wagtail's and our own migrations take a quarter of a minute. The copy stays valid until a migration
or a package version changes.
"""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "migrated"


def fingerprint() -> str:
    """Return a value that changes with the migrations and the packages."""
    digest = hashlib.sha256()
    apps = ("cms", "home", "events", "prevent_content")
    migrations = [path for app in apps for path in (ROOT / app).rglob("migrations/*.py")]
    for path in [ROOT / "requirements.txt", *sorted(migrations)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def migrated_sqlite() -> Path:
    """Return the file of a migrated SQLite database, to copy and never write to."""
    path = FOLDER / f"{fingerprint()}.sqlite3"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            for outdated in FOLDER.glob("*.sqlite3"):
                outdated.unlink()
            migrate_into(path)
    return path


def migrate_into(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            # They do not wait for the disk, and include the tables of the extras.
            "DJANGO_SETTINGS_MODULE": "cms.settings.test",
            "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
        }
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(Path(folder) / "site.sqlite3")) as made:
            # A single file to copy, without a journal.
            made.execute("PRAGMA journal_mode=DELETE")
            with closing(sqlite3.connect(part)) as copy:
                made.backup(copy)
        part.rename(path)
