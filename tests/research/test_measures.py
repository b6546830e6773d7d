"""The measures by which rankings are judged."""

import pytest

from digest.research.measures import ndcg, recall, reciprocal_rank

RANKED = ["a", "b", "c", "d"]


def test_positives_in_the_first_places_score_one() -> None:
    assert ndcg(RANKED, {"a", "b"}, 10) == 1
    assert ndcg(RANKED, set("abcdefghijk"), 4) == 1
    assert ndcg(RANKED, {"z"}, 10) == 0


def test_a_place_counts_by_its_logarithm() -> None:
    """Worked out by hand: 1/log2(3) + 1/log2(5), of at best 1 + 1/log2(3)."""
    assert ndcg(RANKED, {"b", "d"}, 10) == pytest.approx((0.63093 + 0.43068) / 1.63093, abs=1e-5)
    assert ndcg(RANKED, {"b", "d"}, 2) == pytest.approx(0.63093 / 1.63093, abs=1e-5)


def test_the_first_positive_gives_the_reciprocal_rank() -> None:
    assert reciprocal_rank(RANKED, {"d", "c"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKED, {"z"}) == reciprocal_rank([], {"a"}) == 0


def test_recall_is_the_share_found_among_the_first() -> None:
    assert recall(RANKED, ["a", "d", "z"], 3) == pytest.approx(1 / 3)
    assert recall(RANKED, ["a", "d"], 10) == 1


def test_nothing_is_said_of_days_without_positives() -> None:
    with pytest.raises(ZeroDivisionError):
        ndcg(RANKED, set(), 10)
