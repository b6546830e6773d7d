"""How likely papers are to be noticed, before anybody could vote."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.trending.author_history import AuthorHistory, ListedPaper
from digest.ranking.trending.promise import MIN_LISTED_PAPERS, format_model, load_shipped
from tests.ranking.papers import paper

TODAY = date(2026, 3, 2)
KNOWN = ("Ada Lovelace", "Ben Nye", "Eve Roe")
DAY = [
    paper("Set lemmas", authors=KNOWN, arxiv_id="2603.00001"),
    paper("Set lemmas", authors=("Zoe", "Kim"), arxiv_id="2603.00002"),
]


def history(listed: int) -> AuthorHistory:
    """Of *listed* papers, ten of which the known ones wrote together."""
    names = [KNOWN if number < 10 else (f"Person{number} Name",) for number in range(listed)]
    day = TODAY - timedelta(days=20)
    return AuthorHistory((ListedPaper(f"2601.{n:05}", day, each, 30) for n, each in enumerate(names)), TODAY)


def test_authors_whose_papers_were_listed_promise_more() -> None:
    known, strangers = load_shipped().estimate(DAY, history(MIN_LISTED_PAPERS))
    assert known > 2 * strangers


def test_without_a_history_or_with_a_short_one_names_do_not_count() -> None:
    same = [replace(DAY[0], authors=("One", "Two")), replace(DAY[1], authors=("Three", "Four"))]
    nameless = load_shipped().estimate(DAY[:1], None)
    assert nameless == load_shipped().estimate([replace(DAY[0], authors=("Zoe", "Kim", "Lin"))], None)
    assert nameless == load_shipped().estimate(DAY[:1], history(MIN_LISTED_PAPERS - 1))
    assert len(load_shipped().estimate(same, None)) == 2


def test_what_a_list_is_full_of_promises_more_than_lemmas() -> None:
    agents = paper("AgentBench-X: Agentic reasoning of large language models", arxiv_id="2603.00002")
    lemmas = paper("Lemmas on sets", categories=("math.LO",), arxiv_id="2603.00001")
    noticed, quiet = load_shipped().estimate([agents, lemmas], None)
    assert noticed > 5 * quiet


def test_the_trees_know_the_features_that_are_counted() -> None:
    names = set(history(1).count_history("", ()))
    assert names.isdisjoint(load_shipped().nameless.features)
    assert names < set(load_shipped().with_names.features)


def test_the_shipped_weights_say_how_they_were_made_and_stay_small() -> None:
    made = load_shipped().made
    assert made["by"] == "python manage.py train_promise"
    assert made["papers"] > 30_000
    assert {"seed", "days", "listed", "papers sha256"} <= set(made)
    assert sum(len(text.encode()) for text in format_model(load_shipped()).values()) < 1_500_000


@given(st.text(max_size=100), st.text(max_size=100), st.lists(st.text(max_size=20), max_size=4))
def test_every_promise_is_between_0_and_1(title: str, abstract: str, authors: list[str]) -> None:
    strange = paper(title, abstract=abstract, authors=tuple(authors))
    for known in (None, AuthorHistory([], TODAY)):
        (found,) = load_shipped().estimate([strange], known)
        assert 0 <= found <= 1


@pytest.mark.parametrize("known", [None, AuthorHistory([], TODAY)])
def test_a_day_without_papers_promises_nothing(known: AuthorHistory | None) -> None:
    assert load_shipped().estimate([], known) == []
