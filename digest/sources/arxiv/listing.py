"""arXiv's listing of a day, as rss.arxiv.org words it in RSS and in Atom.

https://info.arxiv.org/help/rss.html says what a feed holds. The rest is from the feed's public program: one entry per
paper of what was asked, new ones first, then cross-lists and replacements (by versions 2 to 5), cut off at 2,000.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element

from digest.domain import Entry, FetchedPaper
from digest.sources.arxiv import author_names, ids
from digest.sources.arxiv.announcement_schedule import EASTERN
from digest.sources.arxiv.ids import ArxivId
from digest.sources.arxiv.sections import expand_codes, find_section
from digest.sources.files.xml import XML_ERRORS, iterate_elements, local_name
from digest.sources.validation import RawPaper, clean_text, describe_malformed, parse_moment, validate_paper

# Longer listings are cut off, and arXiv does not say so.
MAX_LISTING_ENTRIES = 2000

ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_CODE_SEPARATORS = re.compile(r"[+\s]+")
_ABSTRACT_PREFIX = re.compile(r"\s*arXiv:(\S+)\s+Announce\s+Type:\s*(\S*)\s+(?:Abstract:)?", re.IGNORECASE)
_IDENTIFIER_ELEMENTS = re.compile(rb"<(?:guid\b[^<>]{0,80}|id)>\s*oai:arXiv\.org:([^<>\s]{1,40})\s*</", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """One answer of rss.arxiv.org."""

    # The request: `cs.LG`, an archive such as `cs`, or several with a plus: `cs+math`.
    category: str
    # The day that the feed gives itself, US Eastern. It moves on even when the entries are yesterday's.
    built: date | None
    entries: tuple[Entry, ...]
    # False when entries may be missing: the body was cut off or no feed, the listing was too long, or an error.
    complete: bool = True
    # Why it is not complete.
    error: str = ""
    # Whether the body was no whole feed, so that another attempt may bring one.
    torn: bool = False
    # Papers that the body names and of which no entry could be read: to be fetched by their ids.
    unread: tuple[ArxivId, ...] = ()

    @property
    def truncated(self) -> bool:
        """Return whether arXiv cut the listing off at its limit. Smaller requests give the rest."""
        return len(self.entries) >= MAX_LISTING_ENTRIES


def parse_listing(body: bytes, category: str, day: date | None = None) -> Listing:
    """Parse a body without ever raising. Entries are announced on *day*, or else on the day that the feed gives."""
    parser = _ListingParser(expand_codes(category), day)
    breakage = ""
    try:
        for element in iterate_elements(body, {"rss": 2, f"{ATOM}feed": 1}):
            parser.add(element)
    except XML_ERRORS as problem:
        breakage = clean_text(f"not a whole listing: {problem}")
    if "title" not in parser.head and not breakage:
        breakage = "not a listing: it says nothing"
    error = breakage or parser.complaint()
    entries = tuple(parser.entries)
    return Listing(
        category,
        parser.built(),
        entries,
        complete=not error,
        error=error,
        torn=bool(breakage),
        unread=_find_unread(body, entries),
    )


@dataclass(slots=True)
class _ListingParser:
    asked: frozenset[str]
    day: date | None
    # The texts of the feed itself, by the local names of their elements.
    head: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def add(self, element: Element) -> None:
        if element.tag not in ("item", f"{ATOM}entry"):
            self.head.setdefault(local_name(element.tag), element.text or "")
            return
        where = f"entry {len(self.entries) + 1}"
        if day := self.day or self.built():
            self.entries.append(validate_paper(raw_paper(element, where, day, self.asked)))
        else:
            identifier = _text(element, "guid", f"{ATOM}id")
            self.entries.append(describe_malformed(where, "no day of announcement", identifier))

    def built(self) -> date | None:
        """Return the feed's own day. RSS gives it twice, Atom once."""
        return _eastern_day(
            self.head.get("pubDate") or self.head.get("lastBuildDate") or self.head.get("updated") or ""
        )

    def complaint(self) -> str:
        """Return why entries may be missing. arXiv answers a wrong request with a feed whose description says why."""
        if len(self.entries) >= MAX_LISTING_ENTRIES:
            return f"arXiv lists {MAX_LISTING_ENTRIES:,} papers at most, so that some may be missing"
        title = self.head.get("title", "")
        if not title.lstrip().startswith("Feed error"):
            return ""
        return clean_text(self.head.get("description") or self.head.get("subtitle") or title)[:300]


def is_announcement(entry: Element) -> bool:
    """Return whether an Atom entry is from a listing; those of the query API are not."""
    return entry.find(f"{_ARXIV}announce_type") is not None


def raw_paper(element: Element, where: str, day: date, asked: frozenset[str] = frozenset()) -> RawPaper:
    """Read an RSS item or an Atom entry. Its dates are left out: they are the listing's, not the paper's."""
    text = _text(element, "description", f"{ATOM}summary")
    prefix = _ABSTRACT_PREFIX.match(text)
    # RSS puts the categories into texts, Atom into attributes; older feeds joined several with a plus.
    categories = [
        code
        for child in element
        if local_name(child.tag) == "category"
        for code in _CODE_SEPARATORS.split(child.get("term") or child.text or "")
        if code
    ]
    kind = _text(element, f"{_ARXIV}announce_type").strip() or (prefix[2] if prefix else "")
    section, kind = find_section(categories, kind, asked)
    identifier = _text(element, "guid", f"{ATOM}id")
    return RawPaper(
        where=where,
        day=day,
        arxiv_id=prefix[1] if prefix and ids.parse_id(identifier) is None else identifier,
        title=_text(element, "title", f"{ATOM}title"),
        abstract=text[prefix.end() :] if prefix else text,
        authors=author_names.parse_author_line(_text(element, _CREATOR)),
        categories=categories,
        section=section,
        kind=kind,
        doi=_text(element, f"{_ARXIV}DOI"),
        journal_ref=_text(element, f"{_ARXIV}journal_reference"),
    )


def _text(element: Element, *tags: str) -> str:
    """Return the text of the first of these children that has any."""
    return next((text for tag in tags if (text := element.findtext(tag))), "")


def _eastern_day(text: str) -> date | None:
    """Return the day, at arXiv, of an ISO 8601 time or of one as e-mails write it."""
    if moment := parse_moment(text):
        return moment.astimezone(EASTERN).date()
    try:
        return parsedate_to_datetime(text).astimezone(EASTERN).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _find_unread(body: bytes, entries: tuple[Entry, ...]) -> tuple[ArxivId, ...]:
    """Return the ids without an entry, also those after the place where the body stops being XML."""
    read = {entry.arxiv_id for entry in entries if isinstance(entry, FetchedPaper)}
    named = (ids.parse_id(text.decode(errors="replace")) for text in _IDENTIFIER_ELEMENTS.findall(body))
    return tuple(dict.fromkeys(each for each in named if each and each.id not in read))
