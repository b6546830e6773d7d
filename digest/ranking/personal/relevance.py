"""Scores the papers of a day for readers: one sum of parts, each of which says where it comes from.

It is a conditional logit (McFadden 1974): of a day's papers a reader chooses each with a probability that grows with
e to the power of its score. A score is a sum of columns times weights. The columns are listed in `COLUMNS`, and
docs/ranking.md explains them. The fewer papers a reader liked, the more the other columns must say, so each has two
weights: for a reader of no likes and for one of many. With n likes they are mixed as 1 to n.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from math import log
from operator import itemgetter, or_
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.domain import Reason
from digest.ranking.matching.day_index import DayIndex, FilterMatch
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.matching.paper_sets import unpack_sets
from digest.ranking.personal.earlier_papers import EarlierPapers
from digest.ranking.personal.liked_rows import UNIT, LikedRows, MarkedRows, Traits
from digest.ranking.personal.mark_weights import WEIGHT_UNIT
from digest.ranking.personal.signals import ReaderSignals, WeightedPaper
from digest.ranking.text.paper_vector import PaperVector, count_terms, weigh_terms
from digest.ranking.text.term_index import TermIndex
from digest.ranking.text.term_rarity import load_shipped_rarity
from subscriptions.filters.language import words

Table = NDArray[np.float64]

WEIGHTS_FILE = Path(__file__).with_name("relevance.json")

FAMILIES = ("filters", "interests", "likes", "categories", "authors", "trending", "new")

# Parts of these families are relative to their mean among the day's papers: below 0 they speak against a paper.
RELATIVE_FAMILIES = frozenset(["interests", "likes", "categories"])

# The columns, in their order, each with the family that it belongs to.
COLUMNS: Mapping[str, str] = {
    # Logarithms of the similarity to the liked papers: of its mean, its root mean square, and the largest.
    "like_mean": "likes",
    "like_root": "likes",
    "like_best": "likes",
    # Of readers with likes: how similar the paper is to the day's papers all together. Such papers are like everything.
    "like_usual": "likes",
    # How much more usual the paper's categories, and its primary one, are among the likes than on this day; logarithms.
    "like_categories": "categories",
    "like_primary": "categories",
    # Whether a liked paper has just the same categories; whether none has any of them.
    "like_same_set": "categories",
    "like_no_category": "categories",
    # Of the paper's categories, the share that the reader follows; whether the primary one, or any, is among them; and
    # how rare on this day the rarest of them is.
    "follows_share": "categories",
    "follows_primary": "categories",
    "follows_any": "categories",
    "follows_rarity": "categories",
    # How many of the filters match, in the title, several times in the abstract, or at all; and the same times how rare
    # their papers are on this day.
    "match_title": "filters",
    "match_often": "filters",
    "match_any": "filters",
    "match_title_rarity": "filters",
    "match_any_rarity": "filters",
    # Of readers with filters: logarithms of the similarity to their words (its mean), and to the earlier papers that
    # they match (its mean, and the largest).
    "words_mean": "interests",
    "earlier_mean": "interests",
    "earlier_best": "interests",
    # The same means themselves: to be very near says more than the logarithm shows.
    "words_plain": "interests",
    "earlier_plain": "interests",
    "filter_usual": "interests",
}
COLUMN_NAMES = tuple(COLUMNS)
_FAMILIES_BY_NUMBER = tuple(COLUMNS.values())
_NUMBERS = {name: number for number, name in enumerate(COLUMN_NAMES)}

# Added to similarities before the logarithm: two papers of different subjects come to about this.
LOG_FLOOR = 0.01

# Added to the number of a day's papers where their mean similarity is taken.
USUAL_PRIOR = 100

# Added to how many liked papers have a category.
UNSEEN_LIKES = 0.3

# Added to the share of a day's papers that have a category.
UNSEEN_SHARE = 0.001

# Logarithms are rounded to so many parts of 1, and sums of them are exact: functions of other machines may differ in
# the last digit.
_LOG_UNIT = 1 << 12

# Scores are rounded to so many parts of 1.
_SCORE_UNIT = 1 << 16

# From this similarity on a paper is near a liked one. On days of 900 papers one paper outside the categories of a
# reader with 20 likes is that near to one of them.
NEAR = 0.05

# The least used rows are evicted.
MAX_CACHED_FILTERS = 1 << 13
MAX_CACHED_ROWS = 1 << 12


@dataclass(frozen=True)
class RelevanceWeights:
    """What the columns count, for readers of many likes and of none."""

    many: Mapping[str, float]
    none: Mapping[str, float]
    # How the weights were made, and on what.
    made: Mapping[str, Any]
    # The rest is set by hand: of this the data say nothing.
    # A paper more similar to a disliked paper than to any liked one loses so much times the logarithm of the ratio.
    disliked: float = 1.0
    # For an author's name that a filter looks for, and for an author who wrote a liked paper.
    named_author: float = 12.0
    # For an author who may be the one named, as the initials agree.
    perhaps_named_author: float = 4.0
    shared_author: float = 0.7
    # For the trending score, from 0 to 1, times the reader's popularity; and for a new paper.
    trending: float = 2.0
    new: float = 0.1

    def of(self, likes: int) -> Table:
        """Return the weights of the columns, in their order, for a reader with so many likes."""
        many = np.array([self.many[name] for name in COLUMN_NAMES])
        mixed: Table = (likes * many + np.array([self.none[name] for name in COLUMN_NAMES])) / (likes + 1)
        return mixed


def parse_weights(text: str) -> RelevanceWeights:
    """Read what `format_weights` wrote. Raises ValueError or KeyError for anything else."""
    document = json.loads(text)
    columns = {name: (float(first), float(second)) for name, (first, second) in document["columns"].items()}
    return RelevanceWeights(
        {name: columns[name][0] for name in COLUMN_NAMES},
        {name: columns[name][1] for name in COLUMN_NAMES},
        document["made"],
    )


def format_weights(weights: RelevanceWeights) -> str:
    """Write one column a line: its weights for readers of many likes and of none."""
    columns = [f"  {json.dumps(name)}: [{weights.many[name]}, {weights.none[name]}]" for name in COLUMN_NAMES]
    made = json.dumps(dict(weights.made), indent=1, ensure_ascii=False).replace("\n", "\n ")
    return f'{{\n "made": {made},\n "columns": {{\n' + ",\n".join(columns) + "\n }\n}\n"


@cache
def load_shipped_weights() -> RelevanceWeights:
    """Return the weights that come with the package. They are read from their file once."""
    return parse_weights(WEIGHTS_FILE.read_text("utf-8"))


class DayScores(NamedTuple):
    """The scores of some readers (rows) for the papers of a day (columns)."""

    total: Table
    # The parts that add up to it, by family.
    families: Mapping[str, Table]
    # Which papers are near ones that the reader liked.
    near: NDArray[np.bool_]


class _FilterRow(NamedTuple):
    """What one filter says of the day's papers. Most match few papers, and similarities are whole numbers."""

    # The ranks that match, and the match columns for them.
    ranks: NDArray[np.int64]
    matches: Table
    # How similar each paper is to its words, and to the earlier papers that it matched, in thousandths.
    words: NDArray[np.uint16]
    earlier: NDArray[np.uint16]
    # The papers by an author whom it names, and those that may be.
    authored: int
    perhaps_authored: int


