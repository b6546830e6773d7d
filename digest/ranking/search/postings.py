"""What a search asks of an index, and an index in memory.

Papers have numbers. A posting is a paper and a place in it, as one number: `paper * PLACES_PER_PAPER + place`.
Postings ascend.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digest.ranking.search.paper_terms import PLACES_PER_PAPER, SearchedText, list_terms
from digest.ranking.search.stems import stem

Postings = NDArray[np.int64]
NO_POSTINGS: Postings = np.zeros(0, np.int64)


class SearchIndex(Protocol):
    @property
    def lengths(self) -> NDArray[np.float64]:
        """Return the length of each paper by its number; 0 where there is none."""

    def by_term(self, terms: Collection[str]) -> Mapping[str, Postings]:
        """Return the postings of those terms that papers have."""

    def by_stem(self, stems: Collection[str]) -> Mapping[str, Postings]:
        """Return the postings of all words of title or abstract that have these stems."""

    def by_beginning(self, beginning: str) -> Postings:
        """Return the postings of all terms that begin so, words for a word, and terms of a field for one of it."""


class MemoryIndex:
    """Papers are numbered in their order."""

    def __init__(self, papers: Sequence[SearchedText]) -> None:
        found: defaultdict[str, list[int]] = defaultdict(list)
        lengths = []
        for number, paper in enumerate(papers):
            terms = list_terms(paper)
            lengths.append(terms.length)
            for term, places in terms.places.items():
                found[term] += [number * PLACES_PER_PAPER + place for place in places]
        self.lengths = np.array(lengths, np.float64)
        self._postings = {term: np.array(each, np.int64) for term, each in found.items()}
        self._words: defaultdict[str, list[str]] = defaultdict(list)
        for term in found:
            if ":" not in term:
                self._words[stem(term)].append(term)

    def by_term(self, terms: Collection[str]) -> dict[str, Postings]:
        return {term: self._postings[term] for term in terms if term in self._postings}

    def by_stem(self, stems: Collection[str]) -> dict[str, Postings]:
        return {
            each: merge([self._postings[word] for word in self._words[each]]) for each in stems if each in self._words
        }

    def by_beginning(self, beginning: str) -> Postings:
        found = (term for term in self._postings if term.startswith(beginning) and (":" in term) == (":" in beginning))
        return merge([self._postings[term] for term in found])


def merge(several: Sequence[Postings]) -> Postings:
    """Return postings of several terms as those of one. No two terms stand at one place."""
    if not several:
        return NO_POSTINGS
    return several[0] if len(several) == 1 else np.sort(np.concatenate(several))


def followed_by(first: Postings, second: Postings, distance: int) -> Postings:
    """Return the postings of *first* that have one of *second* so many places behind."""
    if len(first) > len(second):
        wanted = second - distance
        return wanted[_are_in(wanted, first)]
    return first[_are_in(first + distance, second)]


def _are_in(some: Postings, postings: Postings) -> NDArray[np.bool_]:
    if not len(postings):
        return np.zeros(len(some), np.bool_)
    places = np.minimum(np.searchsorted(postings, some), len(postings) - 1)
    found: NDArray[np.bool_] = postings[places] == some
    return found
