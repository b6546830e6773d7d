"""Scores the papers of a day for readers: one sum of parts, each of which says where it comes from.

It is a conditional logit (McFadden 1974): of a day's papers a reader chooses each with a probability that grows with
e to the power of its score. A score is a sum of columns times weights. The columns are listed in `COLUMNS`, and
docs/ranking.md explains them. The fewer papers a reader liked, the more the other columns must say, so each has two
weights: for a reader of no likes and for one of many. With n likes they are mixed as 1 to n.
"""

import json
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from itertools import accumulate, chain
from math import isfinite, log
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.domain import Reason
from digest.ranking.matching.day_index import DayIndex, FilterMatch
from digest.ranking.matching.paper_sets import are_members, list_members, unpack_sets
from digest.ranking.personal.earlier_papers import EarlierPapers
from digest.ranking.personal.liked_rows import UNIT, LikedRows, Traits
from digest.ranking.personal.mark_weights import WEIGHT_UNIT
from digest.ranking.personal.signals import ReaderSignals, WeightedPaper
from digest.ranking.text.paper_similarity import PaperSimilarity
from digest.ranking.text.paper_vector import PaperVector, WeighedTerms, weigh_titles
from digest.ranking.text.term_index import TermIndex
from digest.ranking.text.term_rarity import TERM_COUNT, load_shipped_rarity
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
    # how rare on this day the rarest of them is. How many of them the reader follows, and how many not.
    "follows_share": "categories",
    "follows_primary": "categories",
    "follows_any": "categories",
    "follows_rarity": "categories",
    "follows_count": "categories",
    "follows_others": "categories",
    # How many of the filters match, in the title, several times in the abstract, or at all; and the same times how rare
    # their papers are on this day.
    "match_title": "filters",
    "match_often": "filters",
    "match_any": "filters",
    "match_title_rarity": "filters",
    "match_any_rarity": "filters",
    # Of readers with filters that say what no liked paper says: logarithms of the similarity to the words of these
    # filters (its mean), and to the earlier papers that they match (its mean, and the largest).
    "words_mean": "interests",
    "earlier_mean": "interests",
    "earlier_best": "interests",
    # The same means themselves: to be very near says more than the logarithm shows.
    "words_plain": "interests",
    "earlier_plain": "interests",
    "filter_usual": "interests",
}
COLUMN_NAMES = tuple(COLUMNS)
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

# A number of about this size has no room for halves. Adding it to another one and taking it away rounds that to a whole
# number, and this divided by a unit rounds to parts of the unit.
_NO_ROOM_FOR_HALVES = 1.5 * 2.0**52

# From this similarity on a paper is near a liked one. On days of 900 papers one paper outside the categories of a
# reader with 20 likes is that near to one of them.
NEAR = 0.05

# What is kept of earlier papers takes so many bytes; the least used is evicted.
MAX_CACHED_BYTES = 1 << 25

# So many papers are compared with all others at a time.
VECTORS_AT_ONCE = 64

# What depends on how many papers a reader liked is kept for so many of these numbers.
MAX_CACHED_COUNTS = 1 << 12

# arXiv has some 170 categories and archives.
MAX_CACHED_CATEGORIES = 1 << 9


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
    """Read what `format_weights` wrote. Raises ValueError, KeyError or OverflowError for anything else."""
    document = json.loads(text)
    columns = {name: (float(first), float(second)) for name, (first, second) in document["columns"].items()}
    if not all(map(isfinite, chain.from_iterable(columns.values()))):
        raise ValueError("a weight is no finite number")
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


class _Column(NamedTuple):
    """The values of one column for some of the readers."""

    name: str
    # The places of these readers, ascending.
    rows: NDArray[np.int64]
    # A row for each of them, a column for each paper; a single one where all papers have the same.
    values: Table


class _Filters(NamedTuple):
    """The filters of some readers, without those that only exclude."""

    # Each distinct one once, and the terms of what it looks for in texts.
    matches: Sequence[FilterMatch]
    terms: WeighedTerms
    # Reader by reader, the places of their filters in that list, and for each the place of the reader.
    numbers: NDArray[np.int64]
    readers: NDArray[np.int64]