class DayScorer:
    """Scores the papers of one day. What readers share is computed once: filters, categories, marked papers."""

    def __init__(
        self,
        index: DayIndex,
        vectors: Sequence[PaperVector],
        weights: RelevanceWeights | None = None,
        earlier: EarlierPapers | None = None,
    ) -> None:
        """*vectors* are those of the day's papers, by rank."""
        self._index = index
        self._vectors = vectors
        self._earlier = earlier or EarlierPapers()
        self.weights = weights or load_shipped_weights()
        self._size = len(index.papers)
        self._terms = TermIndex(vectors)
        self._attention = self.weights.trending * np.array([paper.score for paper in index.papers])
        self._newness = np.array([self.weights.new * (paper.kind == "new") for paper in index.papers])
        self._usual = self._measure_usual()
        self._categories = _DayCategories(index)
        self._papers_by_author = _index_authors([paper.authors for paper in index.papers])
        self._liked_rows = LikedRows(self._terms, self._size, self._categories.count, self._describe_marked)
        self._filter_row = lru_cache(MAX_CACHED_FILTERS)(self._measure_filter)
        self._followed = lru_cache(MAX_CACHED_ROWS)(self._categories.follow)
        self._weights_of = lru_cache(MAX_CACHED_ROWS)(self.weights.of)

    def compare(self, rank: int) -> Table:
        """Return how similar each paper of the day is to the one of this rank, from 0 to 1."""
        return self._terms.compare(self._vectors[rank])

    def score(self, readers: Sequence[ReaderSignals]) -> DayScores:
        """Return the scores of all papers of the day for each reader."""
        families = {name: np.zeros((len(readers), self._size)) for name in FAMILIES}
        near = np.zeros((len(readers), self._size), dtype=np.bool_)
        for row, reader in enumerate(readers):
            weights = self._weights_of(len(reader.liked))
            liked = self._liked_rows.find(reader.liked) if reader.liked else None
            for number, values in self._measure(reader, liked):
                families[_FAMILIES_BY_NUMBER[number]][row] += weights[number] * values
            self._add_authors(families, row, reader, liked)
            if reader.liked or reader.disliked:
                self._add_nearness(families["likes"][row], near[row], reader, liked)
            families["trending"][row] = reader.popularity * self._attention
            families["new"][row] = self._newness
            for name in reader.switched_off & families.keys():
                families[name][row] = 0.0
            if "likes" in reader.switched_off:
                near[row] = False
        for name, values in families.items():
            # Whole numbers, so that their sums are exact.
            np.rint(values * _SCORE_UNIT, out=values)
            if name in RELATIVE_FAMILIES and self._size:
                values -= np.rint(values.sum(axis=1, keepdims=True) / self._size)
            values /= _SCORE_UNIT
        return DayScores(reduce(np.add, families.values()), families, near)

    def measure(self, reader: ReaderSignals) -> Table:
        """Return the columns of a reader: a row for each of COLUMN_NAMES, a column for each paper of the day."""
        found = np.zeros((len(COLUMN_NAMES), self._size))
        liked = self._liked_rows.find(reader.liked) if reader.liked else None
        for number, values in self._measure(reader, liked):
            found[number] = values
        return found

    def name_likes(self, papers: Sequence[WeightedPaper], ranks: Sequence[int]) -> list[Reason | None]:
        """Name for each of *ranks* the liked paper that it is most similar to, and how many it is near to.

        It is None for a paper that is near none.
        """
        if not papers:
            return [None] * len(ranks)
        similarities = self._liked_rows.find_similarities(papers, ranks)
        nearest: list[int] = similarities.argmax(axis=0).tolist()
        counts: list[int] = (similarities >= NEAR * UNIT).sum(axis=0).tolist()
        return [
            Reason("like", papers[place].title, liked=count) if count else None
            for place, count in zip(nearest, counts, strict=True)
        ]

    def name_related(self, filters: Sequence[str], rank: int) -> Reason | None:
        """Name the filter whose earlier papers a paper is most similar to; None if it is similar to none."""
        rows = [(row.earlier[rank], text) for text in filters if (row := self._filter_row(text))]
        similarity, text = max(rows, key=itemgetter(0), default=(0, ""))
        return Reason("related", text) if similarity else None

    def _measure(self, reader: ReaderSignals, liked: MarkedRows | None) -> Iterable[tuple[int, Table]]:
        """Yield the columns that are not 0 for all papers, with their numbers."""
        if liked:
            yield from self._measure_likes(reader.liked, liked)
        if reader.categories:
            yield from zip(_FOLLOW_NUMBERS, self._followed(reader.categories), strict=True)
        filters = [row for row in map(self._filter_row, reader.filters) if row]
        if filters:
            yield from self._measure_filters(filters)

    def _measure_likes(self, papers: Sequence[WeightedPaper], liked: MarkedRows) -> Iterable[tuple[int, Table]]:
        similarities = liked.similarities.astype(np.float64)
        counts = np.rint(WEIGHT_UNIT * np.array([paper.weight for paper in papers]))
        # Whole numbers, far below 2 to the power of 53: exact in whatever order they are added.
        whole = counts.sum()
        mean: Table = (counts @ similarities) / (whole * UNIT)
        yield _NUMBERS["like_mean"], _log(mean + LOG_FLOOR)
        yield _NUMBERS["like_best"], _log(liked.similarities.max(axis=0) / UNIT + LOG_FLOOR)
        similarities *= similarities
        yield _NUMBERS["like_root"], _log(np.sqrt((counts @ similarities) / whole) / UNIT + LOG_FLOOR)
        yield _NUMBERS["like_usual"], self._usual
        numbers = map(_NUMBERS.__getitem__, ("like_categories", "like_primary", "like_same_set", "like_no_category"))
        yield from zip(numbers, self._categories.compare(liked), strict=True)

    def _measure_filters(self, rows: Sequence[_FilterRow]) -> Iterable[tuple[int, Table]]:
        matches = np.zeros((len(_MATCH_NUMBERS), self._size))
        for row in rows:
            matches[:, row.ranks] += row.matches
        yield from zip(_MATCH_NUMBERS, matches, strict=True)
        words_mean: Table = np.array([row.words for row in rows]).sum(axis=0, dtype=np.float64) / (len(rows) * UNIT)
        earlier = np.array([row.earlier for row in rows])
        earlier_mean = earlier.sum(axis=0, dtype=np.float64) / (len(rows) * UNIT)
        yield _NUMBERS["words_mean"], _log(words_mean + LOG_FLOOR)
        yield _NUMBERS["earlier_mean"], _log(earlier_mean + LOG_FLOOR)
        yield _NUMBERS["earlier_best"], _log(earlier.max(axis=0) / UNIT + LOG_FLOOR)
        yield _NUMBERS["words_plain"], words_mean
        yield _NUMBERS["earlier_plain"], earlier_mean
        yield _NUMBERS["filter_usual"], self._usual

    def _measure_usual(self) -> Table:
        """Return the mean similarity of each paper to the others of the day; small days say little of what is usual."""
        found = np.zeros(self._size)
        for rank, vector in enumerate(self._vectors):
            near = np.rint(UNIT * self._terms.compare(vector))
            near[rank] = 0
            found += near
        return found / (UNIT * (self._size + USUAL_PRIOR))

    def _measure_filter(self, text: str) -> _FilterRow | None:
        """Return the columns of a filter; None for one that only excludes, or is none."""
        match = self._index.match(text)
        if match.muted is not None or not match.is_filter:
            return None
        is_by_words = match.words or not match.names
        ranks, matches = self._find_matches(match) if is_by_words else _NO_MATCHES
        query = weigh_terms(count_terms(match.words, ()), load_shipped_rarity())
        interest = self._earlier.interests.get(text)
        none = np.zeros(self._size, np.uint16)
        return _FilterRow(
            ranks,
            matches,
            np.rint(UNIT * self._terms.compare(query)).astype(np.uint16) if len(query.terms) else none,
            np.rint(UNIT * self._terms.compare(interest)).astype(np.uint16) if interest else none,
            match.levels.author & match.bits,
            0 if is_by_words else match.bits & ~match.levels.author,
        )

    def _find_matches(self, match: FilterMatch) -> tuple[NDArray[np.int64], Table]:
        """Return the ranks that a filter matches, and the match columns for them."""
        if not match.bits:
            return _NO_MATCHES
        ranks = list(iterate_ranks(match.bits))
        rarity = _round_log(log((self._size + 1) / (len(ranks) + 1)))
        _, often, title, _ = match.levels
        columns = [(in_title := title >> rank & 1, often >> rank & 1, 1, rarity * in_title, rarity) for rank in ranks]
        return np.array(ranks), np.array(columns, np.float64).T

    def _describe_marked(self, paper: WeightedPaper) -> Traits:
        numbers, primary, same = self._categories.describe(paper.categories)
        keys = _author_keys(paper.authors)
        return Traits(numbers, primary, same, reduce(or_, (self._papers_by_author.get(key, 0) for key in keys), 0))

    def _add_authors(
        self, families: Mapping[str, Table], row: int, reader: ReaderSignals, liked: MarkedRows | None
    ) -> None:
        rows = [found for found in map(self._filter_row, reader.filters) if found]
        authored = reduce(or_, (found.authored for found in rows), 0)
        perhaps = reduce(or_, (found.perhaps_authored for found in rows), 0) & ~authored
        if authored | perhaps:
            is_authored, is_perhaps = unpack_sets([authored, perhaps], self._size)
            part = families["filters"][row]
            part += self.weights.named_author * is_authored + self.weights.perhaps_named_author * is_perhaps
        if liked and (shared := reduce(or_, liked.same_author)):
            families["authors"][row] += self.weights.shared_author * unpack_sets([shared], self._size)[0]

    def _add_nearness(
        self, part: Table, near: NDArray[np.bool_], reader: ReaderSignals, liked: MarkedRows | None
    ) -> None:
        best = liked.similarities.max(axis=0) if liked else np.zeros(self._size)
        near[:] = best >= NEAR * UNIT
        if reader.disliked and "dislikes" not in reader.switched_off:
            worst = self._liked_rows.find(reader.disliked).similarities.max(axis=0)
            least = NEAR * UNIT / 2
            ratio = _log(np.maximum(worst, least)) - _log(np.maximum(best, least))
            part -= self.weights.disliked * np.maximum(ratio, 0.0)


