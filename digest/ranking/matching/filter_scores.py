"""Scores the papers that a filter matches. Filters that match the same papers alike share one score."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from digest.ranking.matching import match_points
from digest.ranking.matching.field_index import NO_MATCH, FieldIndex, MatchLevels
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.matching.match_points import PointGroups
from digest.ranking.selection.sort_key import make_key
from subscriptions.filters.language import PlainFilter, fold

# The least used ones are evicted.
MAX_CACHED_SCORES = 1 << 15

# Up to so many papers of a filter are scored one by one, more as sets.
FEW_PAPERS = 32

# The tier of a paper that one filter matches: by words, or by an author's name.
KEYWORD_TIER, AUTHOR_TIER = 1, 3


class FilterScore(NamedTuple):
    """The papers that a filter matches, and their points."""

    # The papers that match, of those that may be chosen.
    bits: int
    # Their points, as match_points.py counts them.
    groups: PointGroups = ()
    # The sort keys of these papers if no other filter matches them, before points for categories; empty where they are
    # more than FEW_PAPERS.
    keys: tuple[int, ...] = ()
    # How strongly they match.
    levels: MatchLevels = NO_MATCH


NO_SCORE = FilterScore(0)


class FilterScorer:
    """Computes and caches the scores of filters over one day's papers."""

    def __init__(self, fields: FieldIndex, size: int) -> None:
        self._fields = fields
        self._size = size
        self._pair = lru_cache(MAX_CACHED_SCORES)(lambda first, second: self.of(fields.pair(first, second)))
        self.of = lru_cache(MAX_CACHED_SCORES)(self._of)
        self._title = lru_cache(MAX_CACHED_SCORES)(lambda word: self.of(fields.in_title(word)))
        self._author = lru_cache(MAX_CACHED_SCORES)(lambda word: self.of(fields.by_author((word,))))
        self._word = lru_cache(MAX_CACHED_SCORES)(lambda word: self.of(fields.word(word)))

    def plain(self, plain_filter: PlainFilter) -> FilterScore:
        """Return what `of` gives for the levels of a plain filter, without parsing it."""
        kind, first, second = plain_filter
        match kind:
            case "phrase":
                return self._phrase(first, second)
            case "both":
                return self._both(first, second)
            case "title":
                return self._title(first)
            case "author":
                return self._author(first)
            case _:
                return self._word(first)

    def _phrase(self, first: str, second: str) -> FilterScore:
        """Score a phrase of two words, which is nobody's name as a rule."""
        if self._fields.authors.has_author(first, second):
            return self.of(self._fields.anywhere((first, second)))
        return self._pair(fold(first), fold(second))

    def _both(self, first: str, second: str) -> FilterScore:
        one, other = self._fields.word(first), self._fields.word(second)
        if not one.anywhere & other.anywhere:
            return NO_SCORE
        return self.of(MatchLevels(one[0] & other[0], one[1] & other[1], one[2] & other[2], one[3] & other[3]))

    def _of(self, levels: MatchLevels) -> FilterScore:
        bits = levels.anywhere & self._fields.all
        if not bits:
            return NO_SCORE
        groups = match_points.filter_points(levels, self._size)
        keys = tuple(self._keys(groups, levels.author)) if bits.bit_count() <= FEW_PAPERS else ()
        return FilterScore(bits, groups, keys, levels)

    def _keys(self, groups: PointGroups, authored: int) -> Iterator[int]:
        for points, papers in groups:
            papers &= self._fields.all
            for rank in iterate_ranks(papers & authored) if authored else ():
                yield make_key(AUTHOR_TIER, points, self._size - 1 - rank)
            last = make_key(KEYWORD_TIER, points, self._size - 1)
            for rank in iterate_ranks(papers & ~authored):
                yield last - rank
