"""What outlives a drain that is killed, and when it is believed."""

import errno
import os
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pytest_django import Settings

from digest.delivery import outbox
from digest.delivery.workers import batch_size, identity, journal
from digest.delivery.workers.batch_size import BatchSize
from digest.delivery.workers.journal import FileJournal, JournalContents, NullJournal
from digest.delivery.workers.recovery import recover_deliveries
from digest.models import Delivery
from tests.delivery.outbox_rows import DAY, NOW, crowd, frozen_edition, planned, states


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.LOGBOOKS = tmp_path / "logbooks"
    return tmp_path / "logbooks"


def written(worker: str, text: bytes) -> None:
    FileJournal(worker).close(settled=False)
    journal.journal_path(worker).write_bytes(text)


def test_of_a_drain_that_lives_nothing_is_known() -> None:
    me = identity.make_worker_name()
    book = FileJournal(me)
    book.leaving(1)
    assert not journal.is_left_behind(me)
    assert journal.read_journal(me) is None
    book.close(settled=False)
    assert journal.is_left_behind(me)
    assert journal.read_journal(me) == JournalContents(frozenset({1}), {})


def test_an_answer_ends_the_doubt_whatever_it_was() -> None:
    me = identity.make_worker_name()
    book = FileJournal(me)
    for key, kind in ((1, "accepted"), (2, "failed"), (3, "deferred")):
        book.leaving(key)
        book.answered(key, kind, "provider 7" if key == 1 else "")
    book.leaving(4)
    book.close(settled=False)
    assert journal.read_journal(me) == JournalContents(frozenset({4}), {1: "provider 7"})


def test_a_settled_journal_is_deleted(folder: Path) -> None:
    me = identity.make_worker_name()
    book = FileJournal(me)
    book.leaving(1)
    book.forget()
    book.leaving(2)
    book.close(settled=False)
    assert journal.read_journal(me) == JournalContents(frozenset({2}), {})
    FileJournal(me).close(settled=True)
    assert list(folder.iterdir()) == []
    assert journal.read_journal(me) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"+1\n=1 acc", JournalContents(frozenset({1}), {})),
        (b"+1\n+2", JournalContents(frozenset({1}), {})),
        (b"", JournalContents(frozenset(), {})),
        (b"+1\n=1 deferred \n+1\n", JournalContents(frozenset({1}), {})),
    ],
)
def test_a_line_that_a_full_disk_cut_short_takes_no_doubt_away(text: bytes, found: JournalContents) -> None:
    me = identity.make_worker_name()
    written(me, text)
    assert journal.read_journal(me) == found


@pytest.mark.parametrize("text", [b"\0\0\0+1\n", b"+1+2\n", b"=1 acc+2\n", b"hello\n", b"+1\n\n+2\n", b"+x\n"])
def test_a_book_that_cannot_be_read_is_none_at_all(text: bytes) -> None:
    """A damaged one must neither stop every drain after it nor be believed."""
    me = identity.make_worker_name()
    written(me, text)
    assert journal.read_journal(me) is None
    assert journal.is_left_behind(me)


def test_a_thread_that_comes_too_late_writes_nowhere(folder: Path) -> None:
    """Its file's number may be another file's by then."""
    book = FileJournal(identity.make_worker_name())
    book.close(settled=True)
    other = os.open(folder / "other", os.O_RDWR | os.O_CREAT)
    with pytest.raises(OSError, match="Bad file"):
        book.leaving(1)
    book.answered(1, "accepted")
    assert os.fstat(other).st_size == 0
    os.close(other)


def test_a_book_that_cannot_be_removed_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    me = identity.make_worker_name()
    book = FileJournal(me)
    monkeypatch.setattr(Path, "unlink", _read_only)
    book.close(settled=True)
    assert journal.read_journal(me) == JournalContents(frozenset(), {})


def _read_only(*_path: object, **_options: object) -> None:
    raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))


def test_a_journal_from_before_a_reboot_is_not_believed() -> None:
    """What had been written last may not have reached the disk."""
    host, _, rest = identity.make_worker_name().partition(":")
    name, _boot, *others = host.split("/")
    worker = f"{'/'.join((name, 'other123', *others))}:{rest}"
    written(worker, b"+1\n")
    assert journal.read_journal(worker) is None


def test_a_disk_that_is_full_is_told_before_the_letter_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    book = FileJournal(identity.make_worker_name())
    monkeypatch.setattr(os, "write", lambda file, data: len(data) - 1)
    with pytest.raises(OSError, match="No space left"):
        book.leaving(1)


def test_a_line_that_did_not_fit_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    me, write = identity.make_worker_name(), os.write
    book = FileJournal(me)
    book.leaving(1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: write(file, data[:6]))
        book.answered(1, "accepted")
    book.leaving(2)
    book.close(settled=False)
    assert journal.read_journal(me) == JournalContents(frozenset({1, 2}), {})


