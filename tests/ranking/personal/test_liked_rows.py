import numpy as np
import pytest

from digest.ranking.personal import liked_rows
from digest.ranking.personal.liked_rows import LikedRows, Traits
from digest.ranking.personal.signals import WeightedPaper
from digest.ranking.text.term_index import TermIndex
from tests.ranking import papers

WORDS = ("conformal", "prediction", "graph", "kernel", "quantum", "galaxy", "ring")
OF_THE_DAY = [papers.vector(papers.paper(f"{word} sampling")) for word in WORDS]
LIKED = [papers.liked(papers.paper(f"{word} theory")) for word in WORDS]


def make_rows() -> LikedRows:
    return LikedRows(TermIndex(OF_THE_DAY), len(OF_THE_DAY), len(WORDS), describe)


def describe(paper: WeightedPaper) -> Traits:
    place = LIKED.index(paper)
    return Traits([place], [place], 1 << place, 2 << place)


def test_papers_come_out_alike_when_they_had_to_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = make_rows().find(LIKED)
    monkeypatch.setattr(liked_rows, "MIN_ROWS", 3)
    monkeypatch.setattr(liked_rows, "MAX_BYTES", 0)
    rows = make_rows()
    for places in ([0, 1, 2], [3], [0, 3], [4, 5, 6], [2, 1], [2, 6, 1], [0]):
        found = rows.find([LIKED[place] for place in places])
        assert np.array_equal(found.similarities, wanted.similarities[places])
        assert np.array_equal(found.categories, wanted.categories[places])
        assert np.array_equal(found.primary, wanted.primary[places])
        assert found.same_author == [2 << place for place in places]


def test_those_go_first_that_nobody_asked_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liked_rows, "MIN_ROWS", 3)
    monkeypatch.setattr(liked_rows, "MAX_BYTES", 0)
    described = []

    def note(paper: WeightedPaper) -> Traits:
        described.append(LIKED.index(paper))
        return describe(paper)

    rows = LikedRows(TermIndex(OF_THE_DAY), len(OF_THE_DAY), len(WORDS), note)
    for place in (0, 1, 2, 0, 3, 0, 2, 1):
        rows.find([LIKED[place]])
    assert described == [0, 1, 2, 3, 1]
