"""An inverted index over one field of a day's papers: words, pairs of words and beginnings -> set of papers.

A set of papers is an int: bit n stands for rank n. Filters come from strangers, so none may be costly: everything is
looked up in lists that are made once for the day. Only texts that hold every pair of a longer phrase are read.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import groupby, pairwise
from operator import and_, or_
from typing import NamedTuple

# At how many places a text must hold words to hold them often.
MIN_OFTEN = 2

STEM_LENGTHS = (3, 4)

# The least used ones are evicted.
MAX_CACHED_BEGINNINGS = 1 << 14

# Sorts behind whatever a word may go on with.
_LAST_SIGN = "\U0010ffff"


class TextMatches(NamedTuple):
    """The texts that hold words, and those of them that hold them often."""

    once: int
    often: int


class InvertedIndex:
    """Texts by rank, as words."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._lines = [f" {' '.join(words)} " for words in texts]
        # A word is known by its place in the alphabet, so that words that begin alike are neighbours. A pair is both
        # places in one number, so that pairs with the same first word are neighbours in the order of the second.
        self._vocabulary = sorted({word for words in texts for word in words})
        self._places = {word: place for place, word in enumerate(self._vocabulary)}
        places_by_rank = [[self._places[word] for word in words] for words in texts]
        self._words = _index_keys(places_by_rank)
        self._pairs = _index_keys([first << 32 | second for first, second in pairwise(each)] for each in places_by_rank)
        self._sorted_pairs = array("Q", sorted(self._pairs.once))
        # A short beginning may have hundreds of words: they are joined beforehand.
        self._stems: dict[str, TextMatches] = {}
        for length in STEM_LENGTHS:
            stems = [word[:length] for word in self._vocabulary]
            for stem, places in groupby(range(len(stems)), stems.__getitem__):
                if len(stem) == length:
                    self._stems[stem] = self._words.texts_with_any(places)
        self._beginning = lru_cache(MAX_CACHED_BEGINNINGS)(self._find_beginning)

    def words(self, rank: int) -> list[str]:
        """Return the words of one text, in their order."""
        return self._lines[rank].split()

    def word(self, word: str) -> TextMatches:
        """Return the texts that hold the word."""
        return self._words.texts_with(self._places.get(word, -1))

    def pair(self, first: str, second: str) -> TextMatches:
        """Return the texts that hold the words side by side."""
        one, other = self._places.get(first), self._places.get(second)
        return NO_TEXTS if one is None or other is None else self._pairs.texts_with(one << 32 | other)

    def beginning(self, start: str, *, after: str | None = None) -> TextMatches:
        """Return the texts with words that begin with *start*, or with such words right after the word *after*."""
        return self._beginning(start, after)

    def phrase(self, words: Sequence[str]) -> TextMatches:
        """Return the texts with the words side by side. A last word that ends in `*` stands for all that begin so."""
        last = words[-1].removesuffix("*")
        open_ended = last != words[-1]
        if len(words) == 1:
            return self.beginning(last) if open_ended else self.word(last)
        pairs = [self.pair(*each) for each in pairwise(words[:-1])]
        pairs.append(self.beginning(last, after=words[-2]) if open_ended else self.pair(words[-2], last))
        if len(pairs) == 1:
            return pairs[0]
        phrase = f" {' '.join((*words[:-1], last))}" + ("" if open_ended else " ")
        holding = reduce(and_, (pair.once for pair in pairs))
        once = sum(1 << rank for rank in iterate_ranks(holding) if phrase in self._lines[rank])
        holding = reduce(and_, (pair.often for pair in pairs), once)
        return TextMatches(
            once, sum(1 << rank for rank in iterate_ranks(holding) if _repeats(self._lines[rank], phrase))
        )

    def _find_beginning(self, start: str, after: str | None) -> TextMatches:
        if after is None and len(start) in STEM_LENGTHS:
            return self._stems.get(start, NO_TEXTS)
        low = bisect_left(self._vocabulary, start)
        high = bisect_left(self._vocabulary, start + _LAST_SIGN)
        if after is None:
            return self._words.texts_with_any(range(low, high))
        first = self._places.get(after)
        if first is None:
            return NO_TEXTS
        keys = self._sorted_pairs
        return self._pairs.texts_with_any(
            keys[bisect_left(keys, first << 32 | low) : bisect_left(keys, first << 32 | high)]
        )


class _KeyIndex(NamedTuple):
    """Maps numbers that stand for words or pairs to the texts that hold them, and to those that hold them often."""

    once: Mapping[int, int]
    often: Mapping[int, int]

    def texts_with(self, key: int) -> TextMatches:
        """Return the texts that hold the key."""
        once = self.once.get(key, 0)
        return TextMatches(once, self.often.get(key, 0)) if once else NO_TEXTS

    def texts_with_any(self, keys: Iterable[int]) -> TextMatches:
        """Return the texts that hold one of the keys; a text that holds two of them holds them often."""
        once = often = 0
        for key in keys:
            bits = self.once[key]
            often |= once & bits | self.often.get(key, 0)
            once |= bits
        return TextMatches(once, often)


NO_TEXTS = TextMatches(0, 0)


def _repeats(line: str, phrase: str) -> bool:
    """Return whether a phrase begins at MIN_OFTEN places of a line, which may overlap."""
    return line.find(phrase, line.find(phrase) + 1) >= 0


def _index_keys(keys_by_rank: Iterable[Iterable[int]]) -> _KeyIndex:
    once: dict[int, int] = {}
    often: dict[int, int] = {}
    for rank, keys in enumerate(keys_by_rank):
        bit = 1 << rank
        for key in keys:
            texts = once.get(key, 0)
            if texts < bit:  # the ranks go up, so this is the key's first place in the text
                once[key] = texts | bit
            else:
                often[key] = often.get(key, 0) | bit
    return _KeyIndex(once, often)


def collect_ranks(ranks: Iterable[int]) -> int:
    """Return *ranks* as a set of papers."""
    return reduce(or_, map((1).__lshift__, ranks), 0)


def iterate_ranks(bits: int) -> Iterator[int]:
    """Yield the ranks in a set of papers, lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
