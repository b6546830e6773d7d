"""Where a letter tells why its papers are there: each once, and the same reasons not again and again."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.letters.reasons import PlacedReasons, place_reasons

PAPERS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(("", "x", "y"))), max_size=8)


def list_papers(line: PlacedReasons) -> range:
    return range(line.place, line.place + line.following + 1)


@given(PAPERS)
def test_one_line_speaks_for_each_paper_and_tells_the_first_of_the_same_causes(papers: list[tuple[str, str]]) -> None:
    causes, words = [cause for cause, _ in papers], [said for _, said in papers]
    lines = place_reasons(causes, words)
    assert [paper for line in lines for paper in list_papers(line)] == [at for at, said in enumerate(words) if said]
    for line in lines:
        told = {causes[paper] for paper in list_papers(line)}
        assert told == {causes[line.first]}
        assert line.first == min(at for at, each in enumerate(papers) if each[0] in told and each[1])
        if line.place == line.first:
            assert {words[paper] for paper in list_papers(line)} == {words[line.first]}


@given(PAPERS)
def test_two_lines_in_a_row_could_not_be_one(papers: list[tuple[str, str]]) -> None:
    causes, words = [cause for cause, _ in papers], [said for _, said in papers]
    for line, following in pairwise(place_reasons(causes, words)):
        is_adjacent = list_papers(line).stop == following.place
        refers_or_says_the_same = line.place != line.first or words[following.place] == words[line.first]
        assert not (is_adjacent and line.first == following.first and refers_or_says_the_same)
