"""What is counted in a paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.trending.paper_shape import MAX_IDS_FROM_LAST, count_ids_from_last, count_shape
from tests.ranking.papers import paper


def test_a_named_method_in_the_title_is_counted() -> None:
    shape = count_shape(paper("SortNet 2: Do nets sort?"))
    assert shape["words_before_colon"] == 2
    assert shape["capitals_before_colon"] == 2
    assert shape["question"] == shape["number_in_title"] == 1
    assert count_shape(paper("Nets sort"))["letters_before_colon"] == 0


@pytest.mark.parametrize(
    ("abstract", "name"),
    [
        ("See https://ada.github.io/sort.", "github_io"),
        ("At https://github.com/ada.", "github"),
        ("Our code is available.", "code_available"),
        ("Weights on HuggingFace.", "huggingface"),
        ("Project page: below.", "project_page"),
    ],
)
def test_links_and_what_stands_for_them_are_counted(abstract: str, name: str) -> None:
    assert count_shape(paper(abstract=abstract))[name] == 1
    assert count_shape(paper())[name] == 0


def test_the_primary_category_counts_more_than_a_further_one() -> None:
    shape = count_shape(paper(categories=("cs.CL", "cs.LG", "cs.CL")))
    assert (shape["cs.CL"], shape["cs.LG"], shape["cs.CV"]) == (2, 1, 0)


def test_ids_are_counted_from_the_last_of_the_day() -> None:
    assert count_ids_from_last(["2602.00007", "2602.00003", "2601.19990", "2601.20000"]) == [0, 4, 17, 7]


def test_old_papers_are_far_from_the_last_id() -> None:
    old = ["2511.00001", "0704.0001", "hep-th/9901001", "", "2602.000007"]
    assert count_ids_from_last([*old, "2602.00007"]) == [*[MAX_IDS_FROM_LAST] * 5, 0]
    assert count_ids_from_last(["hep-th/9901001"]) == [MAX_IDS_FROM_LAST]
    assert count_ids_from_last([]) == []


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=9), max_size=3))
def test_whatever_a_paper_says_its_counts_are_integers(title: str, abstract: str, categories: list[str]) -> None:
    shape = count_shape(paper(title, abstract=abstract, categories=(*categories, "cs.LG")))
    assert list(shape) == list(count_shape(paper()))
    assert all(isinstance(value, int) and value >= 0 for value in shape.values())
