"""A backup holds everything, is refused if it is damaged, and comes back as it was."""

import io
import json
import stat
import tarfile

import pytest
from django.core.management import CommandError, call_command

from cms import backups
from home.models import HomePage
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media" / "documents").mkdir(parents=True)
    (tmp_path / "media" / "documents" / "minutes.pdf").write_bytes(b"%PDF-1.4")
    return tmp_path


def title() -> str:
    return HomePage.objects.get().title


def test_what_was_backed_up_comes_back(var):
    HomePage.objects.update(title="Before")
    path = backups.write_backup(var / "backups", at=NOW)
    HomePage.objects.update(title="After")
    (var / "media" / "documents" / "minutes.pdf").write_bytes(b"changed")
    (var / "media" / "later.png").write_bytes(b"new")
    assert backups.restore_backup(path) == NOW.isoformat()
    assert title() == "Before"
    assert (var / "media" / "documents" / "minutes.pdf").read_bytes() == b"%PDF-1.4"
    assert not (var / "media" / "later.png").exists()


def test_nobody_but_its_owner_reads_it(var):
    path = backups.write_backup(var / "backups", at=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in (var / "backups").iterdir()] == [path.name]


def test_the_command_keeps_what_it_replaces_and_brings_it_up_to_date(var, capsys):
    HomePage.objects.update(title="Before")
    path = backups.write_backup(var / "elsewhere", at=NOW)
    HomePage.objects.update(title="After")
    call_command("restore", str(path))
    assert title() == "Before"
    assert "erase_due" in capsys.readouterr().out
    (kept,) = (var / "backups").glob("*.tar")
    backups.restore_backup(kept)
    assert title() == "After"


def rewritten(path, change) -> None:
    """Write the archive anew, with ``change`` made to its files."""
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


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda files: files.update(database=files["database"][:-1] + b"!"), "damaged"),
        (lambda files: files.pop("media/documents/minutes.pdf"), "damaged"),
        (lambda files: files.pop("manifest.json"), "no whole backup"),
        (lambda files: files.update({"../outside": b"x"}), "no whole backup"),
        (of_another_kind, "of the kind oracle"),
    ],
)
def test_a_backup_that_is_not_as_written_changes_nothing(var, change, why):
    path = backups.write_backup(var / "elsewhere", at=NOW)
    rewritten(path, change)
    HomePage.objects.update(title="Now")
    with pytest.raises(CommandError, match=why):
        call_command("restore", str(path))
    assert title() == "Now"
    assert not (var.parent / "outside").exists()


def test_half_a_file_is_no_backup(var):
    path = backups.write_backup(var / "elsewhere", at=NOW)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CommandError, match=r"no whole backup|damaged"):
        call_command("restore", str(path))


@pytest.mark.parametrize("file", ["", "nothing.tar"])
def test_a_file_that_is_not_there_is_said(var, file):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", file)


def test_a_full_disk_leaves_no_half_backup(var, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "write_archive", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup")
    assert list((var / "backups").iterdir()) == []
