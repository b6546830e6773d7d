from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.text.paper_vector import PaperVector, make_vector, weigh_titles
from digest.ranking.text.term_rarity import (
    TERM_COUNT,
    format_rarity,
    load_shipped_rarity,
    measure_rarity,
    number_pair,
    number_word,
    parse_rarity,
)

TITLE = "Conformal prediction for graphs"
ABSTRACT = "We study conformal prediction. Prediction sets of graphs are small."


def weights_of(vector: PaperVector) -> dict[int, int]:
    return dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))


def test_weights_are_frequency_times_rarity() -> None:
    rarity = load_shipped_rarity()
    weights = weights_of(make_vector(TITLE, ABSTRACT, rarity))
    term = number_pair("conformal", "prediction")
    # Once in the abstract and once in the title, which counts as two.
    assert weights[term] == pytest.approx(4 * (1 + log(3)) * rarity.values[term] / 16, abs=1)


def test_words_of_every_paper_have_no_weight() -> None:
    assert number_word("we") not in weights_of(make_vector(TITLE, ABSTRACT, load_shipped_rarity()))


def test_plurals_accents_and_tex_make_no_difference() -> None:
    rarity = load_shipped_rarity()
    one, other = make_vector("Schrödinger bridges", "", rarity), make_vector('Schr\\"odinger bridge', "", rarity)
    assert weights_of(one) == weights_of(other)


def test_an_empty_text_has_no_terms() -> None:
    vector = make_vector("", "", load_shipped_rarity())
    assert (len(vector.terms), vector.length, vector.to_bytes()) == (0, 0.0, b"")
    assert len(PaperVector.from_bytes(b"").terms) == 0


def test_titles_are_weighed_together_as_each_alone() -> None:
    rarity, titles = load_shipped_rarity(), ["graph prediction", "", "graph graph graph", "we", "conformal"]
    found = weigh_titles([title.split() for title in titles], rarity)
    for place, title in enumerate(titles):
        alone = make_vector(title, "", rarity)
        assert found.terms[found.texts == place].tolist() == alone.terms.tolist()
        assert found.weights[found.texts == place].tolist() == alone.weights.tolist()


def test_length_is_the_euclidean_one() -> None:
    vector = PaperVector(np.array([3, 9], np.uint32), np.array([200, 255], np.uint8))
    assert vector.length == sqrt(200**2 + 255**2)


@given(st.dictionaries(st.integers(0, TERM_COUNT - 1), st.integers(1, 255), max_size=40))
def test_bytes_are_read_back(weights: dict[int, int]) -> None:
    terms = sorted(weights)
    vector = PaperVector(np.array(terms, np.uint32), np.array([weights[term] for term in terms], np.uint8))
    assert weights_of(PaperVector.from_bytes(vector.to_bytes())) == weights


@pytest.mark.parametrize("stored", [b"\x00", b"\xff\xff" * 9 + b"\x01" * 9])
def test_other_bytes_are_no_vector(stored: bytes) -> None:
    with pytest.raises(ValueError, match="a vector"):
        PaperVector.from_bytes(stored)


def test_rarity_grows_as_fewer_papers_hold_a_term() -> None:
    rarity = measure_rarity([{1, 2, 3}, {1, 2}, {1}, {1}, {1}, *([set[int]()] * 20)])
    assert rarity.values[[1, 2, 3, 4]].tolist() == [0, 35, 41, 52]


def test_a_table_is_read_back() -> None:
    rarity = measure_rarity([{1, 2, 3}, {1, 2}])
    assert np.array_equal(parse_rarity(format_rarity(rarity)).values, rarity.values)


def test_the_shipped_table_knows_common_and_rare_words() -> None:
    values = load_shipped_rarity().values
    assert values[number_word("the")] == 0
    assert 0 < values[number_word("graph")] < values[number_word("conformal")]
