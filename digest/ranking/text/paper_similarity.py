"""How similar the papers of a day are to each other, computed once for each paper."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# Similarities are kept in so many steps, a byte each.
STEPS = 255

# What is computed anyway is kept if the papers of the day take no more: those of six days. Else a paper's similarities
# are computed when it first stands in a letter.
MAX_KEPT_BYTES = 1 << 25


class PaperSimilarity:
    """The similarity of each two papers of a day."""

    def __init__(self, size: int, compare: Callable[[int], NDArray[np.float64]]) -> None:
        """*compare* returns the similarity of all *size* papers to the one of a rank."""
        self._compare = compare
        # The system gives memory only for the rows that are filled.
        self._rows = np.zeros((size, size), dtype=np.uint8)
        self._is_filled = np.zeros(size, dtype=np.bool_)

    def between(self, ranks: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return how similar each of *ranks* is to the papers in its row of *others*, in STEPS."""
        for rank in {*ranks[~self._is_filled[ranks]].tolist()}:
            self._fill(slice(rank, rank + 1), self._compare(rank)[np.newaxis])
        similarities: NDArray[np.uint8] = self._rows[ranks[:, None], others]
        return similarities

    def keep(self, first: int, similarities: NDArray[np.float64]) -> None:
        """Keep a table that has a row for each rank from *first* on: what `compare` returns for it."""
        if self._rows.nbytes <= MAX_KEPT_BYTES:
            self._fill(slice(first, first + len(similarities)), similarities)

    def _fill(self, ranks: slice, similarities: NDArray[np.float64]) -> None:
        self._rows[ranks] = np.rint(STEPS * np.clip(similarities, 0.0, 1.0))
        self._is_filled[ranks] = True
