"""Readers of the past, by which the score is trained and tested: whose papers are known before and on some days.

A reader is an author: their earlier papers stand for what they like, and those they wrote on a day for what they would
want to read that day. The names themselves never count.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

from digest.domain import PaperRecord
from digest.ranking.matching.common_surnames import COMMON_SURNAMES
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.personal.earlier_papers import MAX_PAPERS, EarlierPapers, average_vectors
from digest.ranking.personal.liked_rows import MIN_ROWS
from digest.ranking.personal.relevance import DayScorer, RelevanceWeights
from digest.ranking.personal.signals import ReaderSignals, WeightedPaper
from digest.ranking.personal.suggest_keywords import suggest_keywords
from digest.ranking.text.paper_vector import PaperVector, make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity
from digest.research.json_lines import JsonLinesError, get_list, get_text, get_texts, read_objects
from digest.research.past_days import PastPaper
from subscriptions.filters.language import words
from subscriptions.reader import Reader

# So many of the categories that a reader's papers have most often are the ones they follow.
FOLLOWED_CATEGORIES = 3

# An author with more papers in two months is several people of one name, or many.
MIN_PAPERS_OF_AUTHOR, MAX_PAPERS_OF_AUTHOR = 4, 12

# Papers with more authors are of large experiments: whoever signs them may care for other things.
MAX_AUTHORS = 30

MAX_PROFILE = 9


class ProfilePaper(NamedTuple):
    """A paper that a reader likes."""

    arxiv_id: str
    title: str
    abstract: str
    categories: tuple[str, ...]


class PastReader(NamedTuple):
    """A reader, the papers they like, and the ids of those that they chose later."""

    name: str
    profile: tuple[ProfilePaper, ...]
    positives: frozenset[str]


class ReaderDay(NamedTuple):
    """A reader on one day, with the ids of the papers that they chose on it."""

    reader: PastReader
    day: date
    chosen: frozenset[str]


def read_readers(path: Path) -> Iterator[PastReader]:
    """Yield readers: user, profile (id, title, abstract, categories), positives.

    Raises JsonLinesError, also where a reader has no name, stands there twice, or has more papers than are compared.
    """
    names: set[str] = set()
    for document in read_objects(path):
        profile = tuple(_read_profile_paper(each) for each in get_list(document, "profile") if isinstance(each, dict))
        positives = frozenset(
            str(each.get("id") if isinstance(each, dict) else each) for each in get_list(document, "positives")
        )
        if not (name := get_text(document, "user")):
            raise JsonLinesError(f"{path.name}: a reader without 'user'")
        if name in names:
            raise JsonLinesError(f"{path.name}: {name[:40]!r} stands there twice")
        names.add(name)
        if len(profile) > MIN_ROWS:  # LikedRows has room for so many on a day of any size, and perhaps for no more
            raise JsonLinesError(f"{path.name}: {name[:40]!r} has more than {MIN_ROWS} papers in 'profile'")
        yield PastReader(name, profile, positives)


def _read_profile_paper(document: Mapping[str, Any]) -> ProfilePaper:
    arxiv_id, title, abstract = (get_text(document, name) for name in ("id", "title", "abstract"))
    return ProfilePaper(arxiv_id, title, abstract, get_texts(document, "categories"))


def find_reader_days(readers: Iterable[PastReader], papers: Iterable[PastPaper]) -> list[ReaderDay]:
    """Return the days on which readers chose something, by reader and day."""
    days = {paper.arxiv_id: paper.day for paper in papers}
    found = []
    for reader in readers:
        chosen: defaultdict[date, set[str]] = defaultdict(set)
        for arxiv_id in reader.positives & days.keys():
            chosen[days[arxiv_id]].add(arxiv_id)
        found += [ReaderDay(reader, day, frozenset(chosen[day])) for day in sorted(chosen)]
    return found


def draw_authors(papers: Sequence[PastPaper], left_out: Collection[str], count: int, seed: int) -> list[ReaderDay]:
    """Return at most *count* days of authors of *papers*, drawn by *seed*; no paper of *left_out* is used.

    What the author wrote on later days is the profile: so the earlier papers of the day, which the score reads, have
    none of it.
    """
    by_author: defaultdict[tuple[str, ...], list[PastPaper]] = defaultdict(list)
    for paper in papers:
        if paper.arxiv_id not in left_out and len(paper.authors) <= MAX_AUTHORS:
            for name in {tuple(words(author)) for author in paper.authors}:
                if len(name) > 1 and len(name[0]) > 1 and name[-1] not in COMMON_SURNAMES:
                    by_author[name].append(paper)
    found = []
    for name in sorted(by_author):
        written = sorted(by_author[name], key=attrgetter("day", "arxiv_id"))
        if MIN_PAPERS_OF_AUTHOR <= len(written) <= MAX_PAPERS_OF_AUTHOR:
            found += list(_split_by_day(" ".join(name), written))
    Random(seed).shuffle(found)  # noqa: S311 - it only shuffles
    return found[:count]


def _split_by_day(name: str, written: Sequence[PastPaper]) -> Iterator[ReaderDay]:
    for day in sorted({paper.day for paper in written}):
        profile = tuple(
            ProfilePaper(paper.arxiv_id, paper.title, paper.abstract, paper.categories)
            for paper in written
            if paper.day > day
        )[:MAX_PROFILE]
        chosen = frozenset(paper.arxiv_id for paper in written if paper.day == day)
        if len(profile) > 1:
            yield ReaderDay(PastReader(name, profile, chosen), day, chosen)


def find_followed(profile: Iterable[ProfilePaper]) -> tuple[str, ...]:
    """Return the categories that a reader of these papers follows: the most frequent, equal ones by name."""
    counted: defaultdict[str, int] = defaultdict(int)
    for paper in profile:
        for code in dict.fromkeys(paper.categories):
            counted[code] += 1
    return tuple(sorted(counted, key=lambda code: (-counted[code], code))[:FOLLOWED_CATEGORIES])


class SignalMaker:
    """Makes the signals of readers of the past; vectors and keywords of the same papers are computed once."""

    def __init__(self) -> None:
        self._liked: dict[ProfilePaper, WeightedPaper] = {}
        self._suggest = cache(suggest_keywords)

    def make(self, profile: Sequence[ProfilePaper], *, keywords: int = 0, likes: int | None = None) -> ReaderSignals:
        """Return what the score knows of a reader: names of authors are left out.

        Categories and keywords are those of the whole profile; of it the first *likes* papers are liked, or all.
        """
        liked = [self._find(paper) for paper in profile[:likes]]
        return ReaderSignals(find_followed(profile), self._suggest(tuple(profile), keywords) if keywords else (), liked)

    def _find(self, paper: ProfilePaper) -> WeightedPaper:
        if paper not in self._liked:
            vector = make_vector(paper.title, paper.abstract, load_shipped_rarity())
            self._liked[paper] = WeightedPaper(vector, paper.arxiv_id, paper.title, (), paper.categories)
        return self._liked[paper]


def make_past_reader(name: str, signals: ReaderSignals) -> Reader:
    """Return a reader with these interests who gets letters; their lots depend on their name alone."""
    number = crc32(name.encode())
    return Reader(number, f"{number}@example.org", categories=signals.categories, filters=signals.filters)


@dataclass(frozen=True)
class PastDay:
    """The papers of a day, ready to be scored."""

    day: date
    index: DayIndex
    scorer: DayScorer
    # The arXiv ids by rank.
    ids: list[str]


def prepare_days(
    days: Mapping[date, Sequence[PastPaper]], filters: Collection[str], weights: RelevanceWeights | None = None
) -> Iterator[PastDay]:
    """Yield the days in their order, each with what *filters* matched on the days before it and nothing else."""
    matched: dict[str, tuple[PaperVector, ...]] = dict.fromkeys(filters, ())
    for day in sorted(days):
        index = DayIndex(_make_records(days[day], day))
        vectors = [make_vector(paper.title, paper.abstract, load_shipped_rarity()) for paper in index.papers]
        scorer = DayScorer(index, vectors, weights, EarlierPapers(_Interests(dict(matched))))
        yield PastDay(day, index, scorer, [paper.arxiv_id for paper in index.papers])
        for text, found in matched.items():
            if bits := index.match(text).bits:
                matched[text] = (*found, *(vectors[rank] for rank in iterate_ranks(bits)))[-MAX_PAPERS:]


class _Interests(Mapping[str, PaperVector]):
    """The means of the papers that filters matched, computed when they are asked for: on most days few are."""

    def __init__(self, matched: Mapping[str, Sequence[PaperVector]]) -> None:
        self._matched = {text: vectors for text, vectors in matched.items() if vectors}

    def __getitem__(self, text: str) -> PaperVector:
        return average_vectors(self._matched[text])

    def __iter__(self) -> Iterator[str]:
        return iter(self._matched)

    def __len__(self) -> int:
        return len(self._matched)


def _make_records(papers: Iterable[PastPaper], day: date) -> list[PaperRecord]:
    return [
        PaperRecord(
            rank=rank,
            entry_id=rank,
            version_id=rank,
            arxiv_id=paper.arxiv_id,
            version=1,
            title=paper.title,
            abstract=paper.abstract,
            authors=(),
            categories=paper.categories,
            section=paper.categories[0] if paper.categories else "",
            kind="new",
            score=0.0,
            day=day,
        )
        for rank, paper in enumerate(sorted(papers, key=attrgetter("arxiv_id")))
    ]
