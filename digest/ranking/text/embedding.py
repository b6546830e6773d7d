"""Compares papers by the vectors that an embedding model gave their texts. Optional: the product needs no such model.

A vector is kept in whole numbers from -127 to 127, one byte each, so that products are exact on every machine. What
rounding costs is far below what models differ in: the cosine moves by less than a hundredth.
"""

from collections.abc import Mapping, Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

# A vector's largest number becomes this one.
LARGEST = 127

# A cosine by the model counts by what it has above the mean of the day's papers plus MARGIN; EMBEDDING_SHARE times that
# is added to the cosine by words. Without the margin half of all papers would come a little nearer: that says nothing.
MARGIN, EMBEDDING_SHARE = 0.3, 0.4

# Cosines are rounded to such parts, so that their mean is the same on every machine.
COSINE_PARTS = 1 << 10

# Models have up to 4,096 dimensions; a product of two vectors stays below 2**53.
MAX_DIMENSIONS = 1 << 14


def quantise(values: Sequence[float]) -> bytes:
    """Return a vector as one byte for each number. Raises ValueError for what is no vector, or has no length."""
    if not 0 < len(values) <= MAX_DIMENSIONS:
        raise ValueError(f"a vector of {len(values)} numbers")
    if not all(map(isfinite, values)):
        raise ValueError("a vector with numbers that are not finite")
    largest = max(map(abs, values))
    if not largest:
        raise ValueError("a vector without length")
    return np.array([round(LARGEST * (value / largest)) for value in values], np.int8).tobytes()


def embedding_similarity(liked: Sequence[bytes | None], papers: Sequence[bytes | None]) -> NDArray[np.float64]:
    """Return the cosine of each of *liked* (rows) and each of *papers* (columns), from -1 to 1.

    It is 0 where one of the two has no vector, or one of another model. Vectors are as `quantise` gives them.
    """
    similarity = np.zeros((len(liked), len(papers)))
    columns = _group_by_size(papers)
    for size, rows in _group_by_size(liked).items():
        if size in columns:
            similarity[np.ix_(rows, columns[size])] = _compare(
                _stack([liked[row] for row in rows], size), _stack([papers[column] for column in columns[size]], size)
            )
    return similarity


def mix_similarity(
    by_words: NDArray[np.float64], liked: Sequence[bytes | None], papers: Sequence[bytes | None]
) -> NDArray[np.float64]:
    """Return similarities by words (a row for each of *liked*) with those by vectors mixed in, where there are any.

    What counts is by how much a paper is more similar than the others with vectors are on average: where cosines begin
    differs from model to model. All others stay as they are.
    """
    parts = np.rint(COSINE_PARTS * embedding_similarity(liked, papers))
    held = np.zeros(parts.shape, np.bool_)
    columns = _group_by_size(papers)
    for size, rows in _group_by_size(liked).items():
        held[np.ix_(rows, columns.get(size, []))] = True
    usual = np.sum(parts, axis=1) / np.maximum(np.sum(held, axis=1), 1)
    above = np.maximum(parts / COSINE_PARTS - (usual / COSINE_PARTS + MARGIN)[:, np.newaxis], 0.0)
    mixed: NDArray[np.float64] = by_words + np.where(held, EMBEDDING_SHARE * above, 0.0)
    return mixed


def _group_by_size(vectors: Sequence[bytes | None]) -> Mapping[int, list[int]]:
    """Return the places of the vectors of each size: those of different models cannot be compared."""
    groups: dict[int, list[int]] = {}
    for place, vector in enumerate(vectors):
        if vector:
            groups.setdefault(len(vector), []).append(place)
    return groups


def _stack(vectors: Sequence[bytes | None], size: int) -> NDArray[np.float64]:
    return np.frombuffer(b"".join(filter(None, vectors)), np.int8).reshape(-1, size).astype(np.float64)


def _compare(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosine of each row of the one table and each row of the other."""
    # Whole numbers below 2**53: they add up alike in every order.
    products: NDArray[np.float64] = rows @ columns.T
    cosines: NDArray[np.float64] = products / np.sqrt(_squares(rows)[:, np.newaxis] * _squares(columns))
    return cosines


def _squares(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared length of each vector; 1 for one without length, which only damage leaves."""
    squares: NDArray[np.float64] = np.maximum(np.sum(vectors * vectors, axis=1), 1.0)
    return squares
