"""The trending score."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.trending.author_history import AuthorHistory, ListedPaper
from digest.ranking.trending.promise import MIN_LISTED_PAPERS
from digest.ranking.trending.score import (
    PROMISE_WEIGHT,
    TrendingScore,
    measure_attention,
    rank_papers,
    score_papers,
)
from digest.ranking.trending.usual_pace import DEFAULT_PACE, PaceOfPaper, UsualPace
from tests.ranking.papers import paper

FRIDAY = date(2026, 1, 23)


def scored(**changes: Any) -> float:
    return score_papers([paper(**changes)])[0].score


@pytest.mark.parametrize("kind", ["upvotes", "comments", "stars"])
def test_more_attention_scores_higher_with_ever_smaller_steps(kind: str) -> None:
    none, few, more = (scored(signals={kind: value}) for value in (0, 10, 20))
    assert none < few < more
    assert few - none > more - few


def test_votes_beat_everything_that_is_only_a_promise() -> None:
    promising = scored(title="AgentBench: Agentic reasoning of language models", authors=("Ada",) * 12)
    assert scored(signals={"upvotes": 20}, kind="cross") > promising
    assert scored() < promising <= PROMISE_WEIGHT


def test_replaced_papers_come_after_all_that_are_chosen_from() -> None:
    papers = [paper("replaced", kind="replace", signals={"upvotes": 90}), paper("new")]
    assert [papers[place].title for place, _ in rank_papers(papers, FRIDAY)] == ["new", "replaced"]


def test_votes_of_few_hours_say_more_than_those_of_days() -> None:
    assert scored(signals={"upvotes": 9}, signal_hours=3) > scored(signals={"upvotes": 9}, signal_hours=40)


def test_what_is_usual_in_its_archive_gives_a_paper_half_of_all_attention() -> None:
    usual = UsualPace([PaceOfPaper("math", "upvotes", 1.0)] * 10_000)
    votes = round(DEFAULT_PACE["upvotes"])
    common = paper(signals={"upvotes": votes}, signal_hours=12)
    assert measure_attention(common, usual) == pytest.approx(0.5)
    quiet_archive = paper(signals={"upvotes": votes}, signal_hours=12, categories=("math.CO",))
    assert measure_attention(quiet_archive, usual) > 0.75


def test_a_score_is_given_also_without_names() -> None:
    names = ("Ada Lovelace", "Ben Nye")
    day = FRIDAY - timedelta(days=9)
    listed = [ListedPaper(f"2512.{number:05}", day, names, 30) for number in range(MIN_LISTED_PAPERS)]
    by_them = [paper(authors=names)]
    (known,), (alone,) = score_papers(by_them, AuthorHistory(listed, FRIDAY)), score_papers(by_them)
    assert known.score > known.without_names == alone.score
    assert alone == TrendingScore(alone.score, alone.score)


def test_a_link_to_code_carries_no_bonus() -> None:
    assert scored(code_url="https://github.com/ada/sort") == scored()


def test_the_order_of_equal_papers_depends_on_the_day_only() -> None:
    papers = [paper(f"{n}", arxiv_id=f"hep-th/{n:07}") for n in range(40)]
    drawn = [place for place, _ in rank_papers(papers, FRIDAY)]
    assert sorted(drawn) == list(range(40)) != drawn
    assert [39 - place for place, _ in rank_papers(papers[::-1], FRIDAY)] == drawn
    assert drawn != [place for place, _ in rank_papers(papers, FRIDAY + timedelta(days=1))]
    assert rank_papers([], FRIDAY) == []


def test_whoever_submits_first_or_last_is_not_always_ahead() -> None:
    ahead = 0
    for number in range(400):
        papers = [paper(arxiv_id=f"hep-th/{number + later:07}") for later in (0, 500)]
        ahead += rank_papers(papers, FRIDAY)[0][0] == 0
    assert 150 < ahead < 250


@given(
    st.dictionaries(st.sampled_from(["upvotes", "comments", "stars", "unheard of"]), st.integers(-5, 10**9)),
    st.integers(1, 9),
    st.sampled_from(["", "https://example.org"]),
    st.integers(0, 10**6),
)
def test_every_score_is_between_0_and_1(signals: dict[str, int], categories: int, code_url: str, hours: int) -> None:
    categories_of = ("cs.LG",) * categories
    value = scored(signals=signals, categories=categories_of, code_url=code_url, signal_hours=hours)
    assert 0 <= value <= 1
