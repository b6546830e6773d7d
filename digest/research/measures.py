"""How good a ranking is, by the papers that people really chose. All measures are from 0 to 1."""

from collections.abc import Collection, Sequence
from math import log2


def ndcg(ranked: Sequence[str], positives: Collection[str], depth: int) -> float:
    """Return the normalised discounted cumulative gain of the first *depth* places: 1 if the positives come first.

    Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002; gains are 0 or 1. Raises
    ZeroDivisionError without positives, of which it says nothing.
    """
    gain = sum(1 / log2(place + 2) for place, each in enumerate(ranked[:depth]) if each in positives)
    return gain / sum(1 / log2(place + 2) for place in range(min(depth, len(positives))))


def reciprocal_rank(ranked: Sequence[str], positives: Collection[str]) -> float:
    """Return 1 over the place of the first positive, counted from 1; 0 if none is ranked."""
    return next((1 / place for place, each in enumerate(ranked, start=1) if each in positives), 0.0)


def recall(ranked: Sequence[str], positives: Collection[str], depth: int) -> float:
    """Return the share of the positives among the first *depth*. Raises ZeroDivisionError without positives."""
    return len(set(positives) & set(ranked[:depth])) / len(set(positives))
