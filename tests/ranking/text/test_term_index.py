"""Papers of a day, compared with one text by words and by vectors of a model."""

from dataclasses import replace

import numpy as np

from digest.ranking.text.embedding import quantise
from digest.ranking.text.paper_vector import PaperVector, make_vector
from digest.ranking.text.term_index import TermIndex
from digest.ranking.text.term_rarity import load_shipped_rarity


def vector_of(title: str, *numbers: float) -> PaperVector:
    vector = make_vector(title, "", load_shipped_rarity())
    return replace(vector, embedding=quantise(numbers)) if numbers else vector


def test_a_model_speaks_for_papers_that_share_no_word() -> None:
    index = TermIndex([vector_of("Dwarf stars", 1, 0), vector_of("Knots", 0, 1), vector_of("Braids")])
    by_words = index.compare(vector_of("Comets"))
    assert by_words.tolist() == [0, 0, 0]
    near, far, unknown = index.compare(vector_of("Comets", 1, 0))
    assert near > unknown == far == 0
    assert index.compare_words(vector_of("Comets", 1, 0)).tolist() == [0, 0, 0]


def test_similarities_stay_between_nothing_and_all() -> None:
    index = TermIndex([vector_of("Dwarf stars", 1, 0), vector_of("Knots", -1, 0)])
    assert index.compare(vector_of("Dwarf stars", 1, 0)).tolist() == [1, 0]


def test_without_a_model_words_alone_decide() -> None:
    index = TermIndex([vector_of("Dwarf stars"), vector_of("Knots and stars")])
    asked = vector_of("Stars", 1, 0)
    assert np.array_equal(index.compare(asked), index.compare_words(asked))
