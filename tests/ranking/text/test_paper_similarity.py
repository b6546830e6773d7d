import numpy as np
import pytest

from digest.ranking.text import paper_similarity
from digest.ranking.text.paper_similarity import PaperSimilarity

ALIKE = np.array([[1.0, 0.25, 0.0], [0.25, 1.0, 0.5], [0.0, 0.5, 1.0]])


def never(rank: int) -> np.ndarray:
    raise AssertionError(f"the similarities of {rank} are known")


def find(similarity: PaperSimilarity) -> np.ndarray:
    return similarity.between(np.array([1, 2]), np.array([[0, 2], [0, 1]]))


def test_what_is_kept_is_not_computed_again() -> None:
    kept = PaperSimilarity(3, never)
    kept.keep(0, ALIKE[:1])
    kept.keep(1, ALIKE[1:])
    assert np.array_equal(find(kept), find(PaperSimilarity(3, ALIKE.__getitem__)))


def test_of_many_papers_only_those_in_letters_take_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_similarity, "MAX_KEPT_BYTES", 8)
    asked = []

    def compare(rank: int) -> np.ndarray:
        asked.append(rank)
        return np.asarray(ALIKE[rank])

    similarity = PaperSimilarity(3, compare)
    similarity.keep(0, ALIKE)
    assert find(similarity).tolist() == [[64, 128], [0, 128]]
    assert asked == [1, 2]
