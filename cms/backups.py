"""Copies of everything that the site keeps, taken while it runs, and put back.

A backup is one tar file, readable by its owner alone: the database as it was at one moment, then
the media, then ``manifest.json`` with a digest of each. The database comes first: a file that is
uploaded meanwhile is more than the database knows, and none that it knows is left out.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

FORMAT = 1
DATABASE, MEDIA, MANIFEST = "database", "media", "manifest.json"


class BackupFailed(Exception):
    """Nothing was written, or nothing was put back; the message says why."""


def write_backup(folder: Path, *, at: datetime) -> Path:
    """Write a backup into ``folder`` and return its path. A reader never sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"backup-{at:%Y%m%d-%H%M%S-%f}.tar"
    unfinished = path.with_suffix(".part")
    try:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            dump = Path(place) / DATABASE
            dump_database(dump)
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                write_archive(file, dump, at=at)
                file.flush()
                os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def write_archive(file: io.BufferedIOBase, dump: Path, *, at: datetime) -> None:
    digests = {}
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, path in [(DATABASE, dump), *media_files()]:
            try:
                archive.add(path, arcname=name, recursive=False)
            except FileNotFoundError:
                # Deleted since the folder was read.
                continue
            digests[name] = digest(path)
        manifest = {
            "format": FORMAT,
            "at": at.isoformat(),
            "vendor": connection.vendor,
            "digests": digests,
        }
        content = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(content), 0o600
        archive.addfile(entry, io.BytesIO(content))


def media_files() -> Iterator[tuple[str, Path]]:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield f"{MEDIA}/{path.relative_to(root).as_posix()}", path


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dump_database(path: Path) -> None:
    """Write the database as it is at one moment; nobody who reads or writes waits for it."""
    if connection.vendor == "sqlite":
        with sqlite_file(connection.settings_dict["NAME"]) as site, sqlite_file(path) as copy:
            site.backup(copy)
        return
    postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")


@contextmanager
def sqlite_file(path: Path | str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=60, uri=str(path).startswith("file:"))) as opened:
        yield opened


def postgres(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's; its password is in the environment, not among the arguments.

    Raises ``BackupFailed`` with the program's last line.
    """
    parameters = {**connection.get_connection_params()}
    environment = {
        **os.environ,
        "PGPASSWORD": str(parameters.get("password") or ""),
        # A dump takes longer than any answer to a visitor may.
        "PGOPTIONS": "-c statement_timeout=0",
    }
    named = {"dbname": "dbname", "host": "host", "port": "port", "username": "user"}
    target = [
        f"--{option}={parameters[name]}" for option, name in named.items() if parameters.get(name)
    ]
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs, and arguments of ours
            [program, *target, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise BackupFailed(f"{program} is not on this machine: install postgresql-client") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BackupFailed(f"{program} failed: {last}")


def restore_backup(path: Path) -> str:
    """Put database and media back as ``path`` holds them; return when it was written.

    Everything is checked before anything is touched. Raises ``BackupFailed``.
    """
    var = Path(settings.VAR_DIR)
    var.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=var) as place:
        unpacked = Path(place)
        try:
            with tarfile.open(path) as archive:
                unpack(archive, unpacked)
            manifest = json.loads((unpacked / MANIFEST).read_text())
        except (OSError, tarfile.TarError, ValueError) as error:
            raise BackupFailed(f"{path} is no whole backup: {error}") from error
        check_whole(unpacked, manifest)
        connections.close_all()
        if connection.vendor == "sqlite":
            name = connection.settings_dict["NAME"]
            with sqlite_file(unpacked / DATABASE) as kept, sqlite_file(name) as site:
                kept.backup(site)
        else:
            postgres(
                "pg_restore",
                *("--clean", "--if-exists", "--no-owner", "--no-privileges"),
                *("--single-transaction", "--exit-on-error", str(unpacked / DATABASE)),
            )
        put_media(unpacked / MEDIA)
    return manifest["at"]


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files of ``archive`` into ``folder``, and refuse what would land elsewhere."""
    for member in archive:
        target = (folder / member.name).resolve()
        if not member.isreg() or not target.is_relative_to(folder.resolve()):
            raise tarfile.TarError(f"{member.name} is no file of a backup")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(archive.extractfile(member), file)


def check_whole(unpacked: Path, manifest: dict) -> None:
    if manifest.get("format") != FORMAT:
        raise BackupFailed("This backup was written by another version of the site")
    if manifest["vendor"] != connection.vendor:
        raise BackupFailed(
            f"This backup is of a database of the kind {manifest['vendor']}, and DATABASE_URL is "
            f"of the kind {connection.vendor}"
        )
    for name, expected in manifest["digests"].items():
        if not (unpacked / name).is_file() or digest(unpacked / name) != expected:
            raise BackupFailed(f"This backup is damaged: {name} is not what was written")


def put_media(unpacked: Path) -> None:
    """Make the folder of media hold what ``unpacked`` holds, and nothing else."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    for child in root.iterdir():
        shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
    if unpacked.is_dir():
        shutil.copytree(unpacked, root, dirs_exist_ok=True)
