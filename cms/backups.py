"""Back up database and media while the site runs, read backups back, and restore them.

A backup is one tar file that only its owner can read: the database as it was at one moment, then
the media, then ``manifest.json`` with the number of rows in each table and a digest of each file.
The database comes first, so a file uploaded meanwhile may be extra, but none the database knows is
missing.
"""

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections, transaction

from events.registrations.database import missing_tables

FORMAT = 2
DATABASE, MEDIA, MANIFEST = "database", "media", "manifest.json"
NEWEST_SPARED = 3
BACKUPS = "backup-*.tar"
COPY = re.compile(r'COPY (?:"[^"]+"|\w+)\."?(?P<table>[^" ]+)"? \(.*\) FROM stdin;\n')


class BackupFailed(Exception):
    """Nothing was written or restored; the message says why."""


def write_backup(folder: Path, *, at: datetime) -> Path:
    """Write a backup into ``folder`` and return its path. A reader never sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"backup-{at:%Y%m%d-%H%M%S-%f}.tar"
    unfinished = path.with_suffix(".part")
    try:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            dump = Path(place) / DATABASE
            rows = dump_database(dump)
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                write_archive(file, dump, rows, at=at)
                file.flush()
                os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def write_archive(
    file: io.BufferedIOBase, dump: Path, rows: dict[str, int], *, at: datetime
) -> None:
    digests = {}
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, path in [(DATABASE, dump), *media_files()]:
            try:
                archive.add(path, arcname=name, recursive=False)
            except FileNotFoundError:
                # Deleted since the folder was listed.
                continue
            digests[name] = digest(path)
        manifest = {
            "format": FORMAT,
            "at": at.isoformat(),
            "vendor": connection.vendor,
            "rows": rows,
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


def dump_database(path: Path) -> dict[str, int]:
    """Write the database as it is at one moment; return the number of rows in each table.

    Nobody has to wait for it, whether reading or writing.
    """
    if connection.vendor == "sqlite":
        with sqlite_file(connection.settings_dict["NAME"]) as site, sqlite_file(path) as copy:
            site.backup(copy)
        return rows_of_sqlite(path)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # A dump takes longer than the limit for answers to visitors.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 # nosec
            (rows[table],) = cursor.fetchone()
        postgres(
            "pg_dump",
            *("--format=custom", "--no-owner", "--no-privileges"),
            *(f"--snapshot={snapshot}", f"--file={path}"),
        )
    return rows


@contextmanager
def sqlite_file(path: Path | str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=60, uri=str(path).startswith("file:"))) as opened:
        yield opened


def rows_of_sqlite(path: Path) -> dict[str, int]:
    """Return the number of rows in each table in the file ``path``, without search indexes.

    Raises ``BackupFailed`` if the file is damaged.
    """
    with sqlite_file(path) as copy:
        try:
            # They call functions of Django's that this connection lacks.
            copy.execute("PRAGMA ignore_check_constraints = ON")
            (result,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if result != "ok":
                raise BackupFailed(f"The database in the backup is damaged: {result}")
            tables = copy.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' "
                "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts%'"
            )
            return {
                table: copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 # nosec
                for (table,) in tables.fetchall()
            }
        except sqlite3.DatabaseError as error:
            raise BackupFailed(f"The database in the backup is damaged: {error}") from error


def rows_of_dump(path: Path) -> dict[str, int]:
    """Return the number of rows in each table of a ``pg_dump`` dump, by reading it all."""
    program = ["pg_restore", "--data-only", "--file=-", str(path)]
    rows: dict[str, int] = {}
    with postgres_program(program, stdout=subprocess.PIPE) as process:
        table = ""
        for line in process.stdout:
            if not table:
                if started := COPY.fullmatch(line):
                    table = started["table"]
                    rows[table] = 0
            elif line == "\\.\n":
                table = ""
            else:
                rows[table] += 1
        output = process.stderr.read()
    if process.returncode:
        raise BackupFailed(f"The database in the backup is damaged: {last_line(output)}")
    return rows


def postgres(program: str, *arguments: str) -> None:
    """Run a PostgreSQL program on the site's database.

    The password goes in the environment, not the arguments. Raises ``BackupFailed`` with the
    program's last line.
    """
    parameters = {**connection.get_connection_params()}
    environment = {
        **os.environ,
        "PGPASSWORD": str(parameters.get("password") or ""),
        "PGOPTIONS": "-c statement_timeout=0",
    }
    named = {"dbname": "dbname", "host": "host", "port": "port", "username": "user"}
    target = [
        f"--{option}={parameters[name]}" for option, name in named.items() if parameters.get(name)
    ]
    with postgres_program([program, *target, *arguments], env=environment) as process:
        _, output = process.communicate()
    if process.returncode:
        raise BackupFailed(f"{program} failed: {last_line(output)}")


@contextmanager
def postgres_program(command: list[str], **options) -> Iterator[subprocess.Popen]:
    try:
        with subprocess.Popen(  # noqa: S603 - fixed programs, and arguments of ours
            command, stderr=subprocess.PIPE, text=True, errors="replace", **options
        ) as process:
            yield process
    except FileNotFoundError:
        raise BackupFailed(
            f"{command[0]} is not on this machine: install postgresql-client"
        ) from None


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it printed nothing"])[-1]


def verify_backup(path: Path) -> int:
    """Read the backup ``path`` back and return how many rows it holds.

    Raises ``BackupFailed`` unless every file and table holds what was written.
    """
    with unpacked(path, beside=path.parent) as (_, manifest):
        return sum(manifest["rows"].values())


@contextmanager
def unpacked(path: Path, *, beside: Path) -> Iterator[tuple[Path, dict]]:
    """Unpack a backup into a folder for as long as it is used; yield the folder and its manifest.

    Raises ``BackupFailed`` if the backup is incomplete or from another site.
    """
    with tempfile.TemporaryDirectory(dir=beside) as place:
        folder = Path(place)
        try:
            with tarfile.open(path) as archive:
                unpack(archive, folder)
            manifest = json.loads((folder / MANIFEST).read_text())
        except (OSError, tarfile.TarError, ValueError) as error:
            raise BackupFailed(f"{path} is no whole backup: {error}") from error
        check_whole(folder, manifest)
        yield folder, manifest


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files of ``archive`` into ``folder``; refuse any that would land elsewhere."""
    for member in archive:
        target = (folder / member.name).resolve()
        if not member.isreg() or not target.is_relative_to(folder.resolve()):
            raise tarfile.TarError(f"{member.name} is no file of a backup")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(archive.extractfile(member), file)


