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
        yield PastPaper(arxiv_id, _parse_day(document, "announced", path), title, abstract, authors, categories)


def read_listings(path: Path) -> Iterator[Listing]:
    """Yield entries of a list: id, hf_date or else first_seen, authors, snapshots with at and upvotes.

    Raises JsonLinesError.
    """
    for document in read_objects(path):
        name = "hf_date" if document.get("hf_date") else "first_seen"
        observed = [each for each in document.get("snapshots") or () if isinstance(each, dict)]
        yield Listing(
            str(document.get("id") or ""),
            _parse_day(document, name, path),
            tuple(map(str, document.get("authors") or ())),
            tuple((_parse_day(each, "at", path), int(each.get("upvotes") or 0)) for each in observed),
        )


def _parse_day(document: Mapping[str, Any], name: str, path: Path) -> date:
    try:
        return date.fromisoformat(str(document.get(name))[:10])
    except ValueError as error:
        raise JsonLinesError(f"{path.name}: no day in {name!r} of {document.get('id')!r}") from error


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
