"""An index of the terms of some papers, to compare all of them with other texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.text.embedding import mix_similarity
from digest.ranking.text.paper_vector import PaperVector, WeighedTerms
from digest.ranking.text.term_rarity import TERM_COUNT

# So many texts are compared at a time: their products fit into a processor's cache.
TEXTS_AT_ONCE = 16

# A weight is below 256.
_WEIGHT_BITS = 8
_WEIGHT_MASK = (1 << _WEIGHT_BITS) - 1


class TermIndex:
    """The vectors of some papers, by term."""

    def __init__(self, vectors: Sequence[PaperVector]) -> None:
        self._size = len(vectors)
        stacked = stack_vectors(vectors)
        order = stacked.terms.argsort(kind="stable")
        # Where in the list below the papers of each term begin, by its number; those of the next term follow.
        self._starts = np.zeros(TERM_COUNT + 1, np.int64)
        np.cumsum(np.bincount(stacked.terms, minlength=TERM_COUNT), out=self._starts[1:])
        # A paper and the weight that the term has in it, in one number: looking up two would take twice as long.
        self._postings = (stacked.texts[order] << _WEIGHT_BITS | stacked.weights[order]).astype(np.int32)
        self._lengths = np.array([vector.length or 1.0 for vector in vectors])
        self._embeddings = [vector.embedding for vector in vectors]

    def compare_all(self, vectors: Sequence[PaperVector]) -> NDArray[np.float64]:
        """Return how similar each of *vectors* (rows) and each paper are, from 0 to 1, by words and by a model, if any.

        Each row is what its vector has alone, whatever the others are.
        """
        found = self.compare_words(vectors)
        embedded = [row for row, vector in enumerate(vectors) if vector.embedding is not None]
        if embedded:
            mixed = mix_similarity(found[embedded], [vectors[row].embedding for row in embedded], self._embeddings)
            found[embedded] = np.minimum(np.maximum(mixed, 0.0), 1.0)
        return found

    def compare_words(self, vectors: Sequence[PaperVector]) -> NDArray[np.float64]:
        """Return the cosine by words of each of *vectors* (rows) and each paper, from 0 to 1."""
        found = np.zeros((len(vectors), self._size))
        for start in range(0, len(vectors), TEXTS_AT_ONCE):
            stop = min(start + TEXTS_AT_ONCE, len(vectors))
            found[start:stop] = self._compare_few(stack_vectors(vectors[start:stop]), stop - start)
        return found

    def find_sharing(self, terms: WeighedTerms) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the texts and the papers that share terms, and the cosines of the two, by texts and papers.

        For short texts, which share terms with few papers.
        """
        cells, products = self._multiply(terms)
        order = cells.argsort(kind="stable")
        cells = cells[order]
        first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])) if len(cells) else cells
        sums = np.add.reduceat(products[order], first) if len(cells) else products
        texts, papers = np.divmod(cells[first], max(1, self._size))
        return texts, papers, sums / (self._lengths[papers] * _measure_lengths(terms)[texts])

    def _compare_few(self, terms: WeighedTerms, count: int) -> NDArray[np.float64]:
        """Return the cosine of each of *count* texts (rows) and each paper, from 0 to 1."""
        cells, products = self._multiply(terms)
        found = np.bincount(cells, products, count * self._size).astype(np.float64, copy=False)
        lengths = _measure_lengths(terms, count)
        cosines: NDArray[np.float64] = found.reshape(count, self._size) / np.multiply.outer(lengths, self._lengths)
        return cosines

    def _multiply(self, terms: WeighedTerms) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the products of weights of the terms that texts and papers share, and a number for each two of these.

        Products are whole numbers, so that their sums are exact in whatever order they are added.
        """
        first = self._starts[terms.terms]
        shared = self._starts[terms.terms + 1] - first
        places = np.arange(shared.sum()) + np.repeat(first - (shared.cumsum() - shared), shared)
        postings = self._postings[places]
        products = (postings & _WEIGHT_MASK) * np.repeat(terms.weights.astype(np.int32), shared)
        return (postings >> _WEIGHT_BITS) + np.repeat(self._size * terms.texts, shared), products


def _measure_lengths(terms: WeighedTerms, count: int = 0) -> NDArray[np.float64]:
    """Return the Euclidean length of each text; 1 for one without terms."""
    squares = np.bincount(terms.texts, terms.weights.astype(np.float64) ** 2, count)
    lengths: NDArray[np.float64] = np.sqrt(np.maximum(squares, 1.0))
    return lengths


def stack_vectors(vectors: Sequence[PaperVector]) -> WeighedTerms:
    """Return the terms of vectors, each with the place of its vector."""
    counts = [len(vector.terms) for vector in vectors]
    return WeighedTerms(
        np.repeat(np.arange(len(vectors)), counts),
        np.concatenate([vector.terms for vector in vectors] or [np.zeros(0, np.uint32)]).astype(np.int64),
        np.concatenate([vector.weights for vector in vectors] or [np.zeros(0, np.uint8)]),
    )
