"""A backup a night: it is read back, the newest ones stay, and a failure takes none away."""

import json
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from digest.backup import kept_backups
from digest.backup.backup_file import BadBackup, check_backup
from digest.backup.kept_backups import add_backup
from digest.models import SignOfLife
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned

pytestmark = pytest.mark.django_db(transaction=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def signs() -> dict[str, object]:
    return dict(SignOfLife.objects.values_list("name", "at"))


def test_the_newest_ones_stay_and_other_files_too(tmp_path: Path) -> None:
    planned(frozen_edition(), crowd(2))
    folder = tmp_path / "backups"
    for night in range(4):
        path, contents = add_backup(folder, 2, NOW + timedelta(days=night))
        (folder / "notes.txt").touch()
    assert names(folder) == [
        "notes.txt",
        "preprint-post-2026-01-25-080000.json.gz",
        "preprint-post-2026-01-26-080000.json.gz",
    ]
    assert (path.name, contents.rows["digest.delivery"]) == (names(folder)[-1], 2)
    assert check_backup(path).rows == contents.rows
    assert signs() == {"backup": NOW + timedelta(days=3)}


def test_a_file_that_cannot_be_read_back_is_no_backup(tmp_path: Path) -> None:
    good, _contents = add_backup(tmp_path, 1, NOW)
    with patch.object(kept_backups, "check_backup", side_effect=BadBackup("It is damaged.")), pytest.raises(BadBackup):
        add_backup(tmp_path, 1, NOW + timedelta(days=1))
    assert names(tmp_path) == [good.name]
    assert signs() == {"backup": NOW, "backup failed": NOW + timedelta(days=1)}


def test_a_disk_that_is_full_takes_no_backup_away(tmp_path: Path) -> None:
    good, _contents = add_backup(tmp_path, 1, NOW)
    full = OSError(28, "No space left on device")
    with patch.object(kept_backups, "write_backup", side_effect=full), pytest.raises(OSError, match="No space"):
        add_backup(tmp_path, 1, NOW + timedelta(days=1))
    assert names(tmp_path) == [good.name]


def test_the_command_keeps_as_many_as_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "preprint-post-2026-01-25-080000.json.gz").touch()
    call_command("backup", str(tmp_path), "--keep", "1")
    [name] = names(tmp_path)
    assert name != "preprint-post-2026-01-25-080000.json.gz"
    assert f"rows written to {tmp_path / name}. It was read back." in capsys.readouterr().out
    call_command("backup", str(tmp_path), "--keep", "2", "--json")
    assert json.loads(capsys.readouterr().out)["rows"] > 0
    with pytest.raises(CommandError, match="is not a number from 1 to 9999"):
        call_command("backup", str(tmp_path), "--keep", "0")
