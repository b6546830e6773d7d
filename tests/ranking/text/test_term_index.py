"""Papers of a day, compared with one text by words and by vectors of a model."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digest.ranking.text.embedding import quantise
from digest.ranking.text.paper_vector import PaperVector, make_vector
from digest.ranking.text.term_index import TermIndex
from digest.ranking.text.term_rarity import load_shipped_rarity


def vector_of(title: str, *numbers: float) -> PaperVector:
    vector = make_vector(title, "", load_shipped_rarity())
    return replace(vector, embedding=quantise(numbers)) if numbers else vector


def compare(index: TermIndex, vector: PaperVector) -> NDArray[np.float64]:
    similarities: NDArray[np.float64] = index.compare_all([vector])[0]
    return similarities


def test_a_model_speaks_for_papers_that_share_no_word() -> None:
    index = TermIndex([vector_of("Dwarf stars", 1, 0), vector_of("Knots", 0, 1), vector_of("Braids")])
    by_words = compare(index, vector_of("Comets"))
    assert by_words.tolist() == [0, 0, 0]
    near, far, unknown = compare(index, vector_of("Comets", 1, 0))
    assert near > unknown == far == 0


def test_similarities_stay_between_nothing_and_all() -> None:
    index = TermIndex([vector_of("Dwarf stars", 1, 0), vector_of("Knots", -1, 0)])
    assert compare(index, vector_of("Dwarf stars", 1, 0)).tolist() == [1, 0]


def test_without_a_model_words_alone_decide() -> None:
    index = TermIndex([vector_of("Dwarf stars"), vector_of("Knots and stars")])
    asked = vector_of("Stars", 1, 0)
    assert np.array_equal(compare(index, asked), compare(index, vector_of("Stars")))


def test_texts_are_compared_together_as_each_alone() -> None:
    index = TermIndex([vector_of("Dwarf stars", 1, 0), vector_of("Knots and stars", -1, 0), vector_of("Braids")])
    asked = [vector_of(title) for title in ("Stars", "", "Knots of braids", "The")] * 6 + [vector_of("Stars", 1, 1)]
    together = index.compare_all(asked)
    assert together.shape == (25, 3)
    assert np.array_equal(together, [compare(index, vector) for vector in asked])


def test_a_cosine_is_the_sum_of_products_by_the_lengths() -> None:
    paper, asked = vector_of("Knots and knots of stars"), vector_of("Stars and knots")
    shared = np.intersect1d(paper.terms, asked.terms)
    product = sum(
        int(paper.weights[paper.terms == term][0]) * int(asked.weights[asked.terms == term][0]) for term in shared
    )
    assert compare(TermIndex([paper]), asked).tolist() == [product / (paper.length * asked.length)]
