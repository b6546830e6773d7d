"""Names what decided that a reader gets a paper: the causes that brought most of its score, with their shares."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.domain import Reason

MAX_REASONS = 3

# Causes that brought less of a score are not named.
MIN_SHARE_PERCENT = 10

# The causes that can be named. Of equal ones the first counts.
FILTERS, LIKES, CATEGORIES, TRENDING = range(4)

# A part of a score for each of some papers, by family.
Parts = Mapping[str, NDArray[np.float64]]

# For each cause how it is named for the papers that have it, by rank.
Named = tuple[Mapping[int, Sequence[Reason]], ...]


class WeighedCauses(NamedTuple):
    """What brought the score of each of some papers."""

    # The causes of each paper, the one that brought most first.
    order: list[list[int]]
    # The share of each cause in all that spoke for the paper, in percent. That of FILTERS is of each of its reasons.
    shares: list[list[int]]
    # Whether it spoke for the paper to be near to what the reader's filters are about.
    are_near: list[bool]


def weigh_causes(parts: Parts, matching: Sequence[int]) -> WeighedCauses:
    """Weigh the *parts* of some papers' scores. *matching* says how many reasons the reader's filters are for each.

    What a paper's words are near to, it has from the filters that match; without any it is a cause of its own.
    """
    counts = np.array(matching)
    filters = np.where(counts > 0, parts["filters"] + parts["interests"], parts["interests"])
    likes = parts["likes"] + parts["authors"]
    brought = np.stack([filters, likes, parts["categories"], parts["trending"]], axis=1)
    whole = np.maximum(brought, 0.0).sum(axis=1) + np.maximum(parts["new"], 0.0)
    brought[:, FILTERS] /= np.maximum(counts, 1)
    shares = np.rint(100 * np.maximum(brought, 0.0) / np.where(whole > 0, whole, 1.0)[:, np.newaxis])
    order = (-brought).argsort(axis=1, kind="stable")
    return WeighedCauses(order.tolist(), shares.astype(np.int64).tolist(), (parts["interests"] > 0).tolist())


def name_causes(rank: int, order: Sequence[int], shares: Sequence[int], named: Named) -> tuple[Reason, ...]:
    """Return the reasons of a paper, what brought most first, each with its share.

    A category is named only if it brought most, or if nothing else is. Something is always named if it can be: where
    all causes spoke against the paper, the least bad one.
    """
    reasons: list[Reason] = []
    for cause in order:
        share = shares[cause]
        if reasons and share < MIN_SHARE_PERCENT:
            break
        if reasons and cause == CATEGORIES:
            continue
        for kind, text, _, liked in named[cause].get(rank, ()):
            reasons.append(Reason(kind, text, share, liked))
            if share < MIN_SHARE_PERCENT:
                break
    return tuple(reasons[:MAX_REASONS])
