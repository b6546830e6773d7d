"""Reads our own BibTeX and RIS with other people's parsers, and says where something else comes back."""

from collections.abc import Iterator, Sequence
from typing import Any

import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import NameParts, SeparateCoAuthors, SplitNameParts
from pylatexenc.latex2text import LatexNodes2Text

from digest.domain import PaperRecord
from digest.web.references.bibtex import bibtex
from digest.web.references.names import PersonName, read_name
from digest.web.references.ris import ris
from digest.web.references.titles import unicode_text

_MIDDLEWARE = (SeparateCoAuthors(), SplitNameParts())


def differences(papers: Sequence[PaperRecord]) -> Iterator[str]:
    """Yield what comes back otherwise than it was written: titles as text, authors by their parts."""
    library = parse_string("".join(bibtex(papers)), append_middleware=list(_MIDDLEWARE))
    records = rispy.loads("".join(ris(papers)))
    if len(library.entries) != len(papers) or len(records) != len(papers):
        yield f"{len(papers)} papers came back as {len(library.entries)} entries and {len(records)} records"
        return
    for paper, entry, record in zip(papers, library.entries, records, strict=True):
        title = unicode_text(paper.title)
        yield from _compare(paper, "title in BibTeX", title, unicode_text(_field(entry, "title")[1:-1]))
        yield from _compare(paper, "title in RIS", title, record.get("title", ""))
        names = [name for name in map(read_name, paper.authors) if name]
        yield from _compare(paper, "authors in RIS", [name.as_ris() for name in names], record.get("authors", []))
        read = [_parts(each) for each in _field(entry, "author") or []]
        yield from _compare(paper, "authors in BibTeX", [_parts_of(name) for name in names], read)


def _field(entry: Any, name: str) -> Any:
    return entry.fields_dict[name].value if name in entry.fields_dict else ""


def _compare(paper: PaperRecord, what: str, expected: object, found: object) -> Iterator[str]:
    if found != expected:
        yield f"{paper.arxiv_id}: {what}: {found!r} instead of {expected!r}"


def _parts_of(name: PersonName) -> tuple[str, str, str]:
    return name.family, name.given, name.suffix


def _parts(name: NameParts) -> tuple[str, str, str]:
    family, given, suffix = ([*name.von, *name.last], name.first, name.jr)
    return _decoded(family), _decoded(given), _decoded(suffix)


def _decoded(words: list[str]) -> str:
    return str(LatexNodes2Text().latex_to_text(" ".join(words)))
