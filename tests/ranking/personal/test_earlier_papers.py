import numpy as np

from digest.ranking.personal.earlier_papers import MAX_TERMS, average_vectors
from digest.ranking.text.paper_vector import PaperVector


def vector(**weights: int) -> PaperVector:
    terms = sorted(weights, key=lambda name: int(name[1:]))
    return PaperVector(
        np.array([int(name[1:]) for name in terms], np.uint32), np.array([weights[name] for name in terms], np.uint8)
    )


def test_every_paper_counts_alike_however_long_it_is() -> None:
    mean = average_vectors([vector(t3=200), vector(t7=10)])
    assert (mean.terms.tolist(), mean.weights.tolist()) == ([3, 7], [255, 255])


def test_terms_of_several_papers_weigh_more() -> None:
    mean = average_vectors([vector(t3=30, t5=40), vector(t3=30, t9=40)])
    assert mean.weights[0] == 255
    assert mean.weights[1] == mean.weights[2] < 255


def test_the_heaviest_terms_are_kept() -> None:
    many = PaperVector(np.arange(2 * MAX_TERMS, dtype=np.uint32), np.full(2 * MAX_TERMS, 9, np.uint8))
    many.weights[-1] = 10
    mean = average_vectors([many])
    assert len(mean.terms) == MAX_TERMS
    assert 2 * MAX_TERMS - 1 in mean.terms


def test_nothing_has_an_empty_mean() -> None:
    assert len(average_vectors([]).terms) == len(average_vectors([vector()]).terms) == 0