def check_whole(folder: Path, manifest: dict) -> None:
    if manifest.get("format") != FORMAT:
        raise BackupFailed("This backup was written by another version of the site")
    if manifest["vendor"] != connection.vendor:
        raise BackupFailed(
            f"This backup is of a database of the kind {manifest['vendor']}, and DATABASE_URL is "
            f"of the kind {connection.vendor}"
        )
    for name, expected in manifest["digests"].items():
        if not (folder / name).is_file() or digest(folder / name) != expected:
            raise BackupFailed(f"This backup is damaged: {name} is not what was written")
    read_rows = rows_of_sqlite if connection.vendor == "sqlite" else rows_of_dump
    rows = read_rows(folder / DATABASE)
    if missing := missing_tables(rows):
        raise BackupFailed(f"This backup holds none of this site's tables, such as {missing[0]}")
    for table, expected in manifest["rows"].items():
        if rows.get(table) != expected:
            raise BackupFailed(
                f"This backup is damaged: {table} had {expected} rows, and {rows.get(table)} are "
                "in the file"
            )


def restore_backup(path: Path) -> str:
    """Restore database and media from ``path``; return when it was written.

    Everything is checked before anything is touched. Raises ``BackupFailed``.
    """
    var = Path(settings.VAR_DIR)
    var.mkdir(parents=True, exist_ok=True)
    with unpacked(path, beside=var) as (folder, manifest):
        connections.close_all()
        if connection.vendor == "sqlite":
            name = connection.settings_dict["NAME"]
            with sqlite_file(folder / DATABASE) as saved, sqlite_file(name) as site:
                saved.backup(site)
        else:
            postgres(
                "pg_restore",
                *("--clean", "--if-exists", "--no-owner", "--no-privileges"),
                *("--single-transaction", "--exit-on-error", str(folder / DATABASE)),
            )
        put_media(folder / MEDIA)
    # It holds values from the database that was replaced.
    cache.clear()
    return manifest["at"]


def put_media(source: Path) -> None:
    """Make the media folder hold exactly what ``source`` holds."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    for child in root.iterdir():
        shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
    if source.is_dir():
        shutil.copytree(source, root, dirs_exist_ok=True)
    # A proxy reads them, so the umask must not hide them.
    for path in [root, *root.rglob("*")]:
        mode = (
            settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS
            if path.is_dir()
            else settings.FILE_UPLOAD_PERMISSIONS
        )
        if mode is not None:
            path.chmod(mode)


def delete_old_backups(folder: Path, *, at: datetime, days: int) -> list[Path]:
    """Delete backups in ``folder`` older than ``days``; return those deleted.

    The newest three always stay.
    """
    backups = sorted(folder.glob(BACKUPS))[:-NEWEST_SPARED]
    limit = (at - timedelta(days=days)).timestamp()
    old = [path for path in backups if path.stat().st_mtime < limit]
    for path in old:
        path.unlink()
    return old
