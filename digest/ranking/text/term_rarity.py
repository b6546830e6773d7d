"""How rare each word and pair of neighbouring words is among papers, in a small table that comes with the package.

A term is known by a number that is computed from its letters (feature hashing, Weinberger and others 2009). So the
table needs no list of words, and knows words that nobody had written when it was made: the rare ones share a place with
a few others that are as rare.
"""

import lzma
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

RARITY_FILE = Path(__file__).with_name("term_rarity.xz")

# Places in the table: for words, and after them for pairs of words.
WORD_PLACES, PAIR_PLACES = 1 << 17, 1 << 18
TERM_COUNT = WORD_PLACES + PAIR_PLACES

# ln(papers / papers that hold a term) is kept in sixteenths.
RARITY_UNIT = 16

# Terms in more than about one paper of five say nothing about the subject, and would take most of the time.
MIN_RARITY = 1.5


@dataclass(frozen=True, eq=False)
class TermRarity:
    """The rarity of each term by its number, in sixteenths; 0 for terms that say nothing."""

    values: NDArray[np.uint8]


def number_word(word: str) -> int:
    """Return the number of a word, as `tokens` gives it."""
    return crc32(word.encode()) % WORD_PLACES


def number_pair(first: str, second: str) -> int:
    """Return the number of two words that stand side by side."""
    return WORD_PLACES + crc32(f"{first} {second}".encode()) % PAIR_PLACES


def measure_rarity(texts: Iterable[Iterable[int]]) -> TermRarity:
    """Return how rare terms are among *texts*, each given by the numbers of the terms it holds."""
    papers, holding = 0, np.zeros(TERM_COUNT, np.int64)
    for terms in texts:
        holding[np.fromiter(set(terms), np.int64)] += 1
        papers += 1
    # By how many papers hold a term, so that each logarithm is rounded once, by the same function everywhere.
    rounded = [round(RARITY_UNIT * log((papers + 1) / (count + 1))) for count in range(papers + 1)]
    values = np.array([value if value >= RARITY_UNIT * MIN_RARITY else 0 for value in rounded], np.uint8)
    return TermRarity(values[holding])


def format_rarity(rarity: TermRarity) -> bytes:
    """Return the contents of the file: one byte a term, compressed."""
    return lzma.compress(rarity.values.tobytes(), preset=9)


def parse_rarity(contents: bytes) -> TermRarity:
    """Read what `format_rarity` wrote. Raises ValueError or LZMAError for anything else."""
    values = np.frombuffer(lzma.decompress(contents), np.uint8)
    if len(values) != TERM_COUNT:
        raise ValueError(f"{len(values)} rarities instead of {TERM_COUNT}")
    return TermRarity(values)


@cache
def load_shipped_rarity() -> TermRarity:
    """Return the table that comes with the package. It is read from its file once."""
    return parse_rarity(RARITY_FILE.read_bytes())
