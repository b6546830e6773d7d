"""The trending score."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.trending.score import LIKELIHOOD_WEIGHT, describe_evidence, rank_papers, score_papers
from tests.ranking.papers import paper

FRIDAY = date(2026, 1, 23)


def scored(**changes: Any) -> float:
    return score_papers([paper(**changes)])[0]


@pytest.mark.parametrize("kind", ["upvotes", "comments", "stars"])
def test_more_attention_scores_higher_with_ever_smaller_steps(kind: str) -> None:
    none, few, more = (scored(signals={kind: value}) for value in (0, 10, 20))
    assert none < few < more
    assert few - none > more - few


def test_votes_beat_everything_that_is_only_a_promise() -> None:
    voted = scored(signals={"upvotes": 20}, kind="cross")
    promising = scored(abstract="Code: https://github.com/x", categories=("cs.LG", "cs.AI", "cs.CL", "stat.ML"))
    assert voted > promising > scored()


def test_without_signals_new_papers_lead() -> None:
    papers = [paper("cross", kind="cross"), paper("new")]
    assert [papers[place].title for place, _ in rank_papers(papers, FRIDAY)] == ["new", "cross"]


def test_a_link_to_code_carries_no_bonus() -> None:
    assert scored(code_url="https://github.com/ada/sort") == scored()


def test_the_order_of_equal_papers_depends_on_the_day_only() -> None:
    papers = [paper(f"{n}", arxiv_id=f"2601.{n:05}") for n in range(40)]
    drawn = [place for place, _ in rank_papers(papers, FRIDAY)]
    assert sorted(drawn) == list(range(40)) != drawn
    assert [39 - place for place, _ in rank_papers(papers[::-1], FRIDAY)] == drawn
    assert drawn != [place for place, _ in rank_papers(papers, FRIDAY + timedelta(days=1))]
    assert rank_papers([], FRIDAY) == []


def test_whoever_submits_first_or_last_is_not_always_ahead() -> None:
    ahead = 0
    for number in range(400):
        papers = [paper("earlier", arxiv_id=f"2601.{number:05}"), paper("later", arxiv_id=f"2601.{number + 500:05}")]
        ahead += rank_papers(papers, FRIDAY)[0][0] == 0
    assert 150 < ahead < 250


def test_the_likelihood_weighs_less_than_a_few_votes() -> None:
    likely = {"title": "Agentic reasoning: a large language model", "abstract": "Code: https://github.com/x"}
    assert scored() < scored(**likely) <= scored() + LIKELIHOOD_WEIGHT
    assert scored(**likely) < scored(signals={"upvotes": 8})


@given(
    st.dictionaries(st.sampled_from(["upvotes", "comments", "stars", "unheard of"]), st.integers(-5, 10**9)),
    st.integers(1, 9),
    st.sampled_from(["", "https://example.org"]),
)
def test_every_score_is_between_0_and_1(signals: dict[str, int], categories: int, code_url: str) -> None:
    value = scored(signals=signals, categories=("cs.LG",) * categories, code_url=code_url)
    assert 0 <= value <= 1


def test_the_evidence_is_what_was_observed() -> None:
    assert describe_evidence(paper(signals={"upvotes": 120, "comments": 1, "stars": 300})) == "120 upvotes, 300 stars"


@pytest.mark.parametrize("signals", [{}, {"upvotes": 1}, {"comments": 4, "stars": 49}])
def test_a_stray_vote_is_no_evidence(signals: dict[str, int]) -> None:
    assert describe_evidence(paper(signals=signals)) == ""
