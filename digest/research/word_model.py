"""Fits the `WordModel`: logistic regression by stochastic gradients, each weight with a step of its own (AdaGrad)."""

import math
import random
from collections.abc import Mapping, Sequence

from digest.summaries.extractive.word_salience import WordModel, logistic

# The key of a word of an abstract, its features, and whether its TL;DR has it.
WordRow = tuple[str, tuple[float, ...], bool]

ROUNDS = 5
STEP = 0.1
# How much a weight shrinks at each step (L2).
REGULARISATION = 2e-5


def fit_word_model(
    rows: Sequence[WordRow], seen: Mapping[str, int], papers: int, seed: int, rounds: int = ROUNDS
) -> WordModel:
    """Fit the model. The same rows in the same order and the same seed give the same weights.

    *seen* is the vocabulary: how many papers have each key.
    """
    weights = [0.0] * len(rows[0][1])
    squares = [1e-8] * len(weights)
    known = dict.fromkeys(seen, 0.0)
    key_squares = dict.fromkeys(seen, 1e-8)
    order = list(range(len(rows)))
    shuffler = random.Random(seed)  # noqa: S311 a shuffle, no secret
    for _ in range(rounds):
        shuffler.shuffle(order)
        for number in order:
            key, values, used = rows[number]
            total = known.get(key, 0.0)
            for weight, value in zip(weights, values, strict=True):
                total += weight * value
            error = logistic(total) - used
            for place, value in enumerate(values):
                if value:
                    slope = error * value + REGULARISATION * weights[place]
                    squares[place] += slope * slope
                    weights[place] -= STEP * slope / math.sqrt(squares[place])
            if key in known:
                slope = error + REGULARISATION * 100 * known[key]
                key_squares[key] += slope * slope
                known[key] -= STEP * slope / math.sqrt(key_squares[key])
    return WordModel(papers, tuple(weights), {key: (seen[key], known[key]) for key in seen})
