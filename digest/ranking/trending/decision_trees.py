"""Boosted decision trees on integer features: the same sum of integers on every machine."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# A leaf's value, or a question: feature, threshold, the tree for values up to the threshold, and for those above.
Tree = int | tuple[int, int, "Tree", "Tree"]


class DecisionTrees(NamedTuple):
    """Trees over named features. Values of leaves are thousandths of log odds, and so is the bias."""

    features: tuple[str, ...]
    bias: int
    trees: tuple[Tree, ...]

    def evaluate(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each row of feature values (papers × features) the bias and the sum of its leaves, in thousandths.

        All papers go down a tree together, a node at a time, which takes a tenth of a second for a day.
        """
        totals = np.full(len(rows), self.bias, dtype=np.int64)
        columns = np.ascontiguousarray(rows.T)
        for tree in self.trees:
            _add_leaves(tree, columns, np.arange(len(rows)), totals)
        return totals


def _add_leaves(tree: Tree, columns: NDArray[np.int64], places: NDArray[np.intp], totals: NDArray[np.int64]) -> None:
    """Add to the totals of the papers at *places* the values of the leaves that they come to."""
    if isinstance(tree, int):
        totals[places] += tree
        return
    feature, threshold, low, high = tree
    is_low = columns[feature][places] <= threshold
    _add_leaves(low, columns, places[is_low], totals)
    _add_leaves(high, columns, places[~is_low], totals)


def parse_trees(text: str) -> DecisionTrees:
    """Read what `format_trees` wrote. Raises ValueError for anything else."""
    first, *lines = text.splitlines()
    head = json.loads(first)
    features = tuple(map(str, head["features"]))
    return DecisionTrees(features, int(head["bias"]), tuple(_parse_tree(json.loads(line), features) for line in lines))


def _parse_tree(node: Any, features: Sequence[str]) -> Tree:
    if isinstance(node, int):
        return node
    if not isinstance(node, list) or len(node) != 4 or node[0] not in features:
        raise ValueError(f"not a decision tree: {str(node)[:80]}")
    low, high = (_parse_tree(each, features) for each in node[2:])
    return features.index(node[0]), int(node[1]), low, high


def format_trees(trees: DecisionTrees) -> str:
    """Write the features and the bias, then one tree a line with its features by name; ends with a line break."""
    head = {"features": trees.features, "bias": trees.bias}
    return _join_lines([head, *(_name_features(tree, trees.features) for tree in trees.trees)])


def _name_features(tree: Tree, features: Sequence[str]) -> Any:
    if isinstance(tree, int):
        return tree
    feature, threshold, low, high = tree
    return [features[feature], threshold, _name_features(low, features), _name_features(high, features)]


def _join_lines(objects: Iterable[Any]) -> str:
    return "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in objects)
