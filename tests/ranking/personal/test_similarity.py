"""How much the papers of a day resemble another paper."""

import pytest

from digest.ranking.personal.similarity import SHARED_AUTHOR_SIMILARITY, MarkedPaper
from tests.ranking.papers import day, paper

INDEX = day(
    paper("Proteins", abstract="Amino acid sequences of proteins tell how they fold.", authors=("Lin Mei",)),
    paper("Qubits", abstract="Surface codes correct errors.", authors=("A. Kitaev",)),
)


def similarity(*authors: str) -> float:
    """Return how much the first paper resembles one that shares some of its words and has these authors."""
    marked = MarkedPaper("2512.00001", "Folding proteins", "Yeast ferments amino acid sequences into sugar.", authors)
    return INDEX.similarity.to(marked)[0]


def test_a_shared_author_takes_similarity_a_step_nearer_to_one() -> None:
    by_words = similarity()
    assert 0.2 < by_words < 0.8
    expected = by_words + SHARED_AUTHOR_SIMILARITY * (1 - by_words)
    assert similarity("Lin Mei") == pytest.approx(expected, abs=1e-6)
    assert by_words < expected < 1


def test_several_shared_authors_count_as_one() -> None:
    index = day(paper("Proteins", authors=("Lin Mei", "Emmy Noether")))
    marked = MarkedPaper("2512.00001", "Zymurgy", "Yeast.", ("Lin Mei", "Emmy Noether"))
    assert index.similarity.to(marked)[0] == pytest.approx(SHARED_AUTHOR_SIMILARITY)


def test_authors_of_other_papers_change_nothing() -> None:
    assert similarity("A. Kitaev") == similarity()
