"""What the papers of a day have in common with papers that readers marked, computed once for each of those and kept."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.ranking.personal.signals import WeightedPaper
from digest.ranking.text.paper_vector import PaperVector
from digest.ranking.text.term_index import TermIndex

# Similarities are kept in thousandths.
UNIT = 1000

# All rows together; those that nobody asked for longest go first.
MAX_BYTES = 1 << 26

# There is room for at least so many: a reader has fewer marks. No more are kept than so many.
MIN_ROWS, MAX_ROWS = 512, 1 << 14

# Where there is no room for another row, one of so many is evicted.
EVICTED_SHARE = 8


class Traits(NamedTuple):
    """What else a marked paper has in common with the papers of the day."""

    # The numbers of its categories among those of the day, and of the primary one.
    categories: Sequence[int]
    primary: Sequence[int]
    # The papers with just the same categories, and those by one of its authors, as sets.
    same_categories: int
    same_author: int


class MarkedRows(NamedTuple):
    """Some marked papers: a row for each."""

    # A column for each paper of the day: how similar it is, in thousandths.
    similarities: NDArray[np.uint16]
    # A column for each category of the day: whether the paper is listed there; whether that is its primary one.
    categories: NDArray[np.uint16]
    primary: NDArray[np.uint16]
    # Sets of papers of the day.
    same_categories: Sequence[int]
    same_author: Sequence[int]


class LikedRows:
    """A row for each marked paper. *describe* returns the traits of one, *categories* is how many the day has."""

    def __init__(
        self, terms: TermIndex, size: int, categories: int, describe: Callable[[WeightedPaper], Traits]
    ) -> None:
        self._terms = terms
        self._describe = describe
        self._room = max(MIN_ROWS, min(MAX_ROWS, MAX_BYTES // (2 * max(1, size + 2 * categories))))
        # The system gives memory only for the rows that are filled.
        self._similarities = np.zeros((self._room, size), dtype=np.uint16)
        # As wide as the number of a reader's marks, so that they are added up as they are.
        self._categories = np.zeros((self._room, categories), dtype=np.uint16)
        self._primary = np.zeros((self._room, categories), dtype=np.uint16)
        self._same_categories = [0] * self._room
        self._same_author = [0] * self._room
        # By the vector object, as whoever loads a paper loads it once for all readers.
        self._places: dict[PaperVector, int] = {}
        self._free = list(range(self._room))
        # By place, the number of the last call that asked for it.
        self._asked_at = np.zeros(self._room, np.int64)
        self._calls = 0

    def find(self, papers: Sequence[WeightedPaper]) -> MarkedRows:
        """Return the rows of *papers*, at most MIN_ROWS."""
        places = self._find_places(papers)
        return MarkedRows(
            self._similarities.take(places, axis=0),
            self._categories.take(places, axis=0),
            self._primary.take(places, axis=0),
            [self._same_categories[place] for place in places],
            [self._same_author[place] for place in places],
        )

    def find_similarities(self, papers: Sequence[WeightedPaper], ranks: Sequence[int]) -> NDArray[np.uint16]:
        """Return how similar the papers of some ranks are to *papers*, in thousandths: a row for each of these."""
        places = self._find_places(papers)
        similarities: NDArray[np.uint16] = self._similarities[np.array(places)[:, None], ranks]
        return similarities

    def _find_places(self, papers: Sequence[WeightedPaper]) -> list[int]:
        places = [self._places.get(paper.vector, -1) for paper in papers]
        self._calls += 1
        if -1 in places:
            self._asked_at[[place for place in places if place >= 0]] = self._calls
            self._add(list({paper.vector: paper for paper in papers if paper.vector not in self._places}.values()))
            places = [self._places[paper.vector] for paper in papers]
        self._asked_at[places] = self._calls
        return places

    def _add(self, papers: Sequence[WeightedPaper]) -> None:
        similarities = self._terms.compare_all([paper.vector for paper in papers])
        if len(self._free) < len(papers):
            self._evict(max(len(papers), self._room // EVICTED_SHARE))
        places = [self._free.pop() for _ in papers]
        self._similarities[places] = np.rint(UNIT * similarities)
        for paper, place in zip(papers, places, strict=True):
            traits = self._describe(paper)
            self._categories[place] = self._primary[place] = 0
            self._categories[place, list(traits.categories)] = 1
            self._primary[place, list(traits.primary)] = 1
            self._same_categories[place], self._same_author[place] = traits.same_categories, traits.same_author
            self._places[paper.vector] = place

    def _evict(self, most: int) -> None:
        """Free the places of *most* papers that nobody asked for longest."""
        by_age = sorted(self._places.items(), key=lambda item: self._asked_at[item[1]])
        for vector, place in by_age[:most]:
            del self._places[vector]
            self._free.append(place)