_MATCH_NUMBERS = tuple(number for name, number in _NUMBERS.items() if name.startswith("match_"))
_NO_MATCHES: tuple[NDArray[np.int64], Table] = (np.zeros(0, np.int64), np.zeros((len(_MATCH_NUMBERS), 0)))
_FOLLOW_NUMBERS = tuple(number for name, number in _NUMBERS.items() if name.startswith("follows_"))


class _DayCategories:
    """The categories of a day's papers, with how usual each is on the day."""

    def __init__(self, index: DayIndex) -> None:
        self._index = index
        lists = [paper.categories for paper in index.papers]
        self._sets = [frozenset(codes) for codes in lists]
        codes = sorted({code for each in self._sets for code in each})
        self._numbers = {code: number for number, code in enumerate(codes)}
        self._listed = np.zeros((len(codes), len(lists)), np.float32)
        for rank, each in enumerate(self._sets):
            for code in each:
                self._listed[self._numbers[code], rank] = 1
        self._sizes = np.maximum(self._listed.sum(axis=0), 1).astype(np.float64)
        self._primary = np.array([self._numbers[each[0]] if each else -1 for each in lists], np.int64)
        self._size = max(1, len(lists))
        counted = Counter(code for each in self._sets for code in each)
        firsts = Counter(each[0] for each in lists if each)
        self._usual = np.array([_round_log(log(counted[code] / self._size + UNSEEN_SHARE)) for code in codes])
        self._usual_first = np.array([_round_log(log(firsts[code] / self._size + UNSEEN_SHARE)) for code in codes])
        self.count = len(codes)
        self._papers_by_set: defaultdict[frozenset[str], int] = defaultdict(int)
        for rank, each in enumerate(self._sets):
            self._papers_by_set[each] |= 1 << rank
        self._logs = lru_cache(MAX_CACHED_ROWS)(self._count_logs)

    def describe(self, categories: Sequence[str]) -> tuple[Sequence[int], Sequence[int], int]:
        """Return the numbers of categories, that of the first one, and the set of papers with just these."""
        numbers = [self._numbers[code] for code in set(categories) if code in self._numbers]
        primary = [self._numbers[code] for code in categories[:1] if code in self._numbers]
        return numbers, primary, self._papers_by_set.get(frozenset(categories), 0)

    def compare(self, liked: MarkedRows) -> tuple[Table, Table, Table, Table]:
        """Return the four columns that compare papers with the categories of liked papers."""
        likes = len(liked.categories)
        counts = liked.categories.sum(axis=0, dtype=np.int64)
        logs = self._logs(likes)
        odds = np.rint(_LOG_UNIT * (logs[counts] - self._usual)).astype(np.float32)
        firsts = liked.primary.sum(axis=0, dtype=np.int64)
        first_odds = np.append(np.rint(_LOG_UNIT * (logs[firsts] - self._usual_first)), 0.0)
        has = (counts > 0).astype(np.float32)
        # Whole numbers below 2 to the power of 24: float32 adds them exactly.
        mean: Table = (odds @ self._listed).astype(np.float64) / (self._sizes * _LOG_UNIT)
        same = unpack_sets([reduce(or_, liked.same_categories)], len(self._sets))[0]
        first = np.array(first_odds / _LOG_UNIT)[self._primary]
        has_none = np.asarray(has @ self._listed == 0).astype(np.float64)
        return np.array(mean), np.array(first), same.astype(np.float64), has_none

    def follow(self, followed: tuple[str, ...]) -> tuple[Table, ...]:
        """Return the four columns of followed categories."""
        size = len(self._sets)
        listed = unpack_sets([self._index.category_bits(code) for code in followed], size).astype(np.float64)
        primary = unpack_sets([self._index.primary_bits(code) for code in followed], size).any(axis=0)
        rarity = [-_round_log(log(count / self._size + UNSEEN_SHARE)) for count in listed.sum(axis=1).tolist()]
        share = np.minimum(listed.sum(axis=0) / self._sizes, 1.0)
        rarest = np.asarray((np.array(rarity)[:, None] * listed).max(axis=0, initial=0.0))
        return share, np.asarray(primary, np.float64), np.asarray(share > 0, np.float64), rarest

    def _count_logs(self, likes: int) -> Table:
        """Return the logarithm of the share of *likes* that have a category, by how many of them have it."""
        return np.array([log((count + UNSEEN_LIKES) / (likes + 1)) for count in range(likes + 1)])


def _log(values: Table) -> Table:
    found: Table = np.rint(_LOG_UNIT * np.log(values)) / _LOG_UNIT
    return found


def _round_log(value: float) -> float:
    return round(_LOG_UNIT * value) / _LOG_UNIT


def _index_authors(lists: Sequence[Sequence[str]]) -> dict[tuple[str, ...], int]:
    found: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for rank, names in enumerate(lists):
        for name in _author_keys(names):
            found[name] |= 1 << rank
    return dict(found)


def _author_keys(names: Iterable[str]) -> set[tuple[str, ...]]:
    """Return full names as they are compared. A name of one word is left out: it identifies nobody."""
    return {key for name in names if len(key := tuple(words(name))) > 1}
