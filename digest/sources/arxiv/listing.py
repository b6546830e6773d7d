"""arXiv's listing of a day, as rss.arxiv.org words it in RSS and in Atom.

https://info.arxiv.org/help/rss.html; what the pages do not say is from the feed's public program: one entry per paper
of what was asked, new ones first, then cross-lists and replacements (by versions 2 to 5), cut off at 2,000.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from digest.domain import Entry, FetchedPaper
from digest.sources.arxiv import author_names, ids
from digest.sources.arxiv.ids import ArxivId
from digest.sources.arxiv.sections import expand_codes, find_section
from digest.sources.files.xml import XML_ERRORS, iterate_elements, local_name
from digest.sources.validation import RawPaper, clean_text, describe_malformed, parse_moment, validate_paper

# arXiv says nothing when it leaves some out.
MAX_LISTING_ENTRIES = 2000
EASTERN = ZoneInfo("America/New_York")

ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_CATEGORIES = re.compile(r"[+\s]+")
_HEAD = re.compile(r"\s*arXiv:(\S+)\s+Announce\s+Type:\s*(\S*)\s+(?:Abstract:)?", re.IGNORECASE)
_NAMED = re.compile(rb"<(?:guid\b[^<>]{0,80}|id)>\s*oai:arXiv\.org:([^<>\s]{1,40})\s*</", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    # What was asked for: `cs.LG`, an archive such as `cs`, or several with a plus: `cs+math`.
    category: str
    # The day that the feed gives itself, US Eastern. It moves on even when the entries are yesterday's.
    built: date | None
    entries: tuple[Entry, ...]
    # False when entries may be missing: the body was cut off or no feed, the listing was too long, or an error.
    complete: bool = True
    # Why it is not complete.
    error: str = ""
    # The body was no whole feed: another try may bring one.
    torn: bool = False
    # Papers that the body names and of which no entry could be read: to be fetched by their ids.
    unread: tuple[ArxivId, ...] = ()

    @property
    def truncated(self) -> bool:
        """arXiv cut the listing off at its limit; smaller questions give the rest."""
        return len(self.entries) >= MAX_LISTING_ENTRIES


def parse_listing(body: bytes, category: str, day: date | None = None) -> Listing:
    """Reads a body, never raising. Entries are announced on *day*; without one, on the day that the feed gives."""
    found = _ListingParser(expand_codes(category), day)
    breakage = ""
    try:
        for element in iterate_elements(body, {"rss": 2, f"{ATOM}feed": 1}):
            found.take(element)
    except XML_ERRORS as problem:
        breakage = clean_text(f"not a whole listing: {problem}")
    if "title" not in found.head and not breakage:
        breakage = "not a listing: it says nothing"
    error = breakage or found.complaint()
    entries = tuple(found.entries)
    return Listing(category, found.built(), entries, not error, error, bool(breakage), _unread(body, entries))


@dataclass(slots=True)
class _ListingParser:
    asked: frozenset[str]
    day: date | None
    head: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def take(self, element: Element) -> None:
        if element.tag in ("item", f"{ATOM}entry"):
            where = f"entry {len(self.entries) + 1}"
            self.entries.append(_entry(element, where, self.day or self.built(), self.asked))
        else:
            self.head.setdefault(local_name(element.tag), element.text or "")

    def built(self) -> date | None:
        """RSS dates itself twice with the same day, Atom once."""
        return _day(self.head.get("pubDate") or self.head.get("lastBuildDate") or self.head.get("updated") or "")

    def complaint(self) -> str:
        """arXiv answers a question that it does not understand with a feed whose description says why."""
        if len(self.entries) >= MAX_LISTING_ENTRIES:
            return f"arXiv lists {MAX_LISTING_ENTRIES:,} papers at most, so that some may be missing"
        title = self.head.get("title", "")
        if not title.lstrip().startswith("Feed error"):
            return ""
        return clean_text(self.head.get("description") or self.head.get("subtitle") or title)[:300]


def is_announcement(entry: Element) -> bool:
    """Return whether an Atom entry is from a listing; those of the query API are not."""
    return entry.find(f"{_ARXIV}announce_type") is not None


def _entry(element: Element, where: str, day: date | None, asked: frozenset[str]) -> Entry:
    if day is None:
        return describe_malformed(where, "no day of announcement", _text(element, "guid", f"{ATOM}id"))
    return validate_paper(raw_paper(element, where, day, asked))


def raw_paper(element: Element, where: str, day: date, asked: frozenset[str] = frozenset()) -> RawPaper:
    """An RSS item or an Atom entry. Its own dates are the listing's, not the paper's, so that they are left out."""
    text = _text(element, "description", f"{ATOM}summary")
    head = _HEAD.match(text)
    categories = list(_categories(element))
    kind = _text(element, f"{_ARXIV}announce_type").strip() or (head[2] if head else "")
    section, kind = find_section(categories, kind, asked)
    identifier = _text(element, "guid", f"{ATOM}id")
    return RawPaper(
        where=where,
        day=day,
        arxiv_id=head[1] if head and ids.parse_id(identifier) is None else identifier,
        title=_text(element, "title", f"{ATOM}title"),
        abstract=text[head.end() :] if head else text,
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


def _categories(element: Element) -> Iterator[str]:
    """RSS puts them into texts, Atom into attributes; older feeds joined several with a plus."""
    for child in element:
        if local_name(child.tag) == "category":
            yield from filter(None, _CATEGORIES.split(child.get("term") or child.text or ""))


def _day(text: str) -> date | None:
    """Return the day, at arXiv, of an ISO 8601 time or of one as in letters."""
    if found := parse_moment(text):
        return found.astimezone(EASTERN).date()
    try:
        return parsedate_to_datetime(text).astimezone(EASTERN).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _unread(body: bytes, entries: tuple[Entry, ...]) -> tuple[ArxivId, ...]:
    """Return ids, also those after the place where the body stops being XML. One cut off itself does not count."""
    read = {entry.arxiv_id for entry in entries if isinstance(entry, FetchedPaper)}
    named = (ids.parse_id(found.decode(errors="replace")) for found in _NAMED.findall(body))
    return tuple(dict.fromkeys(each for each in named if each and each.id not in read))
