"""How good a ranking is, by the papers that people really chose. All measures are from 0 to 1."""

from collections.abc import Collection, Iterable, Sequence
from math import inf, log2
from statistics import fmean
from typing import NamedTuple


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


class RankingQuality(NamedTuple):
    """How good rankings are, over all readers' days that have positives."""

    # Means over readers' days.
    ndcg_at_10: float
    mrr: float
    # Shares of all positives.
    in_top_10: float
    in_top_100: float
    reader_days: int


def measure_rankings(rankings: Iterable[tuple[Sequence[str], Collection[str]]]) -> RankingQuality | None:
    """Measure rankings, each with its positives. Those without positives say nothing; None if all are so."""
    gains, reciprocals = list[float](), list[float]()
    places = list[float]()
    for ranked, positives in rankings:
        if positives:
            gains.append(ndcg(ranked, positives, 10))
            reciprocals.append(reciprocal_rank(ranked, positives))
            place_of: dict[str, float] = {each: place for place, each in enumerate(ranked)}
            places += [place_of.get(each, inf) for each in positives]
    if not gains:
        return None
    in_top_10, in_top_100 = (sum(place < depth for place in places) / len(places) for depth in (10, 100))
    return RankingQuality(fmean(gains), fmean(reciprocals), in_top_10, in_top_100, len(gains))
