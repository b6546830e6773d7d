"""How similar the papers of a day are to each other, computed for a paper when it first stands in a letter."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# Similarities are kept in so many steps, a byte each.
STEPS = 255


class PaperSimilarity:
    """The similarity of each two papers of a day, from 0 to 1."""

    def __init__(self, size: int, compare: Callable[[int], NDArray[np.float64]]) -> None:
        """*compare* returns the similarity of all *size* papers to the one of a rank."""
        self._compare = compare
        # The system gives memory only for the rows that are filled.
        self._rows = np.zeros((size, size), dtype=np.uint8)
        self._is_filled = np.zeros(size, dtype=np.bool_)

    def between(self, ranks: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how similar each of *ranks* is to the papers in its row of *others*."""
        for rank in np.unique(ranks[~self._is_filled[ranks]]).tolist():
            self._rows[rank] = np.rint(STEPS * np.clip(self._compare(rank), 0.0, 1.0))
            self._is_filled[rank] = True
        return self._rows[ranks[:, None], others] / STEPS
