"""Draws lots from the paper, the day and the reader alone, so that a letter comes out alike each time.

Numbers are mixed as SplitMix64 does (Steele, Lea and Flood, 2014), in whole numbers of 64 bits: the same everywhere.
"""

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

GOLDEN_RATIO, FIRST_FACTOR, SECOND_FACTOR = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

# A float holds 53 bits exactly.
FLOAT_BITS = 53


def tie_breaker(arxiv_id: str, day: date) -> bytes:
    """Return what decides between equals: different every day, the same however often it is computed."""
    return blake2b(f"{day} {arxiv_id}".encode(), digest_size=8).digest()


def key_papers(arxiv_ids: Iterable[str], day: date) -> NDArray[np.uint64]:
    """Return a number for each paper, another one every day."""
    keys = [int.from_bytes(tie_breaker(arxiv_id, day), "big") for arxiv_id in arxiv_ids]
    return np.array(keys, dtype=np.uint64)


def draw(reader_ids: NDArray[np.int64], paper_keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return a number from 0 to below 1 for each reader and paper.

    *reader_ids* has one row for each reader and a single column, *paper_keys* a row for each reader or for all.
    """
    mixed = _mix(_mix(reader_ids.astype(np.uint64)) ^ paper_keys)
    return (mixed >> np.uint64(64 - FLOAT_BITS)).astype(np.float64) * 2.0**-FLOAT_BITS


def _mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the next number of SplitMix64 for each of *numbers*."""
    mixed = numbers + np.uint64(GOLDEN_RATIO)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(FIRST_FACTOR)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(SECOND_FACTOR)
    return mixed ^ (mixed >> np.uint64(31))
