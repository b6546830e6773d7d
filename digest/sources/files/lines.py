"""Lines of a file, packed or not, with their numbers: never too long for memory, never raising half-way."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

# In bytes. A paper with 3,000 authors takes 0.1 MB.
MAX_LINE_BYTES = 4 << 20

# What reading a damaged file raises.
DAMAGED_FILE_ERRORS = (EOFError, OSError, lzma.LZMAError, zlib.error)


@dataclass(frozen=True, slots=True)
class NumberedLine:
    number: int
    # Without its end; empty where the line could not be read.
    text: str
    # Why it could not be read.
    fault: str = ""
    # The file is damaged from here on: this is the last line, and what was begun is not whole.
    breaks_off: bool = False


def open_unpacked(path: Path) -> IO[bytes]:
    """Opens a plain, gzip or xz file, whatever its name. OSError when it cannot be opened."""
    with path.open("rb") as stream:
        magic = stream.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(path))
    if magic == b"\xfd7zXZ\x00":
        return cast(IO[bytes], lzma.open(path))
    return path.open("rb")


def read_lines(stream: IO[bytes]) -> Iterator[NumberedLine]:
    number = 0
    try:
        while raw := stream.readline(MAX_LINE_BYTES):
            number += 1
            yield _line(number, raw, whole=_skip_rest(stream, raw))
    except DAMAGED_FILE_ERRORS as problem:
        yield NumberedLine(number + 1, "", f"the file breaks off: {problem or 'it is damaged'}", breaks_off=True)


def _skip_rest(stream: IO[bytes], raw: bytes) -> bool:
    """Reads on to the end of an overlong line. True when there was nothing to skip."""
    if len(raw) < MAX_LINE_BYTES or raw.endswith(b"\n"):
        return True
    while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass
    return False


def _line(number: int, raw: bytes, *, whole: bool) -> NumberedLine:
    if not whole:
        return NumberedLine(number, "", f"the line is longer than {MAX_LINE_BYTES >> 20} MB")
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as problem:
        return NumberedLine(number, "", f"not UTF-8 text: {problem.reason} at byte {problem.start + 1}")
    return NumberedLine(number, text.rstrip("\r\n"))
