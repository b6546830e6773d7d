"""The vectors of many papers in one table, so that all of them are compared with another at once, in whole numbers."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from digest.ranking.text.paper_vector import PaperVector
from digest.ranking.text.term_rarity import TERM_COUNT

# A vector of length 1 is counted in so many parts: sums of thousands of them stay exact.
UNIT_PARTS = 1 << 12


class VectorTable:
    """Papers by place. What it sums are whole numbers below 2**53, so that no order of adding matters."""

    def __init__(self, terms: NDArray[np.uint32], weights: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        """*terms* and *weights* hold one paper after the other: paper n from `starts[n]` to before `starts[n + 1]`."""
        self._terms, self._weights, self._starts = terms, weights.astype(np.float64), starts
        squares = self._sum_by_paper(self._weights * self._weights)
        # The length of each vector, 1 where it is empty: what is divided by it is 0 then.
        self.lengths: NDArray[np.float64] = np.sqrt(np.maximum(squares, 1.0))

    @classmethod
    def of(cls, vectors: Sequence[PaperVector]) -> Self:
        starts = np.cumsum([0, *(len(vector.terms) for vector in vectors)], dtype=np.int64)
        if not vectors:
            return cls(np.zeros(0, np.uint32), np.zeros(0, np.uint8), starts)
        terms = np.concatenate([vector.terms for vector in vectors])
        return cls(terms, np.concatenate([vector.weights for vector in vectors]), starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def similarities(self, other: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the cosine of each paper and a vector that `total` or `to_dense` gave."""
        length = np.sqrt(np.maximum(np.sum(other * other), 1.0))
        products = self._weights * other[self._terms]
        cosines: NDArray[np.float64] = self._sum_by_paper(products) / (self.lengths * length)
        return cosines

    def similarities_to(self, vector: PaperVector) -> NDArray[np.float64]:
        """Return the cosine of each paper and *vector*, by reading only what holds its terms."""
        terms, papers, weights = self._by_term
        first, last = (np.searchsorted(terms, vector.terms, side) for side in ("left", "right"))
        counts = last - first
        # The places of all entries of these terms, one term after the other.
        entries = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
        products = weights[entries] * np.repeat(vector.weights.astype(np.float64), counts)
        sums = np.bincount(papers[entries], products, len(self))
        cosines: NDArray[np.float64] = sums / (self.lengths * max(vector.length, 1.0))
        return cosines

    @cached_property
    def _by_term(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.float64]]:
        """Return all terms in their order, and of each entry the paper and the weight."""
        order = np.argsort(self._terms, kind="stable")
        papers = np.repeat(np.arange(len(self)), np.diff(self._starts))
        return self._terms[order], papers[order], self._weights[order]

    def to_dense(self, place: int) -> NDArray[np.float64]:
        """Return one paper's vector with a place for every term."""
        held = slice(self._starts[place], self._starts[place + 1])
        dense = np.zeros(TERM_COUNT)
        dense[self._terms[held]] = self._weights[held]
        return dense

    def total(self) -> NDArray[np.float64]:
        """Return the sum of all papers, each with length 1 in UNIT_PARTS."""
        sizes = np.diff(self._starts)
        parts = np.rint(self._weights * (UNIT_PARTS / np.repeat(self.lengths, sizes)))
        return np.bincount(self._terms, parts, TERM_COUNT).astype(np.float64)

    def unit(self, place: int) -> NDArray[np.float64]:
        """Return what the paper adds to `total`."""
        unit: NDArray[np.float64] = np.rint(self.to_dense(place) * (UNIT_PARTS / self.lengths[place]))
        return unit

    def _sum_by_paper(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        running = np.concatenate(([0.0], np.cumsum(values)))
        sums: NDArray[np.float64] = running[self._starts[1:]] - running[self._starts[:-1]]
        return sums
