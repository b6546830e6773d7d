"""What decided, and its share: what each part of a score brought is weighed for many papers at once."""

import numpy as np

from digest.domain import Reason
from digest.ranking.personal.relevance import FAMILIES
from digest.ranking.selection.reasons import CATEGORIES, FILTERS, LIKES, Named, name_causes, weigh_causes

WORDS, OTHER_WORDS = Reason("keyword", "deep learning"), Reason("keyword", "graphs")
LIKED, LISTED = Reason("like", "Attention", liked=2), Reason("category", "cs.LG")


def tell(brought: dict[str, float], *, words: tuple[Reason, ...] = (), listed: bool = True) -> list[tuple[str, int]]:
    """Return the kinds and shares of the reasons of a paper whose score has these parts."""
    parts = {name: np.array([brought.get(name, 0.0)]) for name in FAMILIES}
    [order], [shares], _ = weigh_causes(parts, [len(words)])
    named: Named = ({7: words}, {7: (LIKED,)}, {7: (LISTED,)} if listed else {}, {})
    return [(reason.kind, reason.share) for reason in name_causes(7, order, shares, named)]


def test_what_brought_most_comes_first_with_its_share() -> None:
    parts = {"likes": 3.0, "filters": 1.0}
    assert tell(parts, words=(WORDS,)) == [("like", 75), ("keyword", 25)]


def test_filters_share_what_they_brought_together() -> None:
    parts = {"filters": 3.0, "interests": 1.0, "likes": 1.0}
    assert tell(parts, words=(WORDS, OTHER_WORDS)) == [("keyword", 40), ("keyword", 40), ("like", 20)]


def test_a_category_is_named_only_if_it_brought_most_or_nothing_else_is() -> None:
    assert tell({"categories": 2.0, "likes": 1.0}) == [("category", 67), ("like", 33)]
    assert tell({"categories": 1.0, "likes": 2.0}) == [("like", 67)]
    parts = {name: np.array([value]) for name, value in dict.fromkeys(FAMILIES, 0.0).items()} | {
        "filters": np.array([2.0]),
        "categories": np.array([1.0]),
    }
    [order], [shares], _ = weigh_causes(parts, [0])
    assert name_causes(7, order, shares, ({}, {}, {7: (LISTED,)}, {})) == (LISTED._replace(share=100),)


def test_where_all_spoke_against_the_paper_the_least_bad_is_named() -> None:
    assert tell({"likes": -2.0, "categories": -1.0}) == [("category", 0)]
    assert tell({"likes": -2.0, "categories": -1.0}, listed=False) == [("like", 0)]


def test_of_equal_causes_the_first_counts() -> None:
    parts = {name: np.zeros(1) for name in FAMILIES} | {"likes": np.ones(1), "categories": np.ones(1)}
    [order], _, [is_near] = weigh_causes(parts, [0])
    assert order.index(FILTERS) > order.index(CATEGORIES) > order.index(LIKES)
    assert not is_near
