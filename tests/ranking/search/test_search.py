"""Searches in an index in memory. That an index in the database gives the same is shown in tests/search/."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.search.filter_matches import find_author, find_matches
from digest.ranking.search.paper_terms import SearchedText
from digest.ranking.search.postings import MemoryIndex
from digest.ranking.search.query import MAX_QUERY_LENGTH, read_query
from digest.ranking.search.rank_anew import BEST, rank_anew
from digest.ranking.search.ranking import find_hits
from digest.ranking.text.paper_vector import make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity
from subscriptions.filters.language import FilterError, parse
from tests.ranking.papers import day, paper

RARITY = load_shipped_rarity()
TEXTS = [
    SearchedText("Diffusion models for robots", "We train diffusion models. A survey.", ["Ada Lovelace"], ["cs.LG"]),
    SearchedText("A survey of robotics", "Robots, models of diffusion, state of the art.", ["Wei Li"], ["cs.RO"]),
    SearchedText("Theoretical guarantees", "Bounds guaranteed in theory.", ["G. E. Hinton", "Wei Wu"], ["stat.ML"]),
    SearchedText("Deep nets", "We give theoretical guarantees for nets.", ["Geoffrey Hinton"], ["cs.LG", "stat.ML"]),
    SearchedText("Comets", "Dust in the sky.", ["Wei-Li Ng"], ["astro-ph.EP"], "Accepted at ICML", "Phys. Rev. D 5"),
]
INDEX = MemoryIndex(TEXTS)


def search(query: str, limit: int = 10) -> list[int]:
    return [int(number) for number in find_hits(read_query(query), INDEX, RARITY, limit).papers]


def test_papers_need_not_have_every_word() -> None:
    assert search("diffusion comets")[0] == 4
    assert set(search("diffusion comets")) == {0, 1, 4}


def test_forms_of_a_word_are_found() -> None:
    assert set(search("guaranteeing")) == {2, 3}


def test_the_title_and_words_side_by_side_count_more() -> None:
    assert search("theoretical guarantees") == [2, 3]
    assert search("diffusion models")[:2] == [0, 1]


def test_the_word_beside_an_expression_says_which_of_its_papers_are_meant() -> None:
    """Words side by side count several times over; still, what has them alone comes after what has all."""
    expression = [SearchedText("State space models", "State space models are state space models.") for _ in range(3)]
    others = [SearchedText("Nets", "We train nets.") for _ in range(20)]
    wanted = SearchedText("Sounds", "We look at nets, transformers and a state space model for audio, among others.")
    index = MemoryIndex([*expression, wanted, *others])
    assert find_hits(read_query("state space models for audio"), index, RARITY, 10).papers[0] == len(expression)


def test_a_question_is_about_what_it_asks_for() -> None:
    assert [each.word for each in read_query("Why do language models hallucinate?").words] == [
        "language",
        "model",
        "hallucinate",
    ]
    assert [each.word for each in read_query("why").words] == ["why"]


def test_what_a_filter_requires_comes_first_and_the_rest_after() -> None:
    hits = find_hits(read_query('"diffusion models"'), INDEX, RARITY, 10)
    assert hits.papers.tolist() == [0, 1]
    assert hits.matching == 1


def test_what_is_excluded_is_not_found() -> None:
    assert search("robots -survey") == []
    assert search("hinton -author:geoffrey") == [2]


def test_equal_papers_come_newest_first_and_no_more_than_asked() -> None:
    assert search("cat:stat.ML") == [3, 2]
    assert search("cat:stat.ML", 1) == [3]


FILTERS = (
    *(
        '"diffusion models"',
        "title:robot",
        "abs:robots",
        "robot*",
        "author:hinton",
        'author:"Geoffrey Hinton"',
        "cat:cs",
    ),
    *('author:"G Hinton"', 'author:"Wei Li"', "author:wei", "author:Wei-Li", "comment:icml", "journal:phys", "cs.LG"),
    *(
        "diffusion OR comets",
        "-survey",
        "NOT (cat:cs.LG)",
        "title:(survey OR comets)",
        '"wei li"',
        "hinton",
        '"dust in"',
    ),
    *('-author:"Geoffrey Hinton"', '"model of diffusion"', 'author:"Hinton, Geoffrey"', "title:diff*", '"deep ne*"'),
    *('"state of the art"', "guarantee", "author:ng"),
)


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_matches_what_it_matches_in_letters(text: str) -> None:
    index = day(
        *(
            paper(
                each.title,
                abstract=each.abstract,
                authors=tuple(each.authors),
                categories=tuple(each.categories),
                comment=each.comment,
                journal_ref=each.journal_ref,
            )
            for each in TEXTS
        )
    )
    bits = index.bits(text)
    assert np.nonzero(find_matches(parse(text), INDEX))[0].tolist() == [n for n in range(5) if bits >> n & 1]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("\x00\n\t", "empty"),
        ('"', "open_quote"),
        ("OR", "missing_side"),
        ("-", "empty"),
        ("(" * 50, "too_deep"),
        ("x" * (MAX_QUERY_LENGTH + 1), "too_long"),
        ("cat:none", "unknown_category"),
    ],
)
def test_what_is_no_query_is_told(text: str, code: str) -> None:
    with pytest.raises(FilterError) as told:
        search(text)
    assert told.value.code == code
    assert str(told.value)


def test_a_long_text_is_read_as_words() -> None:
    assert search("theoretical guarantees " + "of many other things " * 40)[0] == 2


def test_a_name_without_words_is_nobodys() -> None:
    assert len(find_author((), INDEX, exactly=True)) == 0


def test_words_that_all_papers_have_find_nothing() -> None:
    assert search("of the") == []


PIECES = st.lists(st.sampled_from(['"', "-", "OR", "title:", "robot*", "(", ")", "cs.LG", "wei", "author:"])).map(
    " ".join
)


@given(st.text(max_size=300) | PIECES)
def test_whatever_is_typed_is_answered_or_told(text: str) -> None:
    told = ""
    found: list[int] = []
    try:
        found = search(text)
    except FilterError as error:
        told = str(error)
    assert told or len(set(found)) == len(found)


def test_an_empty_index_finds_nothing() -> None:
    empty = MemoryIndex([])
    for query in ("nets", '"deep nets"', "author:ng", "-nets", "robot*"):
        assert find_hits(read_query(query), empty, RARITY, 5).papers.tolist() == []


def test_feedback_prefers_what_is_like_the_best_hits() -> None:
    texts = ["Guarantees for regret of bandits", "Guarantees for dust of comets"] + ["Guarantees for bandits"] * BEST
    index = MemoryIndex([SearchedText(text, "") for text in texts])
    hits = find_hits(read_query("guarantees"), index, RARITY, len(texts))
    vectors = [make_vector(texts[n], "", RARITY) for n in hits.papers]
    anew = rank_anew(hits, vectors, "guarantees").papers.tolist()
    assert sorted(anew) == list(range(len(texts)))
    assert anew.index(0) < anew.index(1)


def test_feedback_leaves_few_hits_as_they_are() -> None:
    hits = find_hits(read_query("nets guarantees"), INDEX, RARITY, 5)
    assert rank_anew(hits, [make_vector(TEXTS[n].title, "", RARITY) for n in hits.papers], "nets") is hits
