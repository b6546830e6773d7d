"""Files as a source. Their format is recognised by their content, never by their names."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO

from digest.domain import Entry, Source, SourceUnavailable
from digest.sources.arxiv import atom
from digest.sources.files import jsonl, markdown
from digest.sources.files.lines import DAMAGED_FILE_ERRORS, open_unpacked, read_lines
from digest.sources.validation import clean_text, describe_malformed

# Of the beginning of a file, which shows its format.
HEAD_BYTES = 1 << 16

# Unpacked. Atom is read as a whole; a listing of 2,000 papers takes 5 MB.
MAX_FEED_BYTES = 256 << 20

KNOWN_FORMATS = (
    "a daily digest in Markdown, its JSON Lines, the corpus JSON Lines and arXiv Atom, "
    "each of them plain or packed as .gz or .xz"
)

FileReader = Callable[[IO[bytes], date], Iterator[Entry]]


def open_paths(paths: Sequence[Path]) -> Source:
    """Return a source that reads these files one after the other.

    Looks into all of them first: raises SourceUnavailable if one is missing or not understood, before any is read.
    """
    if not paths:
        raise SourceUnavailable("No file was named.")
    return FileSource(tuple((path, _detect_reader(path)) for path in paths))


@dataclass(frozen=True, slots=True)
class FileSource:
    files: tuple[tuple[Path, FileReader], ...]

    @property
    def name(self) -> str:
        return clean_text("files: " + ", ".join(path.name for path, _read in self.files))[:200]

    def entries(self, day: date) -> Iterator[Entry]:
        for path, read in self.files:
            try:
                with open_unpacked(path) as stream:
                    for entry in read(stream, day):
                        # Where there are several files, an entry's place needs the name of its own.
                        is_only_file = len(self.files) == 1
                        yield entry if is_only_file else replace(entry, where=clean_text(f"{path.name} {entry.where}"))
            except OSError as problem:
                raise SourceUnavailable(_describe_problem(path, problem)) from problem


def _detect_reader(path: Path) -> FileReader:
    head = _read_head(path)
    if not head.strip():
        raise SourceUnavailable(f"{path} is empty or damaged. Files that are understood: {KNOWN_FORMATS}.")
    if markdown.looks_like_markdown(head):
        return lambda stream, day: markdown.read_markdown(read_lines(stream), day)
    if jsonl.looks_like_jsonl(head):
        return lambda stream, day: jsonl.read_jsonl(read_lines(stream), day)
    if "http://www.w3.org/2005/Atom" in head:
        return _read_atom
    raise SourceUnavailable(f"{path} holds nothing that is understood here. Files that are: {KNOWN_FORMATS}.")


def _read_head(path: Path) -> str:
    try:
        with open_unpacked(path) as stream:
            return _read_first_bytes(stream).decode("utf-8", errors="replace")
    except OSError as problem:
        raise SourceUnavailable(_describe_problem(path, problem)) from problem


def _read_first_bytes(stream: IO[bytes]) -> bytes:
    """Return the beginning of a file, as far as a damaged one can be unpacked."""
    head = b""
    try:
        while len(head) < HEAD_BYTES and (more := stream.readline(HEAD_BYTES)):
            head += more
    except DAMAGED_FILE_ERRORS:
        pass
    return head


def _describe_problem(path: Path, problem: OSError) -> str:
    return f"{path} cannot be read: {problem.strerror or problem}. Is the path right?"


def _read_atom(stream: IO[bytes], day: date) -> Iterator[Entry]:
    body, breakage = _read_all(stream)
    feed = atom.parse_feed(body, day)
    yield from feed.entries
    if feed.error:
        yield describe_malformed("entry 1", f"arXiv answered with an error: {feed.error}")
    if breakage and feed.complete:
        yield describe_malformed(f"entry {len(feed.entries) + 1}", breakage)


def _read_all(stream: IO[bytes]) -> tuple[bytes, str]:
    """Return the bytes that can be unpacked, and why there are no more; empty when that is all."""
    body = bytearray()
    try:
        while more := stream.readline(HEAD_BYTES):
            body += more
            if len(body) > MAX_FEED_BYTES:
                return bytes(body), f"the feed is larger than {MAX_FEED_BYTES >> 20} MB"
    except DAMAGED_FILE_ERRORS as problem:
        return bytes(body), f"the file breaks off: {problem}"
    return bytes(body), ""
