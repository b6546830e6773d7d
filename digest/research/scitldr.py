"""Reads abstracts with the TL;DRs that people wrote, in the format of SciTLDR (github.com/allenai/scitldr).

One JSON object a line, plain or .xz: `paper_id`, `title`, `source` (the abstract's sentences), `target` (TL;DRs).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.research.json_lines import JsonLinesError, read_located_objects


@dataclass(frozen=True, slots=True)
class SciTldrPaper:
    """A paper, and the TL;DRs that people wrote of it."""

    paper_id: str
    title: str
    abstract: str
    targets: tuple[str, ...]


def read_scitldr(path: Path) -> Iterator[SciTldrPaper]:
    """Yield the papers of a file, one at a time. Raises JsonLinesError for a file or a line that cannot be read."""
    for where, document in read_located_objects(path):
        yield SciTldrPaper(
            _require_text(document, "paper_id", where),
            str(document.get("title") or ""),
            " ".join(_require_texts(document, "source", where)),
            _require_texts(document, "target", where) if "target" in document else (),
        )


def _require_text(document: dict[str, Any], name: str, where: str) -> str:
    """Return a field as text. Raises JsonLinesError where it is none."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise JsonLinesError(f"{where}: no text in {name!r}")
    return value


def _require_texts(document: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    """Return a field as texts. Raises JsonLinesError where it is no list of them."""
    value = document.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise JsonLinesError(f"{where}: no list of texts in {name!r}")
    return tuple(value)
