"""What a filter says of the day, whatever its words. Filters that say the same share it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from digest.ranking.matching import match_points
from digest.ranking.matching.field_index import Fields, Levels
from digest.ranking.matching.inverted_index import ranks
from digest.ranking.matching.match_points import Groups
from digest.ranking.selection.sort_key import key
from subscriptions.filters.language import PlainFilter, fold

# Sets of papers and words kept worked out; the least used ones are forgotten.
REMEMBERED = 1 << 15

# Up to so many papers of a filter are taken one by one, more as sets.
FEW = 32

# So many phrases of two words, looked for one by one, take as long as listing all those of a day: 0.1 s. A web page or
# a small town asks for fewer.
PAIRS_PAY = 10_000

# Where a paper stands that one filter matches, by words or by an author's name.
KEYWORD_TIER, AUTHOR_TIER = 1, 3


class Spoken(NamedTuple):
    # The papers that match, of those that may be chosen.
    bits: int
    # How strongly the filter speaks for each of them, as points.py counts.
    groups: Groups = ()
    # The same, where they are few, as keys of papers that nothing else speaks for.
    keys: tuple[int, ...] = ()
    # Those of them that are found by an author's name.
    authored: int = 0


NOTHING = Spoken(0)


class Speaking:
    def __init__(self, fields: Fields, size: int) -> None:
        self._fields = fields
        self._size = size
        self._asked = 0
        self._said: dict[str, Spoken] = {}
        self.of = lru_cache(REMEMBERED)(self._of)
        self._title = lru_cache(REMEMBERED)(lambda word: self.of(fields.in_title(word)))
        self._author = lru_cache(REMEMBERED)(lambda word: self.of(fields.by_author((word,))))
        self._word = lru_cache(REMEMBERED)(lambda word: self.of(fields.word(word)))

    def plain(self, wanted: PlainFilter) -> Spoken:
        """What `of` says of such a filter, on the shortest way."""
        kind, first, second = wanted
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

    def _phrase(self, first: str, second: str) -> Spoken:
        """From the list of all pairs, once so many are asked for that it is worth its time. It knows no authors."""
        self._asked += 1
        if self._asked <= PAIRS_PAY or self._fields.authors.bear(first, second):
            return self.of(self._fields.anywhere((first, second)))
        pair = f"{fold(first)} {fold(second)}"
        found = self._said.get(pair)
        if found is None:
            found = self._said[pair] = self.of(self._fields.pair(pair))
        return found

    def _both(self, first: str, second: str) -> Spoken:
        one, other = self._fields.word(first), self._fields.word(second)
        if not one.anywhere & other.anywhere:
            return NOTHING
        return self.of(Levels(one[0] & other[0], one[1] & other[1], one[2] & other[2], one[3] & other[3]))

    def _of(self, levels: Levels) -> Spoken:
        bits = levels.anywhere & self._fields.all
        if not bits:
            return NOTHING
        groups = match_points.of_filter(levels, self._size)
        keys = tuple(self._keys(groups, levels.author)) if bits.bit_count() <= FEW else ()
        return Spoken(bits, groups, keys, levels.author)

    def _keys(self, groups: Groups, authored: int) -> Iterator[int]:
        for worth, papers in groups:
            papers &= self._fields.all
            for rank in ranks(papers & authored) if authored else ():
                yield key(AUTHOR_TIER, worth, self._size - 1 - rank)
            last = key(KEYWORD_TIER, worth, self._size - 1)
            for rank in ranks(papers & ~authored):
                yield last - rank
