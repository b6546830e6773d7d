"""Sets of papers, many at once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.matching.paper_sets import are_members, list_members, unpack_sets

SIZE = 20
SETS = st.lists(st.integers(0, (1 << SIZE) - 1), max_size=5)


@given(SETS)
def test_members_are_listed_set_by_set(sets: list[int]) -> None:
    rows, ranks = list_members(sets, SIZE)
    wanted = [(row, rank) for row, each in enumerate(sets) for rank in iterate_ranks(each)]
    assert list(zip(rows.tolist(), ranks.tolist(), strict=True)) == wanted


@given(SETS)
def test_a_table_says_who_is_a_member(sets: list[int]) -> None:
    table = unpack_sets(sets, SIZE)
    assert table.tolist() == [[bool(each >> rank & 1) for rank in range(SIZE)] for each in sets]
    rows, ranks = (axis.ravel() for axis in np.indices(table.shape))
    assert are_members(sets, SIZE, rows, ranks).tolist() == table.ravel().tolist()
