"""arXiv's Atom: answers of the query API, and the daily listing of rss.arxiv.org in its Atom form."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from xml.etree import ElementTree
from xml.parsers import expat

from digest.records import Entry
from digest.sources.checking import RawPaper, checked, clean, malformed, moment

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
OPEN_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


@dataclass(frozen=True, slots=True)
class AtomFeed:
    total_results: int
    """What the API says there is in all; 0 where a feed does not say."""
    entries: tuple[Entry, ...]
    error: str = ""
    """What arXiv complained of: it answers a bad query with a feed of one entry, the error."""
    complete: bool = True
    """False when the body is not a whole Atom feed: cut off, or an HTML page. The last entry then says where."""


class _DocumentType(ValueError):
    pass


class _RootReached(Exception):
    pass


def parse(body: bytes, day: date | None) -> AtomFeed:
    """Reads a body, never raising. Entries are announced on *day*; without one, on the day they were published."""
    total, error, entries = 0, "", list[Entry]()
    breakage = ""
    try:
        for element in _elements(body):
            if element.tag == f"{OPEN_SEARCH}totalResults":
                total = _number(element.text)
            elif _is_error(element):
                error = clean(_text(element, f"{ATOM}summary") or _text(element, f"{ATOM}title")) or "unknown error"
            else:
                entries.append(_entry(element, len(entries) + 1, day))
    except (ElementTree.ParseError, ValueError, LookupError) as problem:
        breakage = f"not a whole Atom feed: {problem}"
    if breakage:
        entries.append(malformed(f"entry {len(entries) + 1}", breakage, body[:200].decode(errors="replace")))
    return AtomFeed(total, tuple(entries), error, complete=not breakage)


def _elements(body: bytes) -> Iterator[ElementTree.Element]:
    """The entries and the total, each as soon as it is closed, so that a cut-off feed gives what it has."""
    _refuse_document_type(body)
    root: ElementTree.Element | None = None
    for event, element in ElementTree.iterparse(BytesIO(body), ("start", "end")):  # noqa: S314 - see above
        if root is None:
            root = _feed(element)
        elif event == "end" and element.tag in (f"{ATOM}entry", f"{OPEN_SEARCH}totalResults"):
            yield element
            element.clear()


def _refuse_document_type(body: bytes) -> None:
    """arXiv never sends one; a hostile file would use it to make a small text enormous."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _on_document_type
    parser.StartElementHandler = _on_root
    with suppress(_RootReached, expat.ExpatError):  # what else is wrong, the real parser says better
        parser.Parse(body, True)


def _on_document_type(*_details: object) -> None:
    raise _DocumentType("it has a document type")


def _on_root(*_details: object) -> None:
    raise _RootReached


def _feed(element: ElementTree.Element) -> ElementTree.Element:
    if element.tag != f"{ATOM}feed":
        raise ValueError(f"it begins with <{element.tag.rpartition('}')[2]}>")
    return element


def _number(text: str | None) -> int:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _is_error(element: ElementTree.Element) -> bool:
    return "arxiv.org/api/errors" in _text(element, f"{ATOM}id")


def _entry(element: ElementTree.Element, number: int, day: date | None) -> Entry:
    where = f"entry {number}"
    published = _text(element, f"{ATOM}published")
    day = day or _day(published)
    if day is None:
        return malformed(where, "no day of publication", _text(element, f"{ATOM}id"))
    listed = _text(element, f"{ARXIV}announce_type")
    return checked(
        RawPaper(
            where=where,
            day=day,
            arxiv_id=_text(element, f"{ATOM}id"),
            title=_text(element, f"{ATOM}title"),
            abstract=_abstract(_text(element, f"{ATOM}summary"), in_listing=bool(listed)),
            authors=_authors(element),
            categories=_categories(element),
            kind=listed or None,
            # A listing dates its entries with its own day, not with the paper's.
            published=None if listed else published,
            updated=None if listed else _text(element, f"{ATOM}updated"),
            comment=_text(element, f"{ARXIV}comment"),
            doi=_text(element, f"{ARXIV}doi"),
            journal_ref=_text(element, f"{ARXIV}journal_ref"),
        )
    )


def _text(element: ElementTree.Element, tag: str) -> str:
    return element.findtext(tag) or ""


def _day(published: str) -> date | None:
    found = moment(published)
    return found.date() if found else None


def _abstract(summary: str, *, in_listing: bool) -> str:
    """A listing puts `arXiv:2508.13426v1 Announce Type: cross` and `Abstract:` before it."""
    head, mark, rest = summary.partition("Abstract:")
    return rest if in_listing and mark and "Announce Type:" in head else summary


def _authors(element: ElementTree.Element) -> list[str]:
    names = [_text(author, f"{ATOM}name") for author in element.findall(f"{ATOM}author")]
    return names or [name for name in _text(element, f"{DUBLIN_CORE}creator").split(", ") if name]


def _categories(element: ElementTree.Element) -> list[str]:
    primary = element.find(f"{ARXIV}primary_category")
    first = [primary.get("term", "")] if primary is not None else []
    return first + [category.get("term", "") for category in element.findall(f"{ATOM}category")]
