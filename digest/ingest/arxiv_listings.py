"""Today's listings put side by side: what they name for the first time, and which of them still show an earlier day."""

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
    codes: frozenset[str]


@dataclass(slots=True)
class MergedListings:
    # By arXiv id: what no earlier day announced. A paper may stand in several listings.
    named: dict[str, list[FetchedPaper]] = field(default_factory=dict)
    unread: dict[str, UnreadPaper] = field(default_factory=dict)
    # Entries without an id: nobody can fetch them.
    malformed: list[Malformed] = field(default_factory=list)
    # Categories whose listing came whole, even if empty.
    whole: set[str] = field(default_factory=set)
    # Categories whose listing names nothing but what earlier days announced.
    stale: set[str] = field(default_factory=set)
    # Why the first listing that did not come whole did not: later ones may not have been asked for because of it.
    problem: str = ""


def merge_listings(
    listings: Iterable[Listing], earlier: KnownAnnouncements, tick: ProgressCallback = no_progress
) -> MergedListings:
    """Merge today's listings. What did not come is not whole.

    Raises nothing but a refusal (403), after which nothing may be asked.
    """
    board, signs = MergedListings(), _SignsOfLife()
    try:
        for listing in listings:
            _add_listing(board, listing, earlier, signs)
            tick(len(board.named), None)
    except Forbidden:
        raise
    except SourceUnavailable as problem:
        board.problem = board.problem or str(problem)
    board.stale = signs.stale()
    for arxiv_id in board.named:
        board.unread.pop(arxiv_id, None)
    return board


@dataclass(slots=True)
class _SignsOfLife:
    """Categories that showed something new. One may stand in several listings, as math.IT is cs.IT."""

    fresh: set[str] = field(default_factory=set)
    # Categories of papers that were announced before.
    old: set[str] = field(default_factory=set)
    # What was asked for together with something fresh.
    in_living: set[str] = field(default_factory=set)
    in_dead: set[str] = field(default_factory=set)

    def stale(self) -> set[str]:
        return (self.old | (self.in_dead - self.in_living)) - self.fresh


def _add_listing(board: MergedListings, listing: Listing, earlier: KnownAnnouncements, signs: _SignsOfLife) -> None:
    asked = expand_codes(listing.category)
    if listing.complete:
        board.whole |= asked
    else:
        board.problem = board.problem or listing.error
    papers = [entry for entry in listing.entries if isinstance(entry, FetchedPaper)]
    fresh = [paper for paper in papers if not earlier.knows(paper)]
    for paper in fresh:
        board.named.setdefault(paper.arxiv_id, []).append(paper)
    signs.fresh |= _sections_of(fresh)
    signs.old |= _sections_of(papers) - _sections_of(fresh)
    if papers:
        (signs.in_living if fresh else signs.in_dead).update(asked)
    unread = {each.id: each for each in listing.unread}
    for each in unread.values():
        if (each.id, each.version or 1) not in earlier.versions:
            board.unread.setdefault(each.id, UnreadPaper(each, _archive_name(listing.category), asked))
    if not listing.torn:
        malformed = (entry for entry in listing.entries if isinstance(entry, Malformed))
        board.malformed += [entry for entry in malformed if parse_entry_id(entry) not in unread]


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
