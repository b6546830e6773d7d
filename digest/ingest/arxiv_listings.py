"""Merges today's listings: which papers they name for the first time, and which of them still show an earlier day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from digest.domain import FetchedPaper, Malformed, ProgressCallback, SourceUnavailable, no_progress
from digest.ingest.known_announcements import KnownAnnouncements
from digest.sources.arxiv import ids
from digest.sources.arxiv.ids import ArxivId
from digest.sources.arxiv.listing import Listing
from digest.sources.arxiv.sections import expand_codes
from digest.sources.http.client import Forbidden


@dataclass(frozen=True, slots=True)
class UnreadPaper:
    """A paper that a listing names and of which no entry could be read."""

    paper: ArxivId
    # A category or an archive, short enough for a column.
    listing: str
    # All categories of the listing.
    categories: frozenset[str]


@dataclass(slots=True)
class MergedListings:
    # By arXiv id: what no earlier day announced. A paper may stand in several listings.
    fresh: dict[str, list[FetchedPaper]] = field(default_factory=dict)
    unread: dict[str, UnreadPaper] = field(default_factory=dict)
    # Entries without an id: nobody can fetch them.
    malformed: list[Malformed] = field(default_factory=list)
    # Those whose listing came whole, even if empty.
    complete_categories: set[str] = field(default_factory=set)
    # Those whose listing names nothing but what earlier days announced.
    stale_categories: set[str] = field(default_factory=set)
    # Why the first incomplete listing is so: later ones may not have been asked for because of it.
    problem: str = ""


def merge_listings(
    listings: Iterable[Listing], earlier: KnownAnnouncements, tick: ProgressCallback = no_progress
) -> MergedListings:
    """Return what today's listings announce. Categories of listings that did not come are not complete.

    Raises nothing but a refusal (403), after which nothing may be asked.
    """
    merged, freshness = MergedListings(), _Freshness()
    try:
        for listing in listings:
            _add_listing(merged, listing, earlier, freshness)
            tick(len(merged.fresh), None)
    except Forbidden:
        raise
    except SourceUnavailable as problem:
        merged.problem = merged.problem or str(problem)
    merged.stale_categories = freshness.find_stale()
    for arxiv_id in merged.fresh:
        merged.unread.pop(arxiv_id, None)
    return merged


@dataclass(slots=True)
class _Freshness:
    """The categories that show something new, and those that do not.

    One may stand in several listings, as math.IT is cs.IT.
    """

    # Sections with a paper that no earlier day announced.
    fresh: set[str] = field(default_factory=set)
    # Sections with nothing but papers that were announced before.
    old: set[str] = field(default_factory=set)
    # All categories of the listings that name something fresh, and of those that do not.
    in_fresh_listings: set[str] = field(default_factory=set)
    in_old_listings: set[str] = field(default_factory=set)

    def find_stale(self) -> set[str]:
        return (self.old | (self.in_old_listings - self.in_fresh_listings)) - self.fresh


def _add_listing(merged: MergedListings, listing: Listing, earlier: KnownAnnouncements, freshness: _Freshness) -> None:
    categories = expand_codes(listing.category)
    if listing.complete:
        merged.complete_categories |= categories
    else:
        merged.problem = merged.problem or listing.error
    papers = [entry for entry in listing.entries if isinstance(entry, FetchedPaper)]
    fresh = [paper for paper in papers if not earlier.knows(paper)]
    for paper in fresh:
        merged.fresh.setdefault(paper.arxiv_id, []).append(paper)
    freshness.fresh |= _sections_of(fresh)
    freshness.old |= _sections_of(papers) - _sections_of(fresh)
    if papers:
        (freshness.in_fresh_listings if fresh else freshness.in_old_listings).update(categories)
    unread = {each.id: each for each in listing.unread}
    for each in unread.values():
        if (each.id, each.version or 1) not in earlier.versions:
            merged.unread.setdefault(each.id, UnreadPaper(each, _archive_name(listing.category), categories))
    if not listing.torn:
        malformed = (entry for entry in listing.entries if isinstance(entry, Malformed))
        merged.malformed += [entry for entry in malformed if parse_entry_id(entry) not in unread]


def _sections_of(papers: Sequence[FetchedPaper]) -> set[str]:
    return {paper.announced_in for paper in papers}


def _archive_name(category: str) -> str:
    """Return the archive of several categories that were asked for at once."""
    first, *others = category.split("+")
    return first.partition(".")[0] if others else first


def parse_entry_id(entry: Malformed) -> str:
    """Return the entry's id; empty where it has none. An excerpt begins with the id (see sources/validation.py)."""
    found = ids.parse_id(entry.excerpt.partition(" ")[0])
    return found.id if found else ""