class _Matches(NamedTuple):
    """The papers that filters of readers match by their words: an entry for each filter of each reader and paper."""

    # Places of readers, ascending, and ranks.
    rows: NDArray[np.int64]
    ranks: NDArray[np.int64]
    # What an entry adds to the match columns. Others are 0 there.
    columns: Mapping[str, NDArray[np.float64]]


class _Likes(NamedTuple):
    """What the day's papers have in common with those that readers liked: a row for each reader who liked any."""

    # The places of these readers, ascending.
    rows: NDArray[np.int64]
    # The mean and the root mean square of the similarities to the liked papers, from 0 to 1.
    mean: Table
    root: Table
    # The largest of them, in thousandths.
    best: NDArray[np.uint16]
    # How many of the liked papers are in each category of the day, and have it as their primary one.
    categories: NDArray[np.uint16]
    primary: NDArray[np.uint16]
    # How many papers were liked.
    counts: Sequence[int]
    # The papers with just the categories of a liked one, and those by one of its authors, as sets.
    same_categories: Sequence[int]
    same_author: Sequence[int]


class _Listing(NamedTuple):
    """The papers of the day in a category."""

    ranks: NDArray[np.int64]
    # 1 where the category is the paper's primary one, else 0.
    is_primary: Table
    # How rare the category is on this day.
    rarity: float


