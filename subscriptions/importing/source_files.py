"""The files of an import: as they are, out of a ZIP archive, or from standard input. Each can be read several times."""

import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

STANDARD_INPUT = Path("-")
# What an archive may have beside these, such as a newsletter's texts, is not looked at.
SUFFIXES_IN_ARCHIVES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with subscribers."""

    name: str
    open: Callable[[], IO[bytes]]
    # When it was written, as far as known: what readers changed since is newer.
    written: datetime | None = None
    is_in_archive: bool = False


def find_source(path: Path) -> SourceFile:
    """Return the file at *path*. It is not opened yet, and need not exist."""
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        written = None
    return SourceFile(path.name, partial(_open_bytes, path), written)


def _open_bytes(path: Path) -> IO[bytes]:
    return path.open("rb")


@contextmanager
def open_sources(paths: Sequence[Path]) -> Iterator[list[SourceFile]]:
    """Yield the files at *paths*: of archives those within, and standard input as a file that is deleted afterwards."""
    with ExitStack() as stack:
        sources: list[SourceFile] = []
        for path in paths:
            if path == STANDARD_INPUT:
                copy = stack.enter_context(tempfile.NamedTemporaryFile(prefix="import-"))
                shutil.copyfileobj(sys.stdin.buffer, copy)
                copy.flush()
                sources.append(SourceFile("-", partial(_open_bytes, Path(copy.name))))
            elif zipfile.is_zipfile(path):
                archive = stack.enter_context(zipfile.ZipFile(path))
                sources.extend(_find_in_archive(archive, find_source(path).written))
            else:
                sources.append(find_source(path))
        yield sources


def _find_in_archive(archive: zipfile.ZipFile, written: datetime | None) -> Iterator[SourceFile]:
    for name in archive.namelist():
        if name.lower().endswith(SUFFIXES_IN_ARCHIVES) and not name.startswith("__MACOSX/"):
            yield SourceFile(name, partial(archive.open, name), written, is_in_archive=True)
