"""Decision trees on integers."""

import numpy as np
import pytest

from digest.ranking.trending.decision_trees import DecisionTrees, Tree, format_trees, parse_trees

STUMP: Tree = (0, 5, -10, 20)
DEEP: Tree = (1, 0, (0, 2, 1, 2), (0, 9, 3, (1, 7, 4, 5)))
TREES = DecisionTrees(("age", "votes"), 100, (STUMP, DEEP, 1000))


def plainly(tree: Tree, row: list[int]) -> int:
    if isinstance(tree, int):
        return tree
    feature, threshold, low, high = tree
    return plainly(low if row[feature] <= threshold else high, row)


def test_all_papers_together_get_what_each_gets_alone() -> None:
    rows = [[age, votes] for age in range(-3, 14) for votes in range(-3, 14)]
    expected = [100 + sum(plainly(tree, row) for tree in TREES.trees) for row in rows]
    assert TREES.evaluate(np.array(rows)).tolist() == expected
    assert len(set(expected)) > 5


def test_a_day_without_papers_has_no_totals() -> None:
    assert TREES.evaluate(np.empty((0, 2), dtype=np.int64)).tolist() == []


def test_trees_are_read_back_as_they_were_written() -> None:
    assert parse_trees(format_trees(TREES)) == TREES
    assert '["age",5,-10,20]' in format_trees(TREES).splitlines()


@pytest.mark.parametrize("line", ['["unheard",1,2,3]', "[1,2]", '"text"', "{}", "nonsense", "1.5"])
def test_a_line_that_is_no_tree_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the JSON reader's or ours
        parse_trees('{"features": ["age"], "bias": 0}\n' + line)
