"""A backup holds everything, is refused if damaged, and restores the site as it was."""

import io
import json
import os
import stat
import tarfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cms import backups
from events.registrations.models import Heartbeat
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media" / "documents").mkdir(parents=True)
    (tmp_path / "media" / "documents" / "minutes.pdf").write_bytes(b"%PDF-1.4")
    return tmp_path


def rename(name: str) -> None:
    Group.objects.update_or_create(pk=77, defaults={"name": name})


def name() -> str:
    return Group.objects.get(pk=77).name


def test_a_backup_is_restored_completely(var):
    rename("Before")
    path = backups.write_backup(var / "backups", at=NOW)
    rename("After")
    (var / "media" / "documents" / "minutes.pdf").write_bytes(b"changed")
    (var / "media" / "later.png").write_bytes(b"new")
    assert backups.restore_backup(path) == NOW.isoformat()
    assert name() == "Before"
    assert (var / "media" / "documents" / "minutes.pdf").read_bytes() == b"%PDF-1.4"
    assert not (var / "media" / "later.png").exists()


def test_only_its_owner_can_read_it(var):
    path = backups.write_backup(var / "backups", at=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in (var / "backups").iterdir()] == [path.name]


def test_the_command_saves_what_it_replaces_and_migrates_it(var, capsys):
    rename("Before")
    path = backups.write_backup(var / "elsewhere", at=NOW)
    rename("After")
    call_command("restore", str(path))
    assert name() == "Before"
    assert "erase_due" in capsys.readouterr().out
    (kept,) = (var / "backups").glob("*.tar")
    backups.restore_backup(kept)
    assert name() == "After"


def rewritten(path, change) -> None:
    """Write the archive again, applying ``change`` to its files."""
    with tarfile.open(path) as archive:
        files = {each.name: archive.extractfile(each).read() for each in archive}
    change(files)
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def of_another_kind(files) -> None:
    manifest = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps({**manifest, "vendor": "oracle"}).encode()


def with_rows_that_are_not_there(files) -> None:
    manifest = json.loads(files["manifest.json"])
    manifest["rows"]["auth_group"] = 5000
    files["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda files: files.update(database=files["database"][:-1] + b"!"), "damaged"),
        (lambda files: files.pop("media/documents/minutes.pdf"), "damaged"),
        (lambda files: files.pop("manifest.json"), "no whole backup"),
        (lambda files: files.update({"../outside": b"x"}), "no whole backup"),
        (of_another_kind, "of the kind oracle"),
        (with_rows_that_are_not_there, "auth_group had 5000 rows"),
    ],
)
def test_an_altered_backup_changes_nothing(var, change, why):
    path = backups.write_backup(var / "elsewhere", at=NOW)
    rewritten(path, change)
    rename("Now")
    with pytest.raises(CommandError, match=why):
        call_command("restore", str(path))
    assert name() == "Now"
    assert not (var.parent / "outside").exists()


def test_half_a_file_is_not_a_backup(var):
    path = backups.write_backup(var / "elsewhere", at=NOW)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CommandError, match=r"no whole backup|damaged"):
        call_command("restore", str(path))


@pytest.mark.parametrize("file", ["", "nothing.tar"])
def test_a_missing_file_is_reported(var, file):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", file)


def test_a_full_disk_leaves_no_half_backup(var, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "write_archive", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup")
    assert list((var / "backups").iterdir()) == []


def test_a_verified_backup_is_read_back_and_recorded(var, capsys):
    call_command("backup", verify=True)
    said = capsys.readouterr().out
    assert "Verified: " in said
    assert str(connection.settings_dict["NAME"]) in said
    assert timezone.now() - Heartbeat.objects.get(name=Heartbeat.BACKUP).at < timedelta(minutes=1)


def test_an_unreadable_backup_is_set_aside(var, monkeypatch):
    monkeypatch.setattr(backups, "digest", lambda path: os.urandom(8).hex())
    with pytest.raises(CommandError, match="cannot be relied on"):
        call_command("backup", verify=True, keep_days=35)
    # Erasures so far are in a separate file, unaffected by a damaged backup.
    left = sorted(path.suffix for path in (var / "backups").iterdir())
    assert left == [".damaged", ".json"]
    assert not Heartbeat.objects.filter(name=Heartbeat.BACKUP).exists()


def test_old_backups_are_deleted_and_the_last_good_ones_stay_whatever_their_age(var, capsys):
    folder = var / "backups"
    folder.mkdir()
    for day in range(1, 6):
        old = folder / f"backup-2025010{day}-000000-000000.tar"
        old.write_bytes(b"x")
        os.utime(old, (0, 0))
    call_command("backup", verify=True, keep_days=35)
    assert len(list(folder.glob("backup-2025*.tar"))) == 2
    assert len(list(folder.glob("*.tar"))) == 3
    assert "backup-20250103-000000-000000.tar deleted" in capsys.readouterr().out


def test_nothing_is_deleted_when_a_backup_fails(var, monkeypatch):
    folder = var / "backups"
    folder.mkdir()
    for day in range(1, 6):
        old = folder / f"backup-2025010{day}-000000-000000.tar"
        old.write_bytes(b"x")
        os.utime(old, (0, 0))
    monkeypatch.setattr("events.registrations.database.missing_tables", lambda tables: ["x"])
    with pytest.raises(CommandError, match="holds none of this site's tables"):
        call_command("backup", verify=True, keep_days=35)
    assert len(list(folder.iterdir())) == 5


@pytest.mark.parametrize("command", ["backup", "run_due_jobs"])
def test_a_database_without_our_tables_is_refused_by_name(var, monkeypatch, command):
    monkeypatch.setattr("events.registrations.database.table_names", lambda connection: ["other"])
    with pytest.raises(CommandError, match="holds none of this site's tables") as refused:
        call_command(command)
    assert str(connection.settings_dict["NAME"]) in str(refused.value)


def test_a_backup_without_our_tables_is_refused(var, monkeypatch):
    path = backups.write_backup(var / "elsewhere", at=NOW)
    rename("Now")
    monkeypatch.setattr(backups, "missing_tables", lambda tables: ["wagtailcore_page"])
    with pytest.raises(CommandError, match=r"holds none of this site's tables.*as it was"):
        call_command("restore", str(path))
    assert name() == "Now"


def test_the_proxy_can_read_media_after_a_restore_whatever_the_umask(var, settings):
    settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755
    path = backups.write_backup(var / "backups", at=NOW)
    former = os.umask(0o077)
    try:
        backups.restore_backup(path)
    finally:
        os.umask(former)
    folder = var / "media" / "documents"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "minutes.pdf").stat().st_mode) == 0o644
