"""Reads the papers of past days, and what a public daily list had and when. JSON Lines, plain or .xz."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from digest.ranking.trending.author_history import ListedPaper
from digest.research.json_lines import JsonLinesError, get_list, get_text, get_texts, read_objects

ARXIV_BEGAN = date(1991, 8, 14)

# No list has more of anything: another number is a mistake.
MAX_UPVOTES = 1_000_000_000


class PastPaper(NamedTuple):
    """A paper of a past day, as it was announced."""

    arxiv_id: str
    day: date
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]


class ListEntry(NamedTuple):
    """An entry of the public list: since when it has the paper, and each observation of its upvotes with its day.

    What was known of it before a day is a `ListedPaper`.
    """

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
        arxiv_id, title, abstract = (get_text(document, name) for name in ("id", "title", "abstract"))
        authors, categories = (get_texts(document, name) for name in ("authors", "categories"))
        day = _read_day(document.get("announced"))
        if not arxiv_id:
            raise JsonLinesError(f"{path.name}: a paper without 'id'")
        if day is None:
            raise JsonLinesError(f"{path.name}: no day in 'announced' of {arxiv_id!r}")
        yield PastPaper(arxiv_id, day, title, abstract, authors, categories)


def read_list_entries(paths: Iterable[Path]) -> list[ListEntry]:
    """Return the entries of lists: id, hf_date or else first_seen, authors, snapshots with at and upvotes.

    A paper that several files or lines have was listed on the earliest day. An entry without a day, and an observation
    without one, are left out: nobody can say when they were known. So are numbers that no list has.
    Raises JsonLinesError.
    """
    found: dict[str, ListEntry] = {}
    for document in (each for path in paths for each in read_objects(path)):
        if entry := _parse_entry(document):
            known = found.get(entry.arxiv_id)
            found[entry.arxiv_id] = _merge_entries(known, entry) if known else entry
    return list(found.values())


def _parse_entry(document: Mapping[str, Any]) -> ListEntry | None:
    listed_on = _read_day(document.get("hf_date") or document.get("first_seen"))
    if listed_on is None:
        return None
    snapshots = [each for each in get_list(document, "snapshots") if isinstance(each, dict)]
    dated = ((_read_day(each.get("at")), each.get("upvotes")) for each in snapshots)
    upvotes = tuple(
        (day, count) for day, count in dated if day is not None and isinstance(count, int) and 0 <= count <= MAX_UPVOTES
    )
    return ListEntry(get_text(document, "id"), listed_on, get_texts(document, "authors"), upvotes)


def _merge_entries(one: ListEntry, other: ListEntry) -> ListEntry:
    first, second = sorted((one, other), key=lambda each: each.listed_on)
    return first._replace(authors=first.authors or second.authors, upvotes=first.upvotes + second.upvotes)


def _read_day(text: object) -> date | None:
    """Return a day on which arXiv may have announced something; None for any other text."""
    try:
        day = date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
    return day if day >= ARXIV_BEGAN else None


def group_by_day(papers: Iterable[PastPaper]) -> dict[date, list[PastPaper]]:
    """Return the papers of each day, earliest day first; a paper that a day has twice counts once."""
    days: defaultdict[date, dict[str, PastPaper]] = defaultdict(dict)
    for paper in papers:
        days[paper.day].setdefault(paper.arxiv_id, paper)
    return {day: list(days[day].values()) for day in sorted(days)}


def find_listed_before(list_entries: Sequence[ListEntry], day: date) -> list[ListedPaper]:
    """Return what was known of the list when *day* began: entries and observations of earlier days."""
    return [
        ListedPaper(each.arxiv_id, each.listed_on, each.authors, each.upvotes_before(day))
        for each in list_entries
        if each.listed_on < day
    ]
