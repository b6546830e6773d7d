"""Ridge regression within groups, in plain Python: which of a paper's candidates is better, not which paper is easy."""

import math
from collections.abc import Iterable, Sequence

# The features of a candidate, and its score.
ScoredCandidate = tuple[tuple[float, ...], float]

# On the weights of features that are scaled to a standard deviation of 1.
RIDGE_PENALTY = 10.0


def fit_ridge(
    groups: Iterable[Sequence[ScoredCandidate]], size: int, penalty: float = RIDGE_PENALTY
) -> tuple[float, ...]:
    """Return the weights of *size* features, unscaled.

    Features and scores are taken as differences from their group's mean.
    """
    square = [[0.0] * size for _ in range(size)]
    right = [0.0] * size
    count = 0
    for group in groups:
        for values, score in _centre_group(group):
            count += 1
            present = [(place, value) for place, value in enumerate(values) if value]
            for place, value in present:
                row = square[place]
                right[place] += value * score
                for other, second in present:
                    row[other] += value * second
    spread = [math.sqrt(square[place][place] / max(count, 1)) or 1.0 for place in range(size)]
    for place in range(size):
        square[place][place] += penalty * spread[place] ** 2
    return solve_cholesky(square, right)


def _centre_group(group: Sequence[ScoredCandidate]) -> list[ScoredCandidate]:
    if not group:
        return []
    means = [sum(column) / len(group) for column in zip(*(values for values, _ in group), strict=True)]
    mean = sum(score for _, score in group) / len(group)
    return [
        (tuple(value - middle for value, middle in zip(values, means, strict=True)), score - mean)
        for values, score in group
    ]


def solve_cholesky(square: list[list[float]], right: list[float]) -> tuple[float, ...]:
    """Return the vector that *square* maps to *right*. *square* is symmetric and positive definite (Cholesky)."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            rest = square[row][column] - sum(lower[row][k] * lower[column][k] for k in range(column))
            lower[row][column] = math.sqrt(rest) if row == column else rest / lower[column][column]
    forward: list[float] = []
    for row in range(size):
        forward.append((right[row] - sum(lower[row][k] * forward[k] for k in range(row))) / lower[row][row])
    answer = [0.0] * size
    for row in reversed(range(size)):
        rest = forward[row] - sum(lower[k][row] * answer[k] for k in range(row + 1, size))
        answer[row] = rest / lower[row][row]
    return tuple(answer)
