"""Turns the text of a paper into numbers, so that papers can be compared: one weight for each word and pair of words.

A weight is the term's frequency times its rarity (TF-IDF, Salton and Buckley 1988): (1 + ln times) x ln(papers / papers
that hold it), in whole numbers. Whole numbers add up alike on every machine. A vector depends on nothing but the text
and the shipped table of rarities, so it is computed once for each version of a paper and stored.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, starmap
from math import log, sqrt
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from digest.ranking.text.term_rarity import RARITY_UNIT, TERM_COUNT, TermRarity, number_pair, number_word
from subscriptions.filters.language import tokens

# Goes up whenever the same text gives another vector, or the same vector other bytes. Stored vectors of another format
# are computed again.
VECTOR_FORMAT = 1

# A word of the title counts as so many of the abstract.
TITLE_WEIGHT = 2

# A term that a text holds more often counts as if it held it so many times.
MAX_TIMES = 32

# 1 + ln of how often a text holds a term, in sixteenths.
_FREQUENCY_UNIT = 16
_FREQUENCIES = (0, *(round(_FREQUENCY_UNIT * (1 + log(times))) for times in range(1, MAX_TIMES + 1)))

# Weights are in quarters: the heaviest is below 256.
_WEIGHT_DIVISOR = _FREQUENCY_UNIT * RARITY_UNIT // 4

# A stored term is the distance from the one before. A larger distance is several, all but the last without weight.
_MAX_GAP = 0xFFFF
_BYTES_PER_TERM = 3


@dataclass(frozen=True, slots=True, eq=False)
class PaperVector:
    """The terms of one text, ascending, and their weights from 1 to 255."""

    terms: NDArray[np.uint32]
    weights: NDArray[np.uint8]
    # What an embedding model gave the text, if one was asked; see `embedding.py`. It is stored elsewhere.
    embedding: bytes | None = None

    @property
    def length(self) -> float:
        """Return the Euclidean length: the root of a whole number, so it is the same everywhere."""
        weights = self.weights.astype(np.int64)
        return sqrt(int(weights @ weights))

    def to_bytes(self) -> bytes:
        """Return three bytes a term: all distances from the term before as uint16, then all weights."""
        gaps, weights, before = [], [], 0
        for term, weight in zip(self.terms.tolist(), self.weights.tolist(), strict=True):
            wide, gap = divmod(term - before, _MAX_GAP)
            gaps += [_MAX_GAP] * wide + [gap]
            weights += [0] * wide + [weight]
            before = term
        return np.array(gaps, "<u2").tobytes() + bytes(weights)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises ValueError for bytes that no vector has."""
        count, rest = divmod(len(stored), _BYTES_PER_TERM)
        if rest:
            raise ValueError(f"a vector of {len(stored)} bytes")
        terms = np.cumsum(np.frombuffer(stored, "<u2", count), dtype=np.uint32)
        if count and terms[-1] >= TERM_COUNT:
            raise ValueError("a vector with terms that no text has")
        weights = np.frombuffer(stored, np.uint8, count, 2 * count)
        held = weights > 0
        return cls(terms, weights.copy()) if held.all() else cls(terms[held], weights[held])


class WeighedTerms(NamedTuple):
    """The terms of several texts, as three lists of the same length."""

    # The place of the text that holds the term.
    texts: NDArray[np.int64]
    terms: NDArray[np.int64]
    weights: NDArray[np.uint8]


def make_vector(title: str, abstract: str, rarity: TermRarity) -> PaperVector:
    """Return the vector of a text. An empty text has no terms, and length 0."""
    return weigh_terms(count_terms(tokens(title), tokens(abstract)), rarity)


def count_terms(title: Sequence[str], abstract: Sequence[str]) -> Counter[int]:
    """Return how often each term stands in a text: its words and its pairs of neighbours, those of the title twice."""
    counted = Counter(_number_terms(abstract))
    for term in _number_terms(title):
        counted[term] += TITLE_WEIGHT
    return counted


def weigh_terms(counted: Counter[int], rarity: TermRarity) -> PaperVector:
    """Return the vector of a text with these terms. Terms that say nothing are left out."""
    terms = np.array(sorted(counted), np.uint32)
    weights = _weigh(terms, np.array([counted[int(term)] for term in terms], np.int64), rarity)
    held = weights > 0
    return PaperVector(terms[held], weights[held])


def weigh_titles(titles: Sequence[Sequence[str]], rarity: TermRarity) -> WeighedTerms:
    """Return the terms of the vectors that texts with these titles and nothing else have, for many at once."""
    numbers = [_number_terms(words) for words in titles]
    texts = np.repeat(np.arange(len(titles)), [len(terms) for terms in numbers])
    terms = np.fromiter(chain.from_iterable(numbers), np.int64, len(texts))
    keys, times = np.unique(texts * TERM_COUNT + terms, return_counts=True)
    texts, terms = np.divmod(keys, TERM_COUNT)
    weights = _weigh(terms, TITLE_WEIGHT * times, rarity)
    held = weights > 0
    return WeighedTerms(texts[held], terms[held], weights[held])


def _weigh(terms: NDArray[np.integer], times: NDArray[np.int64], rarity: TermRarity) -> NDArray[np.uint8]:
    products = np.array(_FREQUENCIES)[np.minimum(times, MAX_TIMES)] * rarity.values[terms].astype(np.int64)
    weights: NDArray[np.uint8] = ((products + _WEIGHT_DIVISOR // 2) // _WEIGHT_DIVISOR).astype(np.uint8)
    return weights


def _number_terms(words: Sequence[str]) -> list[int]:
    return [*map(number_word, words), *starmap(number_pair, pairwise(words))]
