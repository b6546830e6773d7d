"""Numbered lines of a file, packed or not. They never fill the memory, and reading them never raises half-way."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

# A paper with 3,000 authors takes 0.1 MB.
MAX_LINE_BYTES = 4 << 20

# Raised while reading a damaged file.
DAMAGED_FILE_ERRORS = (EOFError, OSError, lzma.LZMAError, zlib.error)


@dataclass(frozen=True, slots=True)
class NumberedLine:
    number: int
    # Without the end of the line; empty where the line could not be read.
    text: str
    # Why it could not be read.
    fault: str = ""
    # Whether the file is damaged from here on. This is the last line then, and what was begun is not whole.
    breaks_off: bool = False


def open_unpacked(path: Path) -> IO[bytes]:
    """Open a plain, gzip or xz file, whatever its name. Raises OSError when it cannot be opened."""
    with path.open("rb") as stream:
        magic = stream.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(path))
    if magic == b"\xfd7zXZ\x00":
        return cast(IO[bytes], lzma.open(path))
    return path.open("rb")


def read_lines(stream: IO[bytes]) -> Iterator[NumberedLine]:
    """Yield every line; those that cannot be read say why, and a damaged file ends with one that does."""
    number = 0
    try:
        while raw := stream.readline(MAX_LINE_BYTES):
            number += 1
            is_whole = _skip_rest(stream, raw)
            yield _decode_line(number, raw, is_whole=is_whole)
    except DAMAGED_FILE_ERRORS as problem:
        yield NumberedLine(number + 1, "", f"the file breaks off: {problem or 'it is damaged'}", breaks_off=True)


def _skip_rest(stream: IO[bytes], raw: bytes) -> bool:
    """Read on to the end of an overlong line. Return whether there was nothing to skip."""
    if len(raw) < MAX_LINE_BYTES or raw.endswith(b"\n"):
        return True
    while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass
    return False


def _decode_line(number: int, raw: bytes, *, is_whole: bool) -> NumberedLine:
    if not is_whole:
        return NumberedLine(number, "", f"the line is longer than {MAX_LINE_BYTES >> 20} MB")
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as problem:
        return NumberedLine(number, "", f"not UTF-8 text: {problem.reason} at byte {problem.start + 1}")
    return NumberedLine(number, text.rstrip("\r\n"))
