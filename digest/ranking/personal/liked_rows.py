"""What the papers of a day have in common with papers that readers marked, computed once for each of those and kept."""

from collections import OrderedDict
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
    categories: NDArray[np.uint8]
    primary: NDArray[np.uint8]
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
        self._room = max(MIN_ROWS, min(MAX_ROWS, MAX_BYTES // (2 * max(1, size + categories))))
        # The system gives memory only for the rows that are filled.
        self._similarities = np.zeros((self._room, size), dtype=np.uint16)
        self._categories = np.zeros((self._room, categories), dtype=np.uint8)
        self._primary = np.zeros((self._room, categories), dtype=np.uint8)
        self._same_categories = [0] * self._room
        self._same_author = [0] * self._room
        # By the vector object, as whoever loads a paper loads it once for all readers.
        self._places: OrderedDict[PaperVector, int] = OrderedDict()

    def find(self, papers: Sequence[WeightedPaper]) -> MarkedRows:
        """Return the rows of *papers*, at most MIN_ROWS."""
        places = self._find_places(papers)
        return MarkedRows(
            self._similarities[places],
            self._categories[places],
            self._primary[places],
            [self._same_categories[place] for place in places],
            [self._same_author[place] for place in places],
        )

    def find_similarities(self, papers: Sequence[WeightedPaper], ranks: Sequence[int]) -> NDArray[np.uint16]:
        """Return how similar the papers of some ranks are to *papers*, in thousandths: a row for each of these."""
        places = self._find_places(papers)
        similarities: NDArray[np.uint16] = self._similarities[np.array(places)[:, None], np.array(ranks)]
        return similarities

    def _find_places(self, papers: Sequence[WeightedPaper]) -> list[int]:
        unknown = {paper.vector: paper for paper in papers if paper.vector not in self._places}
        for paper in papers:
            if paper.vector not in unknown:
                self._places.move_to_end(paper.vector)
        if unknown:
            self._add(list(unknown.values()))
        return [self._places[paper.vector] for paper in papers]

    def _add(self, papers: Sequence[WeightedPaper]) -> None:
        similarities = self._terms.compare_all([paper.vector for paper in papers])
        for paper, row in zip(papers, similarities, strict=True):
            place = len(self._places) if len(self._places) < self._room else self._places.popitem(last=False)[1]
            traits = self._describe(paper)
            self._similarities[place] = np.rint(UNIT * row)
            self._categories[place] = self._primary[place] = 0
            self._categories[place, list(traits.categories)] = 1
            self._primary[place, list(traits.primary)] = 1
            self._same_categories[place], self._same_author[place] = traits.same_categories, traits.same_author
            self._places[paper.vector] = place
