"""Abstracts with the TL;DRs that people wrote, in the format of SciTLDR (github.com/allenai/scitldr), one at a time.

One JSON object a line, plain or .xz: `paper_id`, `title`, `source` (the abstract's sentences), `target` (TL;DRs).
"""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


class CorpusError(ValueError):
    """A file that cannot be read, or a line that is no paper: which one, and what it lacks."""


@dataclass(frozen=True, slots=True)
class SciTldrPaper:
    paper_id: str
    title: str
    abstract: str
    targets: tuple[str, ...]


def read_scitldr(path: Path) -> Iterator[SciTldrPaper]:
    """Raises CorpusError, also where the file cannot be read."""
    try:
        with _open_file(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parse_paper(line, f"{path.name}, line {number}")
    except (UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
        raise CorpusError(f"{path.name}: not UTF-8 text, or a damaged .xz file ({error})") from error
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror or error}") from error


def _open_file(path: Path) -> IO[str]:
    return lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")


def _parse_paper(line: str, where: str) -> SciTldrPaper:
    try:
        held = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: not JSON ({error})") from error
    if not isinstance(held, dict):
        raise CorpusError(f"{where}: not a JSON object")
    abstract = " ".join(_texts(held, "source", where))
    return SciTldrPaper(
        _text(held, "paper_id", where),
        str(held.get("title") or ""),
        abstract,
        _texts(held, "target", where) if "target" in held else (),
    )


def _text(held: dict[str, Any], name: str, where: str) -> str:
    value = held.get(name)
    if not isinstance(value, str) or not value:
        raise CorpusError(f"{where}: no text in {name!r}")
    return value


def _texts(held: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = held.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise CorpusError(f"{where}: no list of texts in {name!r}")
    return tuple(value)
