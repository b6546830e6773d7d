"""Letters composed from scores."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.selection.compose import Composition, LetterRequest, LetterScores, compose_letters
from digest.ranking.text.paper_similarity import PaperSimilarity
from tests.ranking.reference import MASK, compose_plainly


def compose(
    totals: list[float],
    *,
    papers: int = 10,
    filters: tuple[tuple[int, ...], ...] = (),
    similar: tuple[tuple[int, int, float], ...] = (),
    listed: bool = True,
    reader: int = 1,
) -> Composition:
    """Compose the letter of one reader; papers in no filter are only listed in a category, if *listed*."""
    size = len(totals)
    alike = np.eye(size)
    for first, second, cosine in similar:
        alike[first, second] = alike[second, first] = cosine
    matched = {rank for ranks in filters for rank in ranks}
    scores = LetterScores(
        np.array([totals]),
        np.array([totals]),
        np.ones((1, size), dtype=bool),
        np.array([[listed and rank not in matched for rank in range(size)]]),
    )
    request = LetterRequest(reader, papers, [sum(1 << rank for rank in ranks) for ranks in filters])
    keys = np.arange(1, size + 1, dtype=np.uint64) << np.uint64(40)
    return compose_letters([request], scores, PaperSimilarity(size, alike.__getitem__), keys)[0]


def falling(size: int) -> list[float]:
    return [10.0 - number for number in range(size)]


def test_the_best_papers_stand_in_the_order_of_their_scores() -> None:
    assert compose([1.0, 3.0, 2.0]).ranks == [1, 2, 0]


def test_a_paper_like_another_in_the_letter_gives_way() -> None:
    close = [9.0, 8.0, 7.0, 6.0, 5.5]
    assert compose(close, similar=((0, 3, 0.4),)).ranks == [0, 1, 2, 4, 3]
    assert compose(close, similar=((3, 4, 0.4),)).ranks == [0, 1, 2, 3, 4]


def test_the_first_three_are_the_best_three_however_alike() -> None:
    assert compose(falling(6), similar=((0, 1, 0.9), (0, 2, 0.9))).ranks[:3] == [0, 1, 2]


def test_one_idea_is_told_once() -> None:
    letter = compose(falling(20), papers=4, similar=((0, 3, 0.6), (1, 4, 0.6)))
    assert letter.ranks == [0, 1, 2, 5]


def test_a_duplicate_comes_last_where_there_is_room() -> None:
    assert compose(falling(6), similar=((0, 3, 0.6),)).ranks == [0, 1, 2, 4, 5, 3]


def test_a_narrow_filter_keeps_a_place_against_a_category() -> None:
    assert compose(falling(30), papers=4, filters=((20, 25),)).ranks == [0, 1, 2, 20]
    assert 20 not in compose(falling(30), papers=4, filters=((20, 25),), listed=False).ranks
    assert 20 not in compose(falling(30), papers=3, filters=((20, 25),)).ranks


def test_a_broad_filter_keeps_no_place() -> None:
    assert compose(falling(30), papers=4, filters=(tuple(range(20, 26)),)).ranks == [0, 1, 2, 3]


def test_every_tenth_place_is_for_exploration() -> None:
    letter = compose(falling(60), papers=20)
    assert letter.explored == {letter.ranks[9], letter.ranks[19]}
    assert letter.explored.isdisjoint(range(18))
    assert [rank for rank in letter.ranks if rank not in letter.explored] == list(range(18))


def test_a_short_letter_explores_nothing() -> None:
    assert compose(falling(60), papers=4).explored == frozenset()
    assert compose(falling(5), papers=5).explored == frozenset(), "nothing is left to explore"
    assert len(compose(falling(60), papers=5).explored) == 1


def test_readers_explore_different_papers() -> None:
    letters = [compose(falling(60), reader=reader) for reader in range(1, 31)]
    assert len({letter.explored for letter in letters}) > 15
    assert letters == [compose(falling(60), reader=reader) for reader in range(1, 31)]


def test_almost_equal_papers_are_drawn_by_reader() -> None:
    close = [1.0, 1.0 - 1e-9, 0.5]
    orders = {tuple(compose(close, reader=reader).ranks) for reader in range(1, 31)}
    assert orders == {(0, 1, 2), (1, 0, 2)}


RANKS = st.integers(0, 15)
TOTAL = st.integers(-20, 20).map(lambda number: number / 8)


@given(
    st.lists(st.tuples(TOTAL, TOTAL), min_size=1, max_size=16),
    st.lists(st.tuples(RANKS, RANKS, st.integers(0, 5)), max_size=12),
    st.lists(
        st.tuples(
            st.integers(1, 2**40),
            st.integers(1, 30),
            st.sets(RANKS),
            st.sets(RANKS),
            st.lists(st.sets(RANKS), max_size=3),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_letters_are_those_that_are_composed_plainly(
    papers: list[tuple[float, float]],
    similar: list[tuple[int, int, int]],
    readers: list[tuple[int, int, set[int], set[int], list[set[int]]]],
    many: bool,
) -> None:
    papers = papers * 12 if many else papers
    size = len(papers)
    totals, without_trending = zip(*papers, strict=True)
    alike = np.eye(size)
    for first, second, fifths in similar:
        alike[first % size, second % size] = alike[second % size, first % size] = fifths / 5
    keys = [(number * 0x9E3779B97F4A7C15 + 7) & MASK for number in range(size)]
    candidates = [set(range(size)) - missing for _, _, missing, _, _ in readers]
    filters = [[set(matches) & candidates[row] for matches in each[4]] for row, each in enumerate(readers)]
    listed = [each[3] - {rank for matches in filters[row] for rank in matches} for row, each in enumerate(readers)]
    composed = compose_letters(
        [
            LetterRequest(each[0], each[1], [sum(1 << rank for rank in matches) for matches in filters[row]])
            for row, each in enumerate(readers)
        ],
        LetterScores(
            np.tile(totals, (len(readers), 1)),
            np.tile(without_trending, (len(readers), 1)),
            np.array([[rank in each for rank in range(size)] for each in candidates]),
            np.array([[rank in each for rank in range(size)] for each in listed]),
        ),
        PaperSimilarity(size, alike.__getitem__),
        np.array(keys, dtype=np.uint64),
    )
    assert composed == [
        compose_plainly(
            each[0],
            each[1],
            filters[row],
            totals={rank: totals[rank] for rank in candidates[row]},
            without_trending={rank: without_trending[rank] for rank in candidates[row]},
            only_listed=listed[row],
            similarity=alike.tolist(),
            paper_keys=keys,
        )
        for row, each in enumerate(readers)
    ]
