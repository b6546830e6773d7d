from typing import NamedTuple

import pytest

from digest.ranking.personal.suggest_keywords import suggest_keywords
from subscriptions.filters.language import parse, tokens


class Text(NamedTuple):
    title: str
    abstract: str = ""


PAPERS = (
    Text(
        "Conformal prediction under shift",
        "We show that conformal prediction holds. Methods using graphs improve 2 tasks.",
    ),
    Text(
        "Adaptive conformal prediction",
        "The proposed conformal prediction is $\\epsilon$-close; speculative decoding is not.",
    ),
    Text(
        "Faster speculative decoding",
        "Results significantly improve speculative decoding with \\textbf{large language models}.",
    ),
)


def test_phrases_of_several_papers_come_first() -> None:
    assert suggest_keywords(PAPERS, 2) == ('"conformal prediction"', '"speculative decoding"')


def test_no_two_keywords_share_a_word() -> None:
    found = [word for text in suggest_keywords(PAPERS, 9) for word in tokens(text)]
    assert len(found) == len(set(found))


def test_numbers_tex_verbs_and_filling_words_are_not_proposed() -> None:
    found = {word for text in suggest_keywords(PAPERS, 50) for word in tokens(text)}
    assert found.isdisjoint(
        ["2", "epsilon", "textbf", "using", "improve", "propos", "proposed", "we", "method", "result"]
    )


def test_names_that_a_paper_gives_itself_are_not_proposed() -> None:
    assert suggest_keywords([Text("Zyxwabc: a zyxwabc qwertzuiop of vbnmlkj")], 5) == ()


def test_every_keyword_is_a_filter() -> None:
    proposed = suggest_keywords(PAPERS, 50)
    assert proposed
    assert all(parse(text) is not None for text in proposed)


@pytest.mark.parametrize("papers", [(), (Text(""),), (Text("∫ x² dx", "12 34 {}"),)])
def test_papers_without_words_propose_nothing(papers: tuple[Text, ...]) -> None:
    assert suggest_keywords(papers, 5) == ()


def test_as_many_as_asked_for_are_proposed_at_most() -> None:
    assert suggest_keywords(PAPERS, 0) == ()
    assert len(suggest_keywords(PAPERS, 1)) == 1


def test_what_too_few_papers_hold_is_not_proposed() -> None:
    shared, alone = (set(suggest_keywords(PAPERS, 50, min_papers=least)) for least in (2, 1))
    assert shared < alone
    assert suggest_keywords(PAPERS, 50, min_papers=len(PAPERS) + 1) == ()
