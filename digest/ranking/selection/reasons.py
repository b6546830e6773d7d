"""Names what decided that a reader gets a paper: the causes that brought most of its score, with their shares."""

from collections.abc import Iterable
from operator import itemgetter

from digest.domain import Reason

MAX_REASONS = 3

# Causes that brought less of a score are not named.
MIN_SHARE_PERCENT = 10

# What a part of a paper's score brought, and how it is named; None if it has no name for readers.
Cause = tuple[float, Reason | None]


def name_causes(causes: Iterable[Cause]) -> tuple[Reason, ...]:
    """Return the reasons of a paper, what brought most first, each with its share of all that spoke for the paper.

    A category is named only if it brought most, or if nothing else is. Something is always named if it can be: where
    all causes spoke against the paper, the least bad one.
    """
    ranked = sorted(causes, key=itemgetter(0), reverse=True)
    whole = 0.0
    for brought, _ in ranked:
        if brought <= 0:
            break
        whole += brought
    reasons: list[Reason] = []
    for brought, reason in ranked:
        if reason is None or (reasons and reason.kind == "category"):
            continue
        share = round(100 * brought / whole) if whole else 0
        if share < MIN_SHARE_PERCENT and reasons:
            break
        reasons.append(Reason(reason.kind, reason.text, max(0, share), reason.liked))
        if share < MIN_SHARE_PERCENT or len(reasons) == MAX_REASONS:
            break
    return tuple(reasons)
