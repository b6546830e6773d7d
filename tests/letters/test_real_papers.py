"""Letters of real papers, in each language and level of detail: what holds for samples holds for what arXiv lists."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from digest.domain import PaperRecord
from tests.letters.real_papers import load_papers, measure_letters


@pytest.fixture(scope="module")
def papers(shared_data: Path, many: int) -> Sequence[PaperRecord]:
    """A thousand papers in CI, fewer while somebody waits."""
    return load_papers(shared_data, many)


@pytest.mark.data
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("detail", ["titles", "tldr", "structured", "abstract"])
def test_real_papers_make_sound_letters(papers: Sequence[PaperRecord], language: str, detail: str) -> None:
    assert measure_letters(papers, language, detail).faults == []
