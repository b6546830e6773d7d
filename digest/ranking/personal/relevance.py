"""Scores the papers of a day for readers: one sum of parts, each of which says where it comes from.

Parts are in units of log odds, as in a conditional logit over the papers of a day: a paper with one more is chosen e
times as often. Numbers that are added for many papers are whole, so that they come out alike on every machine.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from math import log
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.domain import Reason
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.paper_sets import unpack_sets
from digest.ranking.personal.liked_rows import LikedRows
from digest.ranking.personal.mark_weights import WEIGHT_UNIT
from digest.ranking.personal.signals import ReaderSignals, WeightedPaper
from digest.ranking.text.paper_vector import PaperVector
from digest.ranking.text.term_index import TermIndex
from subscriptions.filters.language import words

Table = NDArray[np.float64]

FAMILIES = ("filters", "interests", "likes", "categories", "authors", "trending", "new")


@dataclass(frozen=True)
class RelevanceWeights:
    """The weights of the score, in log odds."""

    # For each standard deviation by which a paper is more similar to the likes than the papers of the day are: to all
    # of them on average, and to the nearest.
    mean_similarity: float = 0.6
    best_similarity: float = 0.4
    # The same for papers disliked, if it is more similar than most.
    disliked: float = 0.6
    # For a category of the reader's: the paper's primary one, or one that lists it.
    primary: float = 1.0
    listed: float = 0.5
    # For each standard deviation of how usual a paper's categories are among the likes.
    usual_categories: float = 0.35
    # For a filter by where its words stand, and for each halving of the day that it takes to find as few papers.
    once: float = 1.0
    often: float = 1.3
    title: float = 1.8
    author: float = 3.0
    rarity: float = 0.15
    # For an author who wrote a liked paper.
    shared_author: float = 0.7
    # For the trending score, from 0 to 1, and for a new paper.
    trending: float = 2.0
    new: float = 0.1


# The fewer papers a reader liked, the less they say: so many count by half.
HALF_TRUSTED_LIKES = 0.5

# From this similarity on a paper is near a liked one, in thousandths. On days of 900 papers one paper outside the
# categories of a reader with 20 likes is that near to one of them.
NEAR = 50

# The least used rows are evicted.
MAX_CACHED_ROWS = 1 << 12
MAX_CACHED_FILTERS = 1 << 14

# How usual categories are is counted in so small parts of a logarithm; one without a like counts as if it had so many.
LOG_UNIT, UNSEEN_LIKES = 64, 0.1


class DayScores(NamedTuple):
    """The scores of some readers (rows) for the papers of a day (columns)."""

    total: Table
    # The parts that add up to it, by family.
    families: Mapping[str, Table]
    # Which papers are near ones that the reader liked.
    near: NDArray[np.bool_]


class DayScorer:
    """Scores the papers of one day. What readers share is computed once: filters, categories, marked papers."""

    def __init__(
        self, index: DayIndex, vectors: Sequence[PaperVector], weights: RelevanceWeights | None = None
    ) -> None:
        self._index = index
        self._vectors = vectors
        self._weights = weights or RelevanceWeights()
        self._size = len(index.papers)
        self._terms = TermIndex(vectors)
        self._liked_rows = LikedRows(self._terms, self._size)
        self._attention = self._weights.trending * np.array([paper.score for paper in index.papers])
        self._newness = np.array([self._weights.new * (paper.kind == "new") for paper in index.papers])
        self._codes = _number_categories([paper.categories for paper in index.papers])
        self._categories = _pad([[self._codes[code] for code in paper.categories] for paper in index.papers])
        self._papers_by_author = _index_authors([paper.authors for paper in index.papers])
        self._find_worth = lru_cache(MAX_CACHED_FILTERS)(self._weigh_filter)
        self._find_listed = lru_cache(MAX_CACHED_ROWS)(self._weigh_categories)

    def compare(self, rank: int) -> Table:
        """Return how similar each paper of the day is to the one of this rank, from 0 to 1."""
        return self._terms.compare(self._vectors[rank])

    def score(self, readers: Sequence[ReaderSignals]) -> DayScores:
        """Return the scores of all papers of the day for each reader."""
        families = {name: np.zeros((len(readers), self._size)) for name in FAMILIES}
        near = np.zeros((len(readers), self._size), dtype=np.bool_)
        for row, reader in enumerate(readers):
            self._add_filters(families["filters"][row], reader.filters)
            families["categories"][row] = self._find_listed(reader.categories)
            if reader.liked or reader.disliked:
                self._add_marks(reader, row, families, near)
        families["trending"] += np.array([[reader.popularity] for reader in readers]) * self._attention
        families["new"] += self._newness
        for row, reader in enumerate(readers):
            for name in reader.switched_off & families.keys():
                families[name][row] = 0.0
            if "likes" in reader.switched_off:
                near[row] = False
        return DayScores(reduce(np.add, families.values()), families, near)

    def name_like(self, papers: Sequence[WeightedPaper], rank: int) -> Reason | None:
        """Name the liked paper that a paper is most similar to, and how many it is near to; None if to none."""
        if not papers:
            return None
        similarities = self._liked_rows.find_column(papers, rank)
        nearest = int(similarities.argmax())
        count = int((similarities >= NEAR).sum())
        return Reason("like", papers[nearest].title, liked=count) if count else None

    def _add_filters(self, part: Table, filters: Sequence[str]) -> None:
        for text in filters:
            if self._index.match(text).bits:
                ranks, worth = self._find_worth(text)
                part[ranks] += worth

    def _weigh_filter(self, text: str) -> tuple[NDArray[np.int64], Table]:
        """Return the ranks that a filter matches, and what it is worth for each."""
        match, weights = self._index.match(text), self._weights
        rarity = weights.rarity * (self._size // match.bits.bit_count()).bit_length()
        levels = unpack_sets([match.bits, *(level & match.bits for level in match.levels[1:])], self._size)
        ranks = levels[0].nonzero()[0]
        _, often, title, author = levels[:, ranks]
        steps = (weights.author, weights.title, weights.often)
        return ranks, np.select((author, title, often), steps, weights.once) + rarity

    def _weigh_categories(self, codes: tuple[str, ...]) -> Table:
        listed = reduce(or_, map(self._index.category_bits, codes), 0)
        primary = reduce(or_, map(self._index.primary_bits, codes), 0)
        is_listed, is_primary = unpack_sets([listed, primary], self._size)
        return np.where(is_primary, self._weights.primary, np.where(is_listed, self._weights.listed, 0.0))

    def _add_marks(
        self, reader: ReaderSignals, row: int, families: Mapping[str, Table], near: NDArray[np.bool_]
    ) -> None:
        weights = self._weights
        if reader.liked:
            trust = len(reader.liked) / (len(reader.liked) + HALF_TRUSTED_LIKES)
            rows = self._liked_rows.find(reader.liked)
            counts = np.rint(WEIGHT_UNIT * np.array([paper.weight for paper in reader.liked])).astype(np.float32)
            best = rows.max(axis=0)
            # At most 300 likes of 33 twentieths with 1000 thousandths each: a float32 holds their sum exactly.
            mean = _standardise((counts @ rows.astype(np.float32)).astype(np.float64))
            similar = weights.mean_similarity * mean + weights.best_similarity * _standardise(best.astype(np.float64))
            families["likes"][row] += trust * similar
            near[row] = best >= NEAR
            usual = self._count_categories(reader.liked)
            families["categories"][row] += trust * weights.usual_categories * _standardise(usual)
            authored = self._find_authored(reader.liked)
            if authored:
                families["authors"][row] += weights.shared_author * unpack_sets([authored], self._size)[0]
        if reader.disliked and "dislikes" not in reader.switched_off:
            best = self._liked_rows.find(reader.disliked).max(axis=0).astype(np.float64)
            families["likes"][row] -= weights.disliked * np.maximum(_standardise(best), 0.0)

    def _count_categories(self, papers: Sequence[WeightedPaper]) -> Table:
        """Return for each paper of the day how usual its most usual category is among *papers*, in logarithms."""
        counted = Counter(code for paper in papers for code in paper.categories)
        whole = sum(counted.values()) or 1
        # The last place is that of papers with fewer categories than others.
        logs = np.full(len(self._codes) + 1, round(LOG_UNIT * log(UNSEEN_LIKES / whole)), dtype=np.float64)
        for code, count in counted.items():
            if code in self._codes:
                logs[self._codes[code]] = round(LOG_UNIT * log((count + UNSEEN_LIKES) / whole))
        usual: Table = logs[self._categories].max(axis=1, initial=-np.inf)
        return usual

    def _find_authored(self, papers: Iterable[WeightedPaper]) -> int:
        keys = {key for paper in papers for key in _author_keys(paper.authors)}
        return reduce(or_, (self._papers_by_author.get(key, 0) for key in keys), 0)


def _standardise(values: Table) -> Table:
    """Return by how many standard deviations each of these whole numbers is above their mean; 0 if all are alike."""
    if not len(values):
        return values
    mean = values.sum() / len(values)
    variance = (values * values).sum() / len(values) - mean * mean
    return (values - mean) / np.sqrt(variance) if variance > 1e-9 else np.zeros_like(values)


def _number_categories(lists: Iterable[Sequence[str]]) -> dict[str, int]:
    return {code: number for number, code in enumerate(sorted({code for codes in lists for code in codes}))}


def _pad(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return rows of different lengths as a table; -1 stands for what a row lacks."""
    width = max(map(len, rows), default=0)
    padded = [[*row, *[-1] * (width - len(row))] for row in rows]
    return np.array(padded, dtype=np.int64).reshape(len(rows), width)


def _index_authors(lists: Sequence[Sequence[str]]) -> dict[tuple[str, ...], int]:
    found: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for rank, names in enumerate(lists):
        for name in _author_keys(names):
            found[name] |= 1 << rank
    return dict(found)


def _author_keys(names: Iterable[str]) -> set[tuple[str, ...]]:
    """Return full names as they are compared. A name of one word is left out: it identifies nobody."""
    return {key for name in names if len(key := tuple(words(name))) > 1}
