"""An inverted index over one field of a day's papers: word -> set of papers, as the bits of an int."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

# How many times a text must hold words to hold them often.
MIN_OFTEN = 2


class InvertedIndex:
    """Texts by rank, as words. Bit n of every answer stands for the text of rank n."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        bits: defaultdict[str, int] = defaultdict(int)
        often: defaultdict[str, int] = defaultdict(int)
        for rank, words in enumerate(texts):
            bit = 1 << rank
            for word, times in Counter(words).items():
                bits[word] |= bit
                if times >= MIN_OFTEN:
                    often[word] |= bit
        self._bits = dict(bits)
        self._often = dict(often)
        self._lines = [f" {' '.join(words)} " for words in texts]

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(self._bits)

    def words(self, rank: int) -> list[str]:
        """Return the words of one text, in their order."""
        return self._lines[rank].split()

    def word(self, word: str) -> int:
        """Return the texts that hold the word."""
        return self._bits.get(word, 0)

    def beginning(self, start: str) -> int:
        """Return the texts with a word that begins with *start*."""
        found = 0
        for place in range(bisect_left(self._vocabulary, start), len(self._vocabulary)):
            if not self._vocabulary[place].startswith(start):
                break
            found |= self._bits[self._vocabulary[place]]
        return found

    def phrase(self, words: Sequence[str]) -> int:
        """Return the texts with the words side by side. A last word that ends in `*` stands for all that begin so."""
        open_ended = words[-1].endswith("*")
        last = words[-1].removesuffix("*")
        found = self.beginning(last) if open_ended else self.word(last)
        for word in words[:-1]:
            found &= self.word(word)
        if len(words) == 1 or not found:
            return found
        phrase = f" {' '.join((*words[:-1], last))}" + ("" if open_ended else " ")
        return sum(1 << rank for rank in iterate_ranks(found) if phrase in self._lines[rank])

    @cached_property
    def pairs(self) -> tuple[dict[str, int], dict[str, int]]:
        """Map every two words side by side to the texts that hold them, and to those that do so several times."""
        once: defaultdict[str, int] = defaultdict(int)
        often: defaultdict[str, int] = defaultdict(int)
        for rank, line in enumerate(self._lines):
            bit = 1 << rank
            for pair, times in Counter(map(" ".join, pairwise(line.split()))).items():
                once[pair] |= bit
                if times >= MIN_OFTEN and line.count(f" {pair} ") >= MIN_OFTEN:
                    often[pair] |= bit
        return dict(once), dict(often)

    def often(self, words: Sequence[str], among: int) -> int:
        """Return those *among* the texts that hold the words several times."""
        open_ended = words[-1].endswith("*")
        for word in words[:-1] if open_ended else words:
            among &= self._often.get(word, 0)
        if len(words) == 1 and not open_ended:
            return among
        phrase = f" {' '.join(words)}".removesuffix("*") + ("" if open_ended else " ")
        return sum(1 << rank for rank in iterate_ranks(among) if self._lines[rank].count(phrase) >= MIN_OFTEN)


def iterate_ranks(bits: int) -> Iterator[int]:
    """Yield the ranks in a set of papers, lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def lowest_ranks(bits: int, most: int) -> list[int]:
    """Return the lowest ranks in a set of papers, up to *most* of them."""
    found: list[int] = []
    while bits and len(found) < most:
        first = bits & -bits
        found.append(first.bit_length() - 1)
        bits ^= first
    return found
