"""Sets of a day's papers as tables of truth values, for work on many of them at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def unpack_sets(sets: Sequence[int], size: int) -> NDArray[np.bool_]:
    """Return sets of papers as the rows of a table with a column for each of *size* papers."""
    length = (size + 7) // 8
    packed = np.frombuffer(b"".join([each.to_bytes(length, "little") for each in sets]), dtype=np.uint8)
    rows = packed.reshape(len(sets), length)
    return np.unpackbits(rows, axis=1, count=size, bitorder="little").view(np.bool_)
