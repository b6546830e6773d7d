"""A backup has everything at one moment, is known when it is damaged, and a new machine goes on from it."""

import gzip
import json
import os
import sqlite3
import stat
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections
from pytest_django import Settings

from digest.backup import backup_file
from digest.backup.backup_file import BadBackup, check_backup, write_backup
from digest.backup.restore import CannotRestore, restore_backup
from digest.backup.rows import Model, Row, delete_all, list_tables, read_rows
from digest.models import Delivery, Edition, SignOfLife
from subscriptions.models import Errand, Subscriber
from tests.delivery.outbox_rows import DAY, NOW, PICKS, crowd, frozen_edition, planned
from tests.processes import Child, shared_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edition() -> Edition:
    """Two readers got their letter, one waits."""
    edition = frozen_edition()
    planned(edition, crowd(2), state="accepted", finished_at=NOW, provider_id="<a\u2028\x7f@b>")
    planned(edition, crowd(1, first=3))
    return edition


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.json.gz"


def everything() -> dict[str, list[object]]:
    found = {model._meta.label_lower: list(map(list, read_rows(model, "default"))) for model in list_tables(apps)}
    return {name: sorted(rows, key=repr) for name, rows in found.items() if name != "digest.edition"}


def forget_everything() -> None:
    """As a machine without a row."""
    with connection.constraint_checks_disabled():
        delete_all(list_tables(apps), "default")


def test_what_is_restored_is_what_was_there(edition: Edition, file: Path) -> None:
    before = everything()
    written = write_backup(file, NOW)
    forget_everything()
    restored = restore_backup(file, NOW + timedelta(hours=1))
    assert everything() == before
    assert (restored.rows, restored.rows["digest.delivery"]) == (written.rows, 3)
    assert Delivery.objects.get(state="pending").picks == PICKS


