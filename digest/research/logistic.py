"""Fits the `WordModel`: logistic regression by stochastic gradients, each weight with a step of its own (AdaGrad)."""

import math
import random
from collections.abc import Mapping, Sequence

from digest.summaries.extractive.word_salience import WordModel, logistic

# A word of an abstract, its values, whether its TL;DR has it.
WordRow = tuple[str, tuple[float, ...], bool]

ROUNDS = 5
STEP = 0.1
# How much a weight gives way each time it is touched (L2).
REGULARISATION = 2e-5


def fit_words(
    rows: Sequence[WordRow], seen: Mapping[str, int], papers: int, seed: int, rounds: int = ROUNDS
) -> WordModel:
    """*seen*: the vocabulary, key → papers that have it. The same rows in the same order give the same weights."""
    weights = [0.0] * len(rows[0][1])
    speed = [1e-8] * len(weights)
    known = dict.fromkeys(seen, 0.0)
    speeds = dict.fromkeys(seen, 1e-8)
    order = list(range(len(rows)))
    chance = random.Random(seed)  # noqa: S311 a shuffle, no secret
    for _ in range(rounds):
        chance.shuffle(order)
        for number in order:
            key, values, used = rows[number]
            total = known.get(key, 0.0)
            for weight, value in zip(weights, values, strict=True):
                total += weight * value
            off = logistic(total) - used
            for place, value in enumerate(values):
                if value:
                    slope = off * value + REGULARISATION * weights[place]
                    speed[place] += slope * slope
                    weights[place] -= STEP * slope / math.sqrt(speed[place])
            if key in known:
                slope = off + REGULARISATION * 100 * known[key]
                speeds[key] += slope * slope
                known[key] -= STEP * slope / math.sqrt(speeds[key])
    return WordModel(papers, tuple(weights), {key: (seen[key], known[key]) for key in seen})
