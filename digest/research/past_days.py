"""Reads the papers of past days, and what a public daily list had and when. JSON Lines, plain or .xz."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from digest.ranking.trending.author_history import ListedPaper
from digest.research.json_lines import JsonLinesError, read_objects


class PastPaper(NamedTuple):
    """A paper of a past day, as it was announced."""

    arxiv_id: str
    day: date
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]


class Listing(NamedTuple):
    """A paper on the public list: since when, and each observation of its upvotes with its day."""

    arxiv_id: str
    listed_on: date
    authors: tuple[str, ...]
    upvotes: tuple[tuple[date, int], ...]

    @property
    def most_upvotes(self) -> int:
        """Return the most upvotes ever observed: what is to be foretold."""
        return max((count for _, count in self.upvotes), default=0)

    def upvotes_before(self, day: date) -> int:
        """Return the most upvotes observed before *day*."""
        return max((count for observed, count in self.upvotes if observed < day), default=0)


def read_past_papers(path: Path) -> Iterator[PastPaper]:
    """Yield papers: id, announced, title, abstract, authors, categories. Raises JsonLinesError."""
    for document in read_objects(path):
        names = ("id", "title", "abstract")
        arxiv_id, title, abstract = (str(document.get(name) or "") for name in names)
        authors, categories = (tuple(map(str, document.get(name) or ())) for name in ("authors", "categories"))
        day = _read_day(document.get("announced"))
        if day is None:
            raise JsonLinesError(f"{path.name}: no day in 'announced' of {arxiv_id!r}")
        yield PastPaper(arxiv_id, day, title, abstract, authors, categories)


def read_listings(paths: Iterable[Path]) -> list[Listing]:
    """Return the entries of lists: id, hf_date or else first_seen, authors, snapshots with at and upvotes.

    A paper that several files or lines have was listed on the earliest day. An entry without a day, and an observation
    without one, are left out: nobody can say when they were known. Raises JsonLinesError.
    """
    found: dict[str, Listing] = {}
    for document in (each for path in paths for each in read_objects(path)):
        if listing := _parse_listing(document):
            known = found.get(listing.arxiv_id)
            found[listing.arxiv_id] = _merge_listings(known, listing) if known else listing
    return list(found.values())


def _parse_listing(document: Mapping[str, Any]) -> Listing | None:
    listed_on = _read_day(document.get("hf_date") or document.get("first_seen"))
    if listed_on is None:
        return None
    snapshots = [each for each in document.get("snapshots") or () if isinstance(each, dict)]
    dated = ((_read_day(each.get("at")), each.get("upvotes")) for each in snapshots)
    upvotes = tuple((day, count) for day, count in dated if day is not None and isinstance(count, int))
    return Listing(str(document.get("id") or ""), listed_on, tuple(map(str, document.get("authors") or ())), upvotes)


def _merge_listings(one: Listing, other: Listing) -> Listing:
    first, second = sorted((one, other), key=lambda each: each.listed_on)
    return first._replace(authors=first.authors or second.authors, upvotes=first.upvotes + second.upvotes)


def _read_day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def group_by_day(papers: Iterable[PastPaper]) -> dict[date, list[PastPaper]]:
    """Return the papers of each day, earliest day first; a paper that a day has twice counts once."""
    days: defaultdict[date, dict[str, PastPaper]] = defaultdict(dict)
    for paper in papers:
        days[paper.day].setdefault(paper.arxiv_id, paper)
    return {day: list(days[day].values()) for day in sorted(days)}


def find_listed_before(listings: Sequence[Listing], day: date) -> list[ListedPaper]:
    """Return what was known of the list when *day* began: entries and observations of earlier days."""
    return [
        ListedPaper(each.arxiv_id, each.listed_on, each.authors, each.upvotes_before(day))
        for each in listings
        if each.listed_on < day
    ]
