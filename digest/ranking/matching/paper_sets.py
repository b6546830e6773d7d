"""Sets of a day's papers as tables of truth values or lists of ranks, for work on many of them at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def unpack_sets(sets: Sequence[int], size: int) -> NDArray[np.bool_]:
    """Return sets of papers as the rows of a table with a column for each of *size* papers."""
    return np.unpackbits(_pack(sets, size), axis=1, count=size, bitorder="little").view(np.bool_)


def list_members(sets: Sequence[int], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of the set and the rank for each paper of each set, in this order. Small sets cost little."""
    packed = _pack(sets, size)
    rows, columns = np.divmod(packed.ravel().nonzero()[0], max(1, packed.shape[1]))
    filled, bits = np.unpackbits(packed[rows, columns, np.newaxis], axis=1, bitorder="little").nonzero()
    return rows[filled], 8 * columns[filled] + bits


def are_members(
    sets: Sequence[int], size: int, places: NDArray[np.int64], ranks: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return for each of *ranks* whether the paper is in the set at the same one of *places*."""
    packed = _pack(sets, size)
    found: NDArray[np.bool_] = (packed[places, ranks >> 3] >> (ranks & 7).astype(np.uint8) & 1) == 1
    return found


def _pack(sets: Sequence[int], size: int) -> NDArray[np.uint8]:
    length = (size + 7) // 8
    packed = np.frombuffer(b"".join([each.to_bytes(length, "little") for each in sets]), dtype=np.uint8)
    return packed.reshape(len(sets), length)
