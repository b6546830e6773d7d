"""Reads abstracts with the TL;DRs that people wrote, in the format of SciTLDR (github.com/allenai/scitldr).

One JSON object a line, plain or .xz: `paper_id`, `title`, `source` (the abstract's sentences), `target` (TL;DRs).
"""

import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


class CorpusError(ValueError):
    """A file cannot be read, or a line is no paper. The text says which one, and what it lacks."""


@dataclass(frozen=True, slots=True)
class SciTldrPaper:
    paper_id: str
    title: str
    abstract: str
    targets: tuple[str, ...]


def read_scitldr(path: Path) -> Iterator[SciTldrPaper]:
    """Yield the papers of a file, one at a time. Raises CorpusError for a line, or a file, that cannot be read."""
    opened: Callable[..., IO[str]] = lzma.open if path.suffix == ".xz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parse_paper(line, f"{path.name}, line {number}")
    except (UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
        raise CorpusError(f"{path.name}: not UTF-8 text, or a damaged .xz file ({error})") from error
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror or error}") from error


def _parse_paper(line: str, where: str) -> SciTldrPaper:
    try:
        document = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: not JSON ({error})") from error
    if not isinstance(document, dict):
        raise CorpusError(f"{where}: not a JSON object")
    abstract = " ".join(_read_texts(document, "source", where))
    return SciTldrPaper(
        _read_text(document, "paper_id", where),
        str(document.get("title") or ""),
        abstract,
        _read_texts(document, "target", where) if "target" in document else (),
    )


def _read_text(document: dict[str, Any], name: str, where: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise CorpusError(f"{where}: no text in {name!r}")
    return value


def _read_texts(document: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = document.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise CorpusError(f"{where}: no list of texts in {name!r}")
    return tuple(value)
