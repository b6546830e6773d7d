"""Vectors of embedding models, in whole numbers."""

from math import inf, nan

import numpy as np
import pytest

from digest.ranking.text.embedding import (
    EMBEDDING_SHARE,
    MARGIN,
    MAX_DIMENSIONS,
    embedding_similarity,
    mix_similarity,
    quantise,
)


def test_similarity_is_the_cosine_of_what_the_model_gave() -> None:
    random = np.random.default_rng(7)
    rows, columns = random.normal(size=(5, 384)), random.normal(size=(9, 384)) + 0.5
    exact = rows @ columns.T / np.outer(np.linalg.norm(rows, axis=1), np.linalg.norm(columns, axis=1))
    found = embedding_similarity([quantise(list(row)) for row in rows], [quantise(list(each)) for each in columns])
    assert np.abs(found - exact).max() < 0.01


def test_similarity_does_not_depend_on_company_or_order() -> None:
    vectors = [quantise(list(each)) for each in np.random.default_rng(8).normal(size=(40, 384))]
    whole = embedding_similarity(vectors, vectors)
    alone = np.array([[embedding_similarity([one], [other])[0, 0] for other in vectors] for one in vectors])
    assert np.array_equal(whole, alone)
    assert np.array_equal(whole[::-1, ::-1], embedding_similarity(vectors[::-1], vectors[::-1]))


def test_papers_without_a_vector_are_like_nothing() -> None:
    one, of_another_model = quantise([1.0, 0.0]), quantise([1.0, 0.0, 0.0])
    assert embedding_similarity([one, None], [None, one, of_another_model]).tolist() == [[0, 1, 0], [0, 0, 0]]
    assert embedding_similarity([], [one]).shape == (0, 1)
    assert embedding_similarity([one], []).shape == (1, 0)


def test_a_damaged_vector_is_like_nothing() -> None:
    one, damaged = quantise([1.0, 0.0]), bytes(2)
    assert embedding_similarity([one, damaged], [damaged, one]).tolist() == [[0, 1], [0, 0]]
    assert np.isfinite(mix_similarity(np.zeros((2, 2)), [one, damaged], [damaged, one])).all()


def test_the_length_of_a_vector_makes_no_difference() -> None:
    assert quantise([0.001, -0.002]) == quantise([100.0, -200.0]) == bytes([64, 129])
    assert quantise([5e-324, -1e308]) == bytes([0, 129])


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [1.0, nan], [inf, 1.0], [1.0] * (MAX_DIMENSIONS + 1)])
def test_what_is_no_vector_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="a vector"):
        quantise(values)


def test_vectors_raise_what_is_much_nearer_than_usual() -> None:
    near, far = quantise([1.0, 0.0]), quantise([0.0, 1.0])
    mixed = mix_similarity(np.array([[0.1, 0.1, 0.1]]), [near], [near, far, None])
    assert mixed[0] == pytest.approx([0.1 + EMBEDDING_SHARE * (0.5 - MARGIN), 0.1, 0.1])


def test_similarities_stay_where_there_are_no_vectors() -> None:
    by_words = np.random.default_rng(9).random((2, 3))
    assert np.array_equal(mix_similarity(by_words, [None, None], [None] * 3), by_words)
    one, of_another_model = quantise([1.0, 2.0]), quantise([1.0, 2.0, 3.0])
    assert np.array_equal(mix_similarity(by_words, [one, None], [of_another_model] * 3), by_words)
