"""Reads files of JSON objects, one a line, plain or .xz."""

import json
import lzma
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

# JSON writes a character beyond the first 65,536 as two halves, each an escape. A half alone can be stored nowhere.
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


class JsonLinesError(ValueError):
    """A file cannot be read, or a line is something else. The text says which one, and why."""


def read_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, one at a time. Raises JsonLinesError."""
    return (document for _, document in read_located_objects(path))


def read_located_objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield where each object of a file stands, for messages, and the object. Raises JsonLinesError."""
    opened: Callable[..., IO[str]] = lzma.open if path.suffix == ".xz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    where = f"{path.name}, line {number}"
                    yield where, _parse_object(line, where)
    except (UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
        raise JsonLinesError(f"{path.name}: not UTF-8 text, or a damaged .xz file ({error})") from error
    except OSError as error:
        raise JsonLinesError(f"{path} cannot be read: {error.strerror or error}") from error


def get_text(document: Mapping[str, Any], name: str) -> str:
    """Return a field of an object as text; empty where it has none."""
    return str(document.get(name) or "")


def get_list(document: Mapping[str, Any], name: str) -> Sequence[Any]:
    """Return a list in an object; empty where it has none, or something else."""
    found = document.get(name)
    return found if isinstance(found, (list, tuple)) else ()


def get_texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list in an object as texts; empty where it has none, or something else."""
    return tuple(map(str, get_list(document, name)))


def _parse_object(line: str, where: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
        if _HALF_CHARACTER.search(line):
            json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonLinesError(f"{where}: half a character, which is no text ({error.reason})") from error
    except (ValueError, RecursionError) as error:
        raise JsonLinesError(f"{where}: not JSON ({error})") from error
    if not isinstance(document, dict):
        raise JsonLinesError(f"{where}: not a JSON object")
    return document