def test_new_rows_get_new_numbers_after_a_restore(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    newest = max(Delivery.objects.values_list("id", flat=True))
    forget_everything()
    restore_backup(file, NOW)
    [added] = planned(Edition.objects.get(), crowd(1, first=9))
    assert added.id > newest


def test_letters_that_waited_are_paused_as_they_may_have_left(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    forget_everything()
    restore_backup(file, NOW)
    restored = Edition.objects.get()
    assert restored.paused
    assert restored.pause_reason.startswith("Restored from a backup of 2026-01-23 08:00 UTC")


def test_readers_served_since_the_backup_get_nothing_twice(edition: Edition, file: Path) -> None:
    """Their rows are not in it, and of later days not even the edition is."""
    Delivery.objects.filter(state="pending").delete()
    write_backup(file, NOW)
    forget_everything()
    restore_backup(file, NOW + timedelta(days=2))
    assert list(Edition.objects.order_by("day").values_list("day", "paused")) == [
        (DAY + timedelta(days=ahead), True) for ahead in range(3)
    ]


def test_account_letters_that_waited_are_not_sent_again(edition: Edition, file: Path) -> None:
    Errand.objects.create(kind="goodbye", subscriber=Subscriber.objects.all()[0], not_before=NOW)
    write_backup(file, NOW)
    forget_everything()
    restore_backup(file, NOW)
    assert not Errand.objects.exists()
    forget_everything()
    restore_backup(file, NOW, nothing_left_since=True)
    assert Errand.objects.count() == 1


def test_a_move_goes_on_with_the_day(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    forget_everything()
    restore_backup(file, NOW, nothing_left_since=True)
    assert not Edition.objects.get().paused


def test_only_its_owner_reads_a_backup(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_disk_that_is_full_leaves_no_file(edition: Edition, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(row: object) -> list[object]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_file, "encode_row", no_room)
    with pytest.raises(CommandError, match="cannot be written: No space left on device"):
        call_command("backup", str(file))
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_is_no_backup(edition: Edition, file: Path, share: float) -> None:
    write_backup(file, NOW)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(BadBackup):
        check_backup(file)


def test_every_changed_byte_that_changes_a_row_is_found(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    whole = file.read_bytes()
    rows = gzip.decompress(whole)
    # The first ten bytes of gzip are its own header, whose flags and time say nothing of the rows.
    for place in range(10, len(whole), max(len(whole) // 97, 1)):
        changed = whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        file.write_bytes(changed)
        # Some bits of gzip's tables stand for signs that no row has.
        with suppress(OSError, EOFError, zlib.error):
            if gzip.decompress(changed) == rows:
                continue
        with pytest.raises(BadBackup):
            check_backup(file)


def test_a_line_that_was_left_out_is_missed(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    row = next(place for place, line in enumerate(lines) if b"reader2@example.org" in line)
    for cut in (lines[:row] + lines[row + 1 :], lines[:-1], lines[:1], [*lines, b"{}\n"], []):
        file.write_bytes(gzip.compress(b"".join(cut)))
        with pytest.raises(BadBackup):
            check_backup(file)


@pytest.mark.parametrize("line", ["", "no JSON", "[1]", '{"format": "other"}', "[" * 100_000])
def test_other_files_are_no_backups(file: Path, line: str) -> None:
    for content in (line.encode(), gzip.compress(line.encode() + b"\n")):
        file.write_bytes(content)
        with pytest.raises(BadBackup):
            check_backup(file)


def test_a_used_database_is_left_as_it_is(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    before = everything()
    with pytest.raises(CannotRestore, match="Restore into an empty one"):
        restore_backup(file, NOW)
    assert everything() == before


def test_another_suppression_key_is_refused(edition: Edition, file: Path, settings: Settings) -> None:
    write_backup(file, NOW)
    forget_everything()
    settings.SUPPRESSION_KEY = "another-key-that-nobody-has-seen-0000"
    with pytest.raises(CannotRestore, match="SUPPRESSION_KEY"):
        restore_backup(file, NOW)
    assert not Subscriber.objects.exists()


def test_a_backup_of_a_newer_version_is_refused(edition: Edition, file: Path) -> None:
    write_backup(file, NOW)
    first, *rest = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    header = json.loads(first)
    header["migrations"]["digest"] = "9999_the_future"
    file.write_bytes(gzip.compress(json.dumps(header).encode() + b"\n" + b"".join(rest)))
    forget_everything()
    with pytest.raises(CannotRestore, match="newer version"):
        restore_backup(file, NOW)


def test_a_restore_that_fails_half_way_leaves_nothing(
    edition: Edition, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_backup(file, NOW)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    row = next(place for place, line in enumerate(lines) if b"reader2@example.org" in line)
    lines[row] = lines[row].replace(b"2026-", b"when-", 1)
    file.write_bytes(gzip.compress(b"".join(lines)))
    forget_everything()
    with pytest.raises(BadBackup, match=r"A row of subscriptions\.subscriber cannot be read"):
        restore_backup(file, NOW)
    assert not Delivery.objects.exists()


def test_the_commands_say_what_was_done(edition: Edition, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("backup", str(file), "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["file"], said["bytes"]) == (str(file), file.stat().st_size)
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(file))
    call_command("check_backup", str(file))
    printed = capsys.readouterr().out
    assert "digest.delivery" in printed
    assert f"Whole: {said['rows']} rows" in printed
    forget_everything()
    call_command("restore", str(file))
    assert "Paused, as letters may have left since the backup:" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--replace"]])
def test_a_folder_is_not_a_file_to_write_over(tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(CommandError, match=r"is a folder\. Name a file in it, or say how many stay there: --keep 14"):
        call_command("backup", str(tmp_path), *options)
    assert list(tmp_path.iterdir()) == []


def _environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PREPRINT_POST_HOME": str(tmp_path), "DATABASE_URL": shared_database(tmp_path)}


def test_everything_moves_to_another_database(edition: Edition, tmp_path: Path) -> None:
    target = tmp_path / "target.sqlite3"
    environment = _environment(tmp_path)
    first, second = [Child(_move, str(target), environment=environment).wait() for _ in range(2)]
    assert "rows copied. Set DATABASE_URL" in first
    assert "has rows already" in second
    moved = sqlite3.connect(target)
    assert moved.execute("SELECT count(*) FROM digest_delivery").fetchone() == (3,)
    assert moved.execute("SELECT email FROM subscriptions_subscriber ORDER BY id").fetchall() == [
        (f"reader{number}@example.org",) for number in (1, 2, 3)
    ]
    moved.close()
    assert Delivery.objects.count() == 3, "the tables of the other are made without a look at ours"


def _move(target: str) -> str:
    out = StringIO()
    try:
        call_command("move_database", f"sqlite:///{target}", stdout=out)
    except CommandError as error:
        return str(error)
    return out.getvalue()


def test_others_write_while_a_backup_is_read(edition: Edition, file: Path, tmp_path: Path) -> None:
    """They wait for nothing, and what they write is not in the file."""
    signs, is_written = Child(_back_up_while_others_write, str(file), environment=_environment(tmp_path)).wait()
    assert (signs, is_written) == (0, True)


def _back_up_while_others_write(file: str) -> tuple[int, bool]:
    connections.databases["other"] = connections["default"].settings_dict
    others = SignOfLife.objects.using("other").filter(pk="meanwhile")

    def read_and_let_others_write(model: Model, using: str) -> Iterator[Row]:
        if not others.exists():
            SignOfLife.objects.using("other").create(pk="meanwhile", at=NOW)
        return read_rows(model, using)

    with patch.object(backup_file, "read_rows", read_and_let_others_write):
        contents = write_backup(Path(file), NOW)
    return contents.rows["digest.signoflife"], SignOfLife.objects.filter(pk="meanwhile").exists()
