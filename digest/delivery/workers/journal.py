"""The journal of a drain: a file that says which letters have just left, so that a kill leaves few in doubt.

Letters are written down as submitting in groups. The file tells for each of them whether its last dot was about to
leave and what the server answered; what a process has written to a file outlives its SIGKILL. Whoever finds the rows
of a dead drain reads there which letters never left, which were taken, and which one nobody can know about (RFC 1047).
The journal only narrows the doubt: without the file every letter of the group is in doubt. It is believed only if its
drain is dead for sure, which the lock on the file shows, and the machine has been running all the time.
"""

import errno
import hashlib
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

from django.conf import settings

from digest.delivery.workers import identity

try:
    import fcntl
except ImportError:  # Windows: nobody could tell a dead drain's file from a living one's
    fcntl = None  # type: ignore[assignment]


# Only the last line may break off.
_JOURNAL_FORMAT = re.compile(rb"(?:(?:\+\d{1,19}|=\d{1,19} [a-z]+ [^\n]*)\n)*[^\n]*")

# No file has this number: a thread that comes too late writes into none, where another may have got the old one.
CLOSED_FILE = -1


class Journal(Protocol):
    """A record of letters at the very moment they leave."""

    def leaving(self, key: int) -> None:
        """Record that the last dot of a letter goes to the server next."""

    def answered(self, key: int, kind: str, provider_id: str = "") -> None:
        """Record the outcome of the letter that the server or provider answered."""


@dataclass(frozen=True, slots=True)
class JournalContents:
    """The record that a dead drain left, by delivery id."""

    # Left, and no reply was recorded.
    doubtful: frozenset[int]
    # With the provider's number.
    accepted: Mapping[int, str]


class FileJournal:
    """The file of one drain, locked for as long as it lives. Raises OSError where it cannot be written."""

    def __init__(self, worker: str) -> None:
        self._path = journal_path(worker)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._writing = Lock()
        try:
            if fcntl:
                fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:  # a file system without locks
            self.close(settled=True)
            raise

    def leaving(self, key: int) -> None:
        self._write(b"+%d\n" % key)

    def answered(self, key: int, kind: str, provider_id: str = "") -> None:
        """Record a reply. Where the disk is full nothing is written, and the letter stays in doubt for other drains."""
        with suppress(OSError):
            self._write(f"={key} {kind} {provider_id}\n".encode("utf-8", "replace"))

    def _write(self, line: bytes) -> None:
        """Write a whole line or raise OSError. A part of one is removed: the next line could not be read after it."""
        with self._writing:  # else another thread's line, written meanwhile, would be taken for the part
            written = os.write(self._file, line)
            if written != len(line):
                os.ftruncate(self._file, max(os.fstat(self._file).st_size - written, 0))
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def forget(self) -> None:
        """Empty the journal. It is called once the database knows all that the journal says."""
        os.ftruncate(self._file, 0)

    def close(self, *, settled: bool) -> None:
        """Close the file, and delete it where all its letters are *settled*. Else recovery reads it."""
        if settled:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        file, self._file = self._file, CLOSED_FILE
        os.close(file)


class NullJournal:
    """A journal where nothing can be written down: letters must leave in small batches then."""

    def leaving(self, key: int) -> None: ...

    def answered(self, key: int, kind: str, provider_id: str = "") -> None: ...

    def forget(self) -> None: ...

    def close(self, *, settled: bool) -> None: ...


def is_left_behind(worker: str) -> bool:
    """Return whether the drain is dead for sure and its file tells the truth about what was on its way."""
    return _read_if_dead(worker) is not None


def read_journal(worker: str) -> JournalContents | None:
    """Return what a dead drain had written down, or None where that is unknown or cannot be read."""
    data = _read_if_dead(worker)
    return _parse_journal(data) if data is not None and _JOURNAL_FORMAT.fullmatch(data) else None


def delete_journal(worker: str) -> None:
    """Delete the journal once what it says is in the database."""
    with suppress(OSError):
        journal_path(worker).unlink(missing_ok=True)


def abandoned_journals(age: float) -> set[Path]:
    """Return the files that nobody has written to for *age* seconds and nobody holds."""
    old = time.time() - age
    try:
        paths = [path for path in Path(settings.LOGBOOKS).glob("*.log") if _modified_at(path) < old]
    except FileNotFoundError:  # the folder went away while it was read
        return set()
    return {path for path in paths if _read_if_unlocked(path) is not None}


def _read_if_dead(worker: str) -> bytes | None:
    return _read_if_unlocked(journal_path(worker)) if identity.is_of_this_boot(worker) else None


def _read_if_unlocked(path: Path) -> bytes | None:
    """Return what the file holds, or None where it is not there or its drain lives."""
    try:
        with path.open("rb") as file:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return file.read()
    except OSError:  # BlockingIOError among them
        pass
    return None


def _modified_at(path: Path) -> float:
    """Return when the file was written; later than any time where another drain has just deleted it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _parse_journal(data: bytes) -> JournalContents:
    """Return what the lines say. One that breaks off, on a full disk, says nothing: its letter did not leave."""
    left: set[int] = set()
    accepted: dict[int, str] = {}
    for line in data.decode("utf-8", "replace").split("\n")[:-1]:
        number, _, answer = line[1:].partition(" ")
        if line.startswith("+"):
            left.add(int(number))
            continue
        left.discard(int(number))
        kind, _, provider_id = answer.partition(" ")
        if kind == "accepted":
            accepted[int(number)] = provider_id
    return JournalContents(frozenset(left), accepted)


def journal_path(worker: str) -> Path:
    name = hashlib.sha256(worker.encode()).hexdigest()[:32]
    return Path(settings.LOGBOOKS) / f"{name}.log"