def test_a_line_of_another_thread_is_not_taken_back_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    me, write = identity.make_worker_name(), os.write
    book = FileJournal(me)
    other = Thread(target=book.leaving, args=(2,))

    def half(file: int, data: bytes) -> int:
        written = write(file, data[:3])
        monkeypatch.setattr(os, "write", write)
        other.start()
        other.join(0.05)
        return written

    monkeypatch.setattr(os, "write", half)
    book.answered(1, "accepted")
    other.join()
    book.close(settled=False)
    assert journal.read_journal(me) == JournalContents(frozenset({2}), {})


def test_where_files_cannot_be_locked_nothing_is_left_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that goes on for weeks would run out of files."""
    opened: list[int] = []
    really_open = os.open

    def noted(*args: Any) -> int:
        opened.append(really_open(*args))
        return opened[-1]

    monkeypatch.setattr(os, "open", noted)
    monkeypatch.setattr("digest.delivery.workers.journal.fcntl.flock", _read_only)
    with pytest.raises(OSError, match="Read-only"):
        FileJournal(identity.make_worker_name())
    monkeypatch.undo()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(opened[0])
    assert list(folder.glob("*")) == []


@pytest.mark.django_db
def test_a_dead_drain_s_letters_are_sorted_by_its_book() -> None:
    edition = frozen_edition()
    planned(edition, crowd(5))
    worker = identity.make_worker_name()
    first, second, third, fourth, fifth = (row.id for row in outbox.claim(edition.id, worker, 5, NOW))
    outbox.submit([first, second, third, fourth], worker, NOW, DAY)
    written(worker, f"+{first}\n={first} accepted 8\n+{second}\n+{third}\n={third} deferred \n".encode())
    recover_deliveries(edition.id, NOW, idempotent=False)
    rows = Delivery.objects.in_bulk()
    assert [rows[key].state for key in (first, second, third, fourth, fifth)] == [
        "accepted",
        "uncertain",
        "pending",
        "pending",
        "pending",
    ]
    assert rows[first].provider_id == "8"
    assert not journal.is_left_behind(worker)


@pytest.mark.django_db
def test_old_books_that_say_nothing_new_are_removed(folder: Path) -> None:
    edition = frozen_edition()
    (row,) = planned(edition, crowd(1))
    written("killed when all was known", f"+{row.id}\n={row.id} accepted \n".encode())
    written("killed lately", b"")
    hour_ago = time.time() - 2 * 3600
    os.utime(journal.journal_path("killed when all was known"), (hour_ago, hour_ago))
    recover_deliveries(edition.id, NOW, idempotent=False)
    assert list(folder.iterdir()) == [journal.journal_path("killed lately")]
    assert states(edition) == {"pending": 1}


@pytest.mark.django_db
def test_old_books_that_cannot_be_removed_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    written("another user's", b"")
    hour_ago = time.time() - 2 * 3600
    os.utime(journal.journal_path("another user's"), (hour_ago, hour_ago))
    monkeypatch.setattr(Path, "unlink", _read_only)
    recover_deliveries(frozen_edition().id, NOW, idempotent=False)
    assert journal.journal_path("another user's").exists()


def test_a_journal_deleted_during_the_search_is_skipped(folder: Path) -> None:
    me = identity.make_worker_name()
    written(me, b"+7\n")
    (folder / "gone.log").symlink_to(folder / "nowhere")
    assert journal.abandoned_journals(-60) == {journal.journal_path(me)}


def test_batches_grow_while_quick_and_stay_small_without_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.1, 1.0, 1.1, 2.0, 4.0])
    monkeypatch.setattr("digest.delivery.workers.batch_size.time.monotonic", lambda: next(clock))
    adaptive, sizes = BatchSize(FileJournal(identity.make_worker_name())), []
    for _ in range(3):
        with adaptive.timed():
            pass
        sizes.append(adaptive.size)
    assert sizes == [2 * batch_size.MIN_BATCH, 4 * batch_size.MIN_BATCH, 2 * batch_size.MIN_BATCH]
    clock = iter([0.0, 0.1])
    small = BatchSize(NullJournal())
    with small.timed():
        pass
    assert small.size == batch_size.MIN_BATCH


@pytest.mark.django_db
def test_a_journal_is_kept_until_its_letters_are_recovered() -> None:
    """It had begun nothing yet when it was killed, and then the edition was paused for hours."""
    edition = frozen_edition()
    planned(edition, crowd(1))
    (row,) = outbox.claim(edition.id, "elsewhere", 1, NOW)
    outbox.submit([row.id], "elsewhere", NOW, DAY)
    written("elsewhere", b"")
    hour_ago = time.time() - 2 * 3600
    os.utime(journal.journal_path("elsewhere"), (hour_ago, hour_ago))
    recover_deliveries(frozen_edition(DAY + timedelta(days=1)).id, NOW, idempotent=False)
    assert journal.journal_path("elsewhere").exists()


def test_a_folder_that_goes_away_while_it_is_read_has_no_journals(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_folder: Path, _pattern: str) -> list[Path]:
        raise FileNotFoundError("logbooks")

    monkeypatch.setattr(Path, "glob", gone)
    assert journal.abandoned_journals(0.0) == set()
