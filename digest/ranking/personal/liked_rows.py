"""How similar the papers of a day are to papers that readers marked, computed once for each of those and kept."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.personal.signals import WeightedPaper
from digest.ranking.text.term_index import TermIndex

# Similarities are kept in thousandths.
UNIT = 1000

# All rows together; those that nobody asked for longest go first.
MAX_BYTES = 1 << 26

# There is room for at least so many: a reader has fewer marks.
MIN_ROWS = 512


class LikedRows:
    """A row of similarities for each marked paper, with a column for each paper of the day."""

    def __init__(self, terms: TermIndex, size: int) -> None:
        self._terms = terms
        self._room = max(MIN_ROWS, MAX_BYTES // (2 * max(1, size)))
        self._rows = np.zeros((self._room, size), dtype=np.uint16)
        self._places: OrderedDict[tuple[str, str], int] = OrderedDict()

    def find(self, papers: Sequence[WeightedPaper]) -> NDArray[np.uint16]:
        """Return a row for each of *papers*, at most MIN_ROWS, in thousandths."""
        return self._rows[[self._find_place(paper) for paper in papers]]

    def find_column(self, papers: Sequence[WeightedPaper], rank: int) -> NDArray[np.uint16]:
        """Return the same for the paper of one rank."""
        return self._rows[[self._find_place(paper) for paper in papers], rank]

    def _find_place(self, paper: WeightedPaper) -> int:
        key = (paper.arxiv_id, paper.title)
        place = self._places.get(key)
        if place is not None:
            self._places.move_to_end(key)
            return place
        place = len(self._places) if len(self._places) < self._room else self._places.popitem(last=False)[1]
        self._rows[place] = np.rint(UNIT * self._terms.compare(paper.vector))
        self._places[key] = place
        return place
