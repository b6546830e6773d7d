"""The evidence that a paper is talked about."""

from dataclasses import replace

import pytest

from digest.ranking.trending.evidence import describe_evidence
from tests.ranking.papers import paper


def test_the_evidence_is_what_was_observed() -> None:
    assert describe_evidence(paper(signals={"upvotes": 120, "comments": 1, "stars": 300})) == "120 upvotes, 300 stars"


def test_votes_of_a_new_paper_are_told_with_their_time() -> None:
    voted = paper(signals={"upvotes": 12, "stars": 300})
    assert describe_evidence(replace(voted, signal_hours=6)) == "12 upvotes in 6 hours, 300 stars"
    assert describe_evidence(replace(voted, signal_hours=75)) == "12 upvotes in 3 days, 300 stars"
    assert describe_evidence(replace(voted, signal_hours=6, kind="cross")) == "12 upvotes, 300 stars"
    assert describe_evidence(replace(voted, signal_hours=24 * 400)) == "12 upvotes, 300 stars"


@pytest.mark.parametrize("signals", [{}, {"upvotes": 1}, {"comments": 4, "stars": 49}])
def test_a_stray_vote_is_no_evidence(signals: dict[str, int]) -> None:
    assert describe_evidence(paper(signals=signals)) == ""
