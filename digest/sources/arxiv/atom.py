"""arXiv's Atom: answers of the query API, and the daily listing of rss.arxiv.org in its Atom form."""

from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from digest.domain import Entry
from digest.sources.arxiv.listing import ATOM, is_announcement, raw_paper
from digest.sources.files.xml import XML_ERRORS, iterate_elements
from digest.sources.validation import RawPaper, clean_text, describe_malformed, parse_moment, validate_paper

ARXIV_NAMESPACE = "{http://arxiv.org/schemas/atom}"
OPEN_SEARCH_NAMESPACE = "{http://a9.com/-/spec/opensearch/1.1/}"


@dataclass(frozen=True, slots=True)
class AtomFeed:
    # The number of results on all pages; 0 where a feed does not say.
    total_results: int
    entries: tuple[Entry, ...]
    # The complaint of arXiv, which answers a bad query with a feed of one entry, the error.
    error: str = ""
    # False when the body is not a whole Atom feed: cut off, or an HTML page. The last entry then says where.
    complete: bool = True


def parse_feed(body: bytes, day: date | None) -> AtomFeed:
    """Parse a body without ever raising. Entries are announced on *day*, or else on the day of their publication."""
    total, error, entries = 0, "", list[Entry]()
    breakage = ""
    try:
        for element in iterate_elements(body, {f"{ATOM}feed": 1}):
            if element.tag == f"{OPEN_SEARCH_NAMESPACE}totalResults":
                total = _parse_total(element.text)
            elif element.tag != f"{ATOM}entry":
                continue
            elif "arxiv.org/api/errors" in _text(element, f"{ATOM}id"):
                error = (
                    clean_text(_text(element, f"{ATOM}summary") or _text(element, f"{ATOM}title")) or "unknown error"
                )
            else:
                entries.append(_parse_entry(element, f"entry {len(entries) + 1}", day))
    except XML_ERRORS as problem:
        breakage = f"not a whole Atom feed: {problem}"
    if breakage:
        entries.append(describe_malformed(f"entry {len(entries) + 1}", breakage, body[:200].decode(errors="replace")))
    return AtomFeed(total, tuple(entries), error, complete=not breakage)


def _parse_total(text: str | None) -> int:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _parse_entry(element: ElementTree.Element, where: str, day: date | None) -> Entry:
    published = _text(element, f"{ATOM}published")
    published_at = parse_moment(published)
    day = day or (published_at.date() if published_at else None)
    if day is None:
        return describe_malformed(where, "no day of publication", _text(element, f"{ATOM}id"))
    if is_announcement(element):
        return validate_paper(raw_paper(element, where, day))
    return validate_paper(
        RawPaper(
            where=where,
            day=day,
            arxiv_id=_text(element, f"{ATOM}id"),
            title=_text(element, f"{ATOM}title"),
            abstract=_text(element, f"{ATOM}summary"),
            authors=[_text(author, f"{ATOM}name") for author in element.findall(f"{ATOM}author")],
            categories=_category_codes(element),
            published=published,
            updated=_text(element, f"{ATOM}updated"),
            comment=_text(element, f"{ARXIV_NAMESPACE}comment"),
            doi=_text(element, f"{ARXIV_NAMESPACE}doi"),
            journal_ref=_text(element, f"{ARXIV_NAMESPACE}journal_ref"),
        )
    )


def _text(element: ElementTree.Element, tag: str) -> str:
    return element.findtext(tag) or ""


def _category_codes(element: ElementTree.Element) -> list[str]:
    """Return the codes with the primary category first; it comes once more among the others."""
    primary = element.find(f"{ARXIV_NAMESPACE}primary_category")
    first = [primary.get("term", "")] if primary is not None else []
    return first + [category.get("term", "") for category in element.findall(f"{ATOM}category")]
