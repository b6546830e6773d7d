"""Names what decided that a reader gets a paper: the causes that brought most of its score, with their shares."""

from collections.abc import Iterable
from typing import NamedTuple

from digest.domain import Reason

MAX_REASONS = 3

# Causes that brought less of a score are not named.
MIN_SHARE_PERCENT = 10


class Cause(NamedTuple):
    """A part of a paper's score, and how it is named; None if it has no name for readers."""

    brought: float
    reason: Reason | None


def name_causes(causes: Iterable[Cause]) -> tuple[Reason, ...]:
    """Return the reasons of a paper, what brought most first, each with its share of all that spoke for the paper.

    A category is named only if it brought most, or if nothing else is. Something is always named if it can be: where
    all causes spoke against the paper, the least bad one.
    """
    ranked = sorted(causes, key=lambda cause: -cause.brought)
    whole = sum(cause.brought for cause in ranked if cause.brought > 0)
    named = [cause for cause in ranked if cause.reason is not None]
    reasons = [
        reason._replace(share=share)
        for place, (brought, reason) in enumerate(named)
        if reason is not None
        and (share := round(100 * brought / whole) if whole else 0) >= MIN_SHARE_PERCENT
        and (not place or reason.kind != "category")
    ]
    if not reasons and named and (first := named[0].reason):
        reasons = [first._replace(share=max(0, round(100 * named[0].brought / whole)) if whole else 0)]
    return tuple(reasons[:MAX_REASONS])
