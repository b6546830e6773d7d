"""An index of the terms of some papers, to compare all of them with one text at a time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.text.embedding import mix_similarity
from digest.ranking.text.paper_vector import PaperVector


class TermIndex:
    """The vectors of some papers, by term."""

    def __init__(self, vectors: Sequence[PaperVector]) -> None:
        self._size = len(vectors)
        counts = [len(vector.terms) for vector in vectors]
        terms = np.concatenate([vector.terms for vector in vectors] or [np.zeros(0, np.uint32)])
        order = terms.argsort(kind="stable")
        self._terms = terms[order]
        self._papers = np.repeat(np.arange(self._size), counts)[order]
        self._weights = np.concatenate([vector.weights for vector in vectors] or [np.zeros(0, np.uint8)])[order]
        self._lengths = np.array([vector.length or 1.0 for vector in vectors])
        self._embeddings = [vector.embedding for vector in vectors]

    def compare(self, vector: PaperVector) -> NDArray[np.float64]:
        """Return how similar *vector* and each paper are, from 0 to 1: by words, and by a model's vectors if any."""
        cosines = self.compare_words(vector)
        if vector.embedding is None:
            return cosines
        mixed = mix_similarity(cosines[np.newaxis], [vector.embedding], self._embeddings)[0]
        bounded: NDArray[np.float64] = np.minimum(np.maximum(mixed, 0.0), 1.0)
        return bounded

    def compare_words(self, vector: PaperVector) -> NDArray[np.float64]:
        """Return the cosine of *vector* and each paper, from 0 to 1: products of whole numbers, so they are exact."""
        first = self._terms.searchsorted(vector.terms, "left")
        counts = self._terms.searchsorted(vector.terms, "right") - first
        shared = counts.sum()
        if not shared:
            return np.zeros(self._size)
        places = np.arange(shared) + np.repeat(first - (counts.cumsum() - counts), counts)
        products = self._weights[places].astype(np.float64) * np.repeat(vector.weights, counts)
        found = np.bincount(self._papers[places], products, self._size)
        return found.astype(np.float64) / (self._lengths * (vector.length or 1.0))