class _Followed(NamedTuple):
    """The papers in categories that readers follow: an entry for each reader, category and paper.

    A paper in two of a reader's categories has two entries, which say the same. Of all other papers the columns are 0,
    but for `follows_others`, which is the number of their categories if the reader follows any.
    """

    # Places of readers, ascending, and ranks.
    rows: NDArray[np.int64]
    ranks: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.float64]]


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
        # Of some terms, while they are looked for, their places from 1; 0 for all others.
        self._places = np.zeros(TERM_COUNT, np.int32)
        self._attention = self.weights.trending * np.array([paper.score for paper in index.papers])
        self._newness = np.array([self.weights.new * (paper.kind == "new") for paper in index.papers])
        _round_to_parts(self._newness, _SCORE_UNIT)
        self.similarity = PaperSimilarity(self._size, self.compare)
        self._usual = self._measure_usual()
        # How rare a filter's papers are on this day, by how many there are.
        rarity = [_round_log(log((self._size + 1) / (count + 1))) for count in range(self._size + 1)]
        self._rarity_by_count = np.array(rarity)
        # By how similar two papers are, in thousandths.
        self._log_of_similarity = _log(np.arange(UNIT + 1) / UNIT + LOG_FLOOR)
        self._categories = _DayCategories(index)
        self._papers_by_author = _index_authors([paper.authors for paper in index.papers])
        self._liked_rows = LikedRows(self._terms, self._size, self._categories.count, self._describe_marked)
        # By filter, how similar each paper is to the earlier papers that it matched, in thousandths.
        self._earlier_rows: OrderedDict[str, NDArray[np.uint16]] = OrderedDict()
        room = MAX_CACHED_BYTES // max(1, self._size)
        self._max_earlier_rows = room // np.dtype(np.uint16).itemsize
        self._weights_of = lru_cache(MAX_CACHED_COUNTS)(self.weights.of)

    def compare(self, rank: int) -> Table:
        """Return how similar each paper of the day is to the one of this rank, from 0 to 1: by words alone."""
        similarities: Table = self._terms.compare_words([self._vectors[rank]])[0]
        return similarities

    def score(self, readers: Sequence[ReaderSignals]) -> DayScores:
        """Return the scores of all papers of the day for each reader."""
        shape = len(readers), self._size
        nothing: Table = np.broadcast_to(0.0, shape)
        # A family of which nobody has a part takes no memory and no time.
        families = dict.fromkeys(FAMILIES, nothing)
        near = np.broadcast_to(np.False_, shape)

        def part_of(family: str) -> Table:
            if not families[family].flags.writeable:
                families[family] = np.array(families[family])
            return families[family]

        likes, filters = self._sum_likes(readers), self._find_filters(readers)
        weights = np.array([self._weights_of(len(reader.liked)) for reader in readers]).reshape(-1, len(COLUMNS))
        new_filters = self._find_new(filters, readers)
        for name, rows, values in chain(self._measure_likes(likes), self._measure_filters(new_filters)):
            weighed = weights[rows, _NUMBERS[name], np.newaxis] * values
            _add_rows(part_of(COLUMNS[name]), rows, weighed)
        if filters.matches:
            matches = self._find_matches(filters)
            brought = sum(weights[matches.rows, _NUMBERS[name]] * added for name, added in matches.columns.items())
            families["filters"] = self._sum_cells(matches.rows, matches.ranks, brought, len(readers))
        if any(reader.categories for reader in readers):
            followed, places = self._weigh_followed(readers)
            categories = part_of("categories")
            categories += followed[places]
        self._add_named_authors(part_of, filters)
        self._add_shared_authors(part_of, likes)
        if any(reader.popularity for reader in readers):
            chosen, rows = np.unique([reader.popularity for reader in readers], return_inverse=True)
            families["trending"] = np.multiply.outer(chosen, self._attention)[rows]
        # The same for everybody, and rounded already.
        families["new"] = np.broadcast_to(self._newness, shape)
        for row, reader in enumerate(readers):
            for name in reader.switched_off & families.keys():
                if families[name] is not nothing:
                    part_of(name)[row] = 0.0
        # After the switches: dislikes have one of their own, and count where likes do not.
        self._add_dislikes(part_of, likes, readers)
        if len(likes.rows):
            near = np.zeros(shape, np.bool_)
            near[likes.rows] = likes.best >= NEAR * UNIT
            near[["likes" in reader.switched_off for reader in readers]] = False
        total = np.zeros(shape)
        for name, part in families.items():
            if part.flags.writeable:
                self._round(part, is_relative=name in RELATIVE_FAMILIES)
            if part is not nothing:
                total += part
        return DayScores(total, families, near)

    def measure(self, reader: ReaderSignals) -> Table:
        """Return the columns of a reader: a row for each of COLUMN_NAMES, a column for each paper of the day."""
        found = np.zeros((len(COLUMN_NAMES), self._size))
        likes, filters = self._sum_likes([reader]), self._find_filters([reader])
        new_filters = self._find_new(filters, [reader])
        for name, _, values in chain(self._measure_likes(likes), self._measure_filters(new_filters)):
            found[_NUMBERS[name]] = values[0]
        matches = self._find_matches(filters)
        for name, added in matches.columns.items():
            found[_NUMBERS[name]] = self._sum_cells(matches.rows, matches.ranks, added, 1)[0]
        followed = self._categories.follow([reader.categories])
        if reader.categories:
            found[_NUMBERS["follows_others"]] = self._categories.sizes
        for name, added in followed.columns.items():
            found[_NUMBERS[name], followed.ranks] = added
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

    def name_related(self, filters: Sequence[str], ranks: Sequence[int]) -> list[Reason | None]:
        """Name for each of *ranks* the filter whose earlier papers it is most similar to; None if to none."""
        rows = self._find_earlier(filters)
        if not rows:
            return [None] * len(ranks)
        similarities = np.array([row[ranks] for row in rows.values()])
        names = [Reason("related", text) for text in rows]
        return [
            names[place] if largest else None
            for place, largest in zip(
                similarities.argmax(axis=0).tolist(), similarities.max(axis=0).tolist(), strict=True
            )
        ]

    def _round(self, part: Table, *, is_relative: bool) -> None:
        """Round the part of a family to parts of _SCORE_UNIT in place, so that sums of them are exact."""
        _round_to_parts(part, _SCORE_UNIT)
        if is_relative and self._size:
            part -= np.rint(part.sum(axis=1, keepdims=True) * _SCORE_UNIT / self._size) / _SCORE_UNIT

    def _sum_likes(self, readers: Sequence[ReaderSignals]) -> _Likes:
        """Return what the papers of the day have in common with those that each reader liked, switched off or not."""
        rows = [row for row, reader in enumerate(readers) if reader.liked]
        counts = [len(readers[row].liked) for row in rows]
        weights, sums = _count_marks([readers[row].liked for row in rows])
        mean, root = (np.zeros((len(rows), self._size)) for _ in range(2))
        best = np.zeros((len(rows), self._size), np.uint16)
        categories, primary = (np.zeros((len(rows), self._categories.count), np.uint16) for _ in range(2))
        same_categories, same_author = [], []
        for place, (row, exact, whole) in enumerate(zip(rows, weights, sums, strict=True)):
            liked = self._liked_rows.find(readers[row].liked)
            liked.similarities.max(axis=0, out=best[place])
            # Sums of whole numbers are exact in whatever order they are added: in float32 below 2 to the power of 24.
            kind = np.float32 if whole * int(best[place].max(initial=0)) ** 2 < 1 << 24 else np.float64
            marks: NDArray[Any] = exact.astype(kind)
            similarities: NDArray[Any] = liked.similarities.astype(kind)
            mean[place] = marks @ similarities
            np.square(similarities, out=similarities)
            root[place] = marks @ similarities
            np.add.reduce(liked.categories, axis=0, out=categories[place])
            np.add.reduce(liked.primary, axis=0, out=primary[place])
            same_categories.append(reduce(or_, liked.same_categories))
            same_author.append(reduce(or_, liked.same_author))
        whole_sums = np.reshape(sums, (-1, 1))
        mean /= whole_sums * UNIT
        root /= whole_sums
        np.sqrt(root, out=root)
        root /= UNIT
        places = np.array(rows, np.int64)
        return _Likes(places, mean, root, best, categories, primary, counts, same_categories, same_author)

    def _measure_likes(self, likes: _Likes) -> Iterator[_Column]:
        """Yield the columns of readers with likes: those of likes, and those that compare categories with theirs."""
        if not len(likes.rows):
            return
        columns = {
            "like_mean": _log(likes.mean + LOG_FLOOR),
            "like_root": _log(likes.root + LOG_FLOOR),
            "like_best": self._log_of_similarity[likes.best],
            "like_usual": self._usual[np.newaxis],
            **self._categories.compare(likes),
        }
        for name, values in columns.items():
            yield _Column(name, likes.rows, values)

    def _find_filters(self, readers: Sequence[ReaderSignals]) -> _Filters:
        """Return the filters of *readers* that choose papers, each matched on the day and weighed as a text once."""
        matches: list[FilterMatch] = []
        numbers: dict[str, int | None] = {}
        found: list[int] = []
        counts = []
        for reader in readers:
            before = len(found)
            for text in reader.filters:
                if text not in numbers:
                    match = self._index.match(text)
                    says_what = match.muted is None and match.is_filter
                    numbers[text] = len(matches) if says_what else None
                    if says_what:
                        matches.append(match)
                if (number := numbers[text]) is not None:
                    found.append(number)
            counts.append(len(found) - before)
        terms = weigh_titles([match.words for match in matches], load_shipped_rarity())
        return _Filters(matches, terms, np.array(found, np.int64), np.repeat(np.arange(len(readers)), counts))

    def _find_new(self, filters: _Filters, readers: Sequence[ReaderSignals]) -> _Filters:
        """Return the filters of each reader whose words are not all in the papers that they liked.

        What the others are about, the liked papers say better.
        """
        liked = [() if "likes" in reader.switched_off else reader.liked for reader in readers]
        if not any(liked) or not len(filters.terms.terms):
            return filters
        asked, columns = np.unique(filters.terms.terms, return_inverse=True)
        is_known = self._find_known(asked, liked)
        counts = np.bincount(filters.terms.texts, minlength=len(filters.matches))
        entries = np.repeat(np.arange(len(filters.numbers)), counts[filters.numbers])
        held = is_known[filters.readers[entries], columns[_list_entries(counts, filters.numbers)]]
        is_held = np.bincount(entries, held, len(filters.numbers)) == counts[filters.numbers]
        is_new = ~is_held | (counts[filters.numbers] == 0)
        return filters._replace(numbers=filters.numbers[is_new], readers=filters.readers[is_new])

    def _find_known(self, terms: NDArray[np.int64], liked: Sequence[Sequence[WeightedPaper]]) -> NDArray[np.bool_]:
        """Return which of *terms*, which ascend, any of the papers has that readers *liked*: a row for each reader."""
        # Readers like the same papers, so each is looked at once; of its terms few are among *terms*.
        numbers: dict[PaperVector, int] = {}
        chosen = [[numbers.setdefault(paper.vector, len(numbers)) for paper in papers] for papers in liked if papers]
        held = [vector.terms for vector in numbers]
        self._places[terms] = np.arange(1, len(terms) + 1)
        found = self._places.take(np.concatenate(held))
        self._places[terms] = 0
        (hits,) = (found > 0).nonzero()
        counts = np.diff(hits.searchsorted(np.cumsum([0, *map(len, held)])))
        # As bits, which are joined 64 at a time: truth values would take eight times as many bytes.
        packed = np.zeros((len(held), 8 * -(-len(terms) // 64)), np.uint8)
        places = found[hits] - 1
        cells = np.repeat(np.arange(len(held)), counts) * packed.shape[1] + places // 8
        np.bitwise_or.at(packed.reshape(-1), cells, (1 << places % 8).astype(np.uint8))
        known = [np.bitwise_or.reduce(packed.view(np.uint64).take(each, axis=0), axis=0) for each in chosen]
        is_known = np.zeros((len(liked), len(terms)), np.bool_)
        is_known[[bool(papers) for papers in liked]] = np.unpackbits(
            np.array(known).view(np.uint8), axis=1, count=len(terms), bitorder="little"
        )
        return is_known

    def _measure_filters(self, filters: _Filters) -> Iterator[_Column]:
        """Yield the columns of interests. *filters* are those that say something new."""
        if not len(filters.numbers):
            return
        rows, places, counts = np.unique(filters.readers, return_inverse=True, return_counts=True)
        divisor = counts[:, np.newaxis] * UNIT
        words_mean = self._sum_words(filters, places, len(rows)) / divisor
        earlier_sum, earlier_best = self._sum_earlier(filters, places, len(rows))
        earlier_mean = earlier_sum / divisor
        yield _Column("words_mean", rows, _log(words_mean + LOG_FLOOR))
        yield _Column("earlier_mean", rows, _log(earlier_mean + LOG_FLOOR))
        yield _Column("earlier_best", rows, _log(earlier_best / UNIT + LOG_FLOOR))
        yield _Column("words_plain", rows, words_mean)
        yield _Column("earlier_plain", rows, earlier_mean)
        yield _Column("filter_usual", rows, self._usual[np.newaxis])

    def _find_matches(self, filters: _Filters) -> _Matches:
        """Return where filters match by words, and how. Those that look for names alone are no matter of words."""
        by_words = [match if match.words or not match.names else None for match in filters.matches]
        numbers, ranks = list_members([match.bits if match else 0 for match in by_words], self._size)
        counts = np.bincount(numbers, minlength=len(filters.matches))
        entries = _list_entries(counts, filters.numbers)
        rarity = self._rarity_by_count[counts[numbers]]
        in_title = are_members([match.levels.title if match else 0 for match in by_words], self._size, numbers, ranks)
        often = are_members([match.levels.often if match else 0 for match in by_words], self._size, numbers, ranks)
        columns = {
            "match_title": in_title,
            "match_often": often,
            "match_any": np.ones(len(ranks)),
            "match_title_rarity": rarity * in_title,
            "match_any_rarity": rarity,
        }
        return _Matches(
            np.repeat(filters.readers, counts[filters.numbers]),
            ranks[entries],
            {name: added[entries].astype(np.float64) for name, added in columns.items()},
        )

    def _sum_words(self, filters: _Filters, places: NDArray[np.int64], count: int) -> Table:
        """Return the sums of the similarities, in thousandths, to the words of each reader's filters."""
        numbers, ranks, cosines = self._terms.find_sharing(filters.terms)
        counts = np.bincount(numbers, minlength=len(filters.matches))
        entries = _list_entries(counts, filters.numbers)
        rows = np.repeat(places, counts[filters.numbers])
        return self._sum_cells(rows, ranks[entries], np.rint(UNIT * cosines)[entries], count)

    def _sum_cells(
        self, rows: NDArray[np.int64], ranks: NDArray[np.int64], values: NDArray[np.float64], count: int
    ) -> Table:
        """Return a table of *count* rows with the sums of the values of each row and rank, added in their order."""
        sums = np.bincount(rows * self._size + ranks, values, count * self._size)
        return sums.astype(np.float64, copy=False).reshape(count, self._size)

    def _sum_earlier(self, filters: _Filters, places: NDArray[np.int64], count: int) -> tuple[Table, Table]:
        """Return the sums of the similarities, in thousandths, to the filters' earlier papers, and the largest."""
        rows = self._find_earlier([match.text for match in filters.matches])
        if not rows:
            return np.zeros((count, 1)), np.zeros((count, 1))
        similarities = np.zeros((len(filters.matches), self._size), np.float64)
        for number, match in enumerate(filters.matches):
            if match.text in rows:
                similarities[number] = rows[match.text]
        largest = _combine_rows(np.maximum, similarities, filters.numbers, places, count)
        return _combine_rows(np.add, similarities, filters.numbers, places, count), largest

    def _find_earlier(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.uint16]]:
        """Return how similar each paper is to the earlier papers of filters, in thousandths, where there are any."""
        rows: dict[str, NDArray[np.uint16]] = {}
        unknown: dict[str, PaperVector] = {}
        for text in texts:
            if text in self._earlier_rows:
                self._earlier_rows.move_to_end(text)
                rows[text] = self._earlier_rows[text]
            elif interest := self._earlier.interests.get(text):
                unknown[text] = interest
        if unknown:
            similarities = np.rint(UNIT * self._terms.compare_all(list(unknown.values()))).astype(np.uint16)
            rows |= {text: row.copy() for text, row in zip(unknown, similarities, strict=True)}
            self._earlier_rows |= {text: rows[text] for text in unknown}
            while len(self._earlier_rows) > self._max_earlier_rows:
                self._earlier_rows.popitem(last=False)
        return rows

    def _weigh_followed(self, readers: Sequence[ReaderSignals]) -> tuple[Table, Sequence[int]]:
        """Return what the columns of followed categories add to scores, and the row of this table for each reader."""
        rows: dict[tuple[tuple[str, ...], int], int] = {}
        places = [rows.setdefault((reader.categories, len(reader.liked)), len(rows)) for reader in readers]
        weights = np.array([self._weights_of(likes) for _, likes in rows])
        followed = self._categories.follow([categories for categories, _ in rows])
        others = weights[:, _NUMBERS["follows_others"]] * [bool(categories) for categories, _ in rows]
        table = np.multiply.outer(others, self._categories.sizes)
        table[followed.rows, followed.ranks] = sum(
            weights[followed.rows, _NUMBERS[name]] * values for name, values in followed.columns.items()
        )
        return table, places

    def _add_named_authors(self, part_of: Callable[[str], Table], filters: _Filters) -> None:
        """Add to `filters` what an author brings whom a filter names, once; less where only the initials agree."""
        named = {
            number: (authored, perhaps)
            for number, match in enumerate(filters.matches)
            if (authored := match.levels.author & match.bits)
            | (perhaps := 0 if match.words or not match.names else match.bits & ~match.levels.author)
        }
        found: dict[int, tuple[int, int]] = {}
        for number, row in zip(filters.numbers.tolist(), filters.readers.tolist(), strict=True):
            if number in named:
                (authored, perhaps), (others, perhaps_others) = named[number], found.get(row, (0, 0))
                found[row] = authored | others, perhaps | perhaps_others
        if found:
            is_authored = unpack_sets([authored for authored, _ in found.values()], self._size)
            is_perhaps = unpack_sets([perhaps & ~authored for authored, perhaps in found.values()], self._size)
            part = self.weights.named_author * is_authored + self.weights.perhaps_named_author * is_perhaps
            part_of("filters")[list(found)] += part

    def _add_shared_authors(self, part_of: Callable[[str], Table], likes: _Likes) -> None:
        """Add to `authors` what an author brings who wrote a liked paper, once."""
        shared = {row: papers for row, papers in zip(likes.rows.tolist(), likes.same_author, strict=True) if papers}
        if shared:
            part_of("authors")[list(shared)] = self.weights.shared_author * unpack_sets([*shared.values()], self._size)

    def _add_dislikes(self, part_of: Callable[[str], Table], likes: _Likes, readers: Sequence[ReaderSignals]) -> None:
        """Take from `likes` where a paper is nearer to a disliked paper than to any liked one that counts."""
        rows = zip(likes.rows.tolist(), likes.best, strict=True)
        best = {row: similarities for row, similarities in rows if "likes" not in readers[row].switched_off}
        for row, reader in enumerate(readers):
            if reader.disliked and "dislikes" not in reader.switched_off:
                worst = self._liked_rows.find(reader.disliked).similarities.max(axis=0)
                least = NEAR * UNIT / 2
                ratio = _log(np.maximum(worst, least)) - _log(np.maximum(best.get(row, least), least))
                part_of("likes")[row] -= self.weights.disliked * np.maximum(ratio, 0.0)

    def _describe_marked(self, paper: WeightedPaper) -> Traits:
        """Return what a marked paper has in common with the day besides words: categories and authors."""
        numbers, primary, same = self._categories.describe(paper.categories)
        keys = _author_keys(paper.authors)
        return Traits(numbers, primary, same, reduce(or_, (self._papers_by_author.get(key, 0) for key in keys), 0))

    def _measure_usual(self) -> Table:
        """Return the mean similarity of each paper to the others of the day; small days say little of what is usual."""
        sums = np.zeros(self._size)
        for start in range(0, self._size, VECTORS_AT_ONCE):
            compared = self._terms.compare_words(self._vectors[start : start + VECTORS_AT_ONCE])
            self.similarity.keep(start, compared)
            similarities = np.rint(UNIT * compared)
            np.fill_diagonal(similarities[:, start:], 0.0)
            sums += similarities.sum(axis=0)
        return sums / (UNIT * (self._size + USUAL_PRIOR))


def _count_marks(marked: Sequence[Sequence[WeightedPaper]]) -> tuple[list[NDArray[np.int64]], list[int]]:
    """Return the weights of each reader's marked papers as whole numbers without a common divisor, and their sums."""
    if not marked:
        return [], []
    counts = np.array(list(map(len, marked)))
    starts = counts.cumsum() - counts
    weights = np.rint(WEIGHT_UNIT * np.array([paper.weight for papers in marked for paper in papers])).astype(np.int64)
    weights //= np.repeat(np.gcd.reduceat(weights, starts), counts)
    return np.split(weights, starts[1:]), np.add.reduceat(weights, starts).tolist()


def _add_rows(table: Table, rows: NDArray[np.int64], values: Table) -> None:
    """Add *values* to the *rows* of a table, each of which is named once."""
    if len(rows) == len(table):
        table += values
    else:
        table[rows] += values


def _list_entries(counts: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of the entries of some groups, by their *numbers*, where each group has *counts* in turn."""
    first, chosen = counts.cumsum() - counts, counts[numbers]
    return np.arange(chosen.sum()) + np.repeat(first[numbers] - (chosen.cumsum() - chosen), chosen)


def _combine_rows(
    combine: np.ufunc, table: Table, numbers: NDArray[np.int64], places: NDArray[np.int64], count: int
) -> Table:
    """Return *count* rows: at each of *places*, which ascend, the combined rows of *table* that *numbers* name."""
    turns = np.arange(len(places)) - places.searchsorted(places)
    found: Table = table[numbers[turns == 0]]
    for turn in range(1, turns.max() + 1):
        chosen = turns == turn
        if chosen.sum() == count:
            combine(found, table[numbers[chosen]], out=found)
        else:
            found[places[chosen]] = combine(found[places[chosen]], table[numbers[chosen]])
    return found


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
        # How many categories each paper has, at least 1.
        self.sizes = np.maximum(self._listed.sum(axis=0), 1).astype(np.float64)
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
        self._logs = lru_cache(MAX_CACHED_COUNTS)(self._count_logs)
        self._list_papers = lru_cache(MAX_CACHED_CATEGORIES)(self._find_listing)

    def describe(self, categories: Sequence[str]) -> tuple[Sequence[int], Sequence[int], int]:
        """Return the numbers of categories, that of the first one, and the set of papers with just these."""
        numbers = [self._numbers[code] for code in set(categories) if code in self._numbers]
        primary = [self._numbers[code] for code in categories[:1] if code in self._numbers]
        return numbers, primary, self._papers_by_set.get(frozenset(categories), 0)

    def compare(self, likes: "_Likes") -> Mapping[str, Table]:
        """Return the columns that compare papers with the categories of liked papers."""
        # One table after the other, and where that of each reader begins.
        tables = {count: self._logs(count) for count in sorted(set(likes.counts))}
        logs = np.concatenate(list(tables.values()))
        starts = dict(zip(tables, accumulate((count + 1 for count in tables), initial=0), strict=False))
        first = np.array([[starts[count]] for count in likes.counts])
        of_all, of_first = logs[first + likes.categories], logs[first + likes.primary]
        odds = np.rint(_LOG_UNIT * (of_all - self._usual)).astype(np.float32)
        # A paper without categories has the last place.
        first_odds = np.pad(np.rint(_LOG_UNIT * (of_first - self._usual_first)) / _LOG_UNIT, ((0, 0), (0, 1)))
        has = (likes.categories > 0).astype(np.float32)
        return {
            # Whole numbers below 2 to the power of 24: float32 adds them exactly.
            "like_categories": (odds @ self._listed).astype(np.float64) / (self.sizes * _LOG_UNIT),
            "like_primary": first_odds[:, self._primary],
            "like_same_set": unpack_sets(likes.same_categories, len(self._sets)).astype(np.float64),
            "like_no_category": np.asarray(has @ self._listed == 0).astype(np.float64),
        }

    def follow(self, followed: Sequence[Sequence[str]]) -> "_Followed":
        """Return what the columns are where a paper is in a followed category; *followed* are those of each reader."""
        listings = {code: self._list_papers(code) for code in sorted(set(chain.from_iterable(followed)))}
        places = {code: place for place, code in enumerate(sorted(listings, key=lambda code: listings[code].rarity))}
        # The rarest last, so that its number is the one that stays.
        numbers = np.array([place for codes in followed for place in sorted(map(places.__getitem__, codes))], np.int64)
        each = [listings[code] for code in places]
        counts = np.array([len(listing.ranks) for listing in each], np.int64)
        entries = _list_entries(counts, numbers)
        rows = np.repeat(np.repeat(range(len(followed)), list(map(len, followed))), counts[numbers])
        ranks = np.concatenate([listing.ranks for listing in each] or [np.zeros(0, np.int64)])[entries]
        is_primary = np.concatenate([listing.is_primary for listing in each] or [np.zeros(0)])[entries]
        cells, size = rows * len(self._sets) + ranks, len(followed) * len(self._sets)
        rarest = np.zeros(size)
        rarest[cells] = np.repeat(np.array([listing.rarity for listing in each])[numbers], counts[numbers])
        count = np.bincount(cells, minlength=size)[cells].astype(np.float64)
        sizes = self.sizes[ranks]
        return _Followed(
            rows,
            ranks,
            {
                "follows_share": np.minimum(count / sizes, 1.0),
                "follows_primary": np.minimum(np.bincount(cells, is_primary, size)[cells], 1.0),
                "follows_any": np.ones(len(cells)),
                "follows_rarity": np.maximum(rarest[cells], 0.0),
                "follows_count": count,
                "follows_others": np.maximum(sizes - count, 0.0),
            },
        )

    def _find_listing(self, code: str) -> "_Listing":
        size = len(self._sets)
        listed, primary = unpack_sets([self._index.category_bits(code), self._index.primary_bits(code)], size)
        (ranks,) = listed.nonzero()
        rarity = -_round_log(log(len(ranks) / self._size + UNSEEN_SHARE))
        return _Listing(ranks, primary[ranks].astype(np.float64), rarity)

    def _count_logs(self, likes: int) -> Table:
        """Return the logarithm of the share of *likes* that have a category, by how many of them have it."""
        return np.array([log((count + UNSEEN_LIKES) / (likes + 1)) for count in range(likes + 1)])


def _log(values: Table) -> Table:
    found: Table = np.log(values)
    _round_to_parts(found, _LOG_UNIT)
    return found


def _round_to_parts(values: Table, unit: int) -> None:
    """Round *values* to parts of *unit* in place, halves to even ones, as `rint` does in two passes more."""
    values += _NO_ROOM_FOR_HALVES / unit
    values -= _NO_ROOM_FOR_HALVES / unit


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
