"""Ranks papers by how much they are on the subject of some seed papers.

Each paper gets four features: how like it is to all seeds together, how like to the nearest of them, how like to papers
in general, and how much its categories speak for it. A logistic regression weighs them anew for every topic: it tells
the seeds, each compared with the other seeds only, from the papers that are ranked. These count as not on the subject:
nearly all of them are not, and a few that are change little.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.ranking.search.vector_table import VectorTable
from digest.ranking.text.paper_vector import PaperVector

NEAREST_SEEDS = 5

# A category's share among the seeds is mixed with its share among all papers, as if so many seeds more were like them.
CATEGORY_PRIOR = 12.0

# What the features weigh where seeds are too few to say; with more they are drawn towards it.
USUAL_WEIGHTS = (1.0, 0.3, -0.3, 0.6)
FEW_SEEDS = 5

# On the squared distance from the usual weights.
REGULARISATION = 1.2
NEWTON_STEPS = 50
MIN_STEP = 1e-6

# Weights are rounded to such parts, and so are the same on every machine.
WEIGHT_PARTS = 1024


@dataclass(frozen=True, slots=True, eq=False)
class TopicPaper:
    """What is read of a seed or of a paper that is ranked."""

    vector: PaperVector
    categories: tuple[str, ...]


def score_topic(seeds: Sequence[TopicPaper], papers: Sequence[TopicPaper]) -> NDArray[np.float64]:
    """Return a score for each of *papers*, higher for those on the subject of *seeds*. Without seeds all are 0."""
    if not seeds or not papers:
        return np.zeros(len(papers))
    of_seeds, of_papers = _make_features(seeds, papers)
    mean, deviation = of_papers.mean(axis=0), of_papers.std(axis=0)
    deviation[deviation == 0] = 1.0
    rows = (of_papers - mean) / deviation
    weights = np.array(USUAL_WEIGHTS)
    if len(seeds) >= FEW_SEEDS:
        weights = fit_logistic((of_seeds - mean) / deviation, rows, weights)
    score = np.zeros(len(papers))
    for column, weight in enumerate(weights):  # in this order on every machine
        score += weight * rows[:, column]
    return score


def _make_features(
    seeds: Sequence[TopicPaper], papers: Sequence[TopicPaper]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the features of seeds and of papers, a row each."""
    seed_table, table = (VectorTable.of([each.vector for each in group]) for group in (seeds, papers))
    seed_total, general = seed_table.total(), table.total()
    categories = CategoryOdds([seed.categories for seed in seeds], [paper.categories for paper in papers])

    nearest = np.zeros((len(papers), 0))
    seed_rows = []
    for place, seed in enumerate(seeds):
        nearest = _keep_nearest(nearest, table.similarities_to(seed.vector))
        to_seeds = np.delete(seed_table.similarities_to(seed.vector), place)
        together = seed_table.similarities(seed_total - seed_table.unit(place))[place]
        near = np.sort(to_seeds)[::-1][:NEAREST_SEEDS]
        seed_rows.append((together, near.mean() if len(near) else 0.0, 0.0, categories.of_seed(seed.categories)))
    of_seeds = np.array(seed_rows)
    of_seeds[:, 2] = seed_table.similarities(general)
    of_papers = np.stack(
        (
            table.similarities(seed_total),
            nearest.mean(axis=1),
            table.similarities(general),
            np.array([categories.of_paper(paper.categories) for paper in papers]),
        ),
        axis=1,
    )
    return of_seeds, of_papers


def _keep_nearest(nearest: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the NEAREST_SEEDS highest similarities of each paper, highest first, with those *found*."""
    both: NDArray[np.float64] = np.sort(np.column_stack((nearest, found)), axis=1)[:, ::-1]
    return both[:, :NEAREST_SEEDS]


class CategoryOdds:
    """How much more often seeds have a paper's categories than papers in general, as a sum of logarithms."""

    def __init__(self, seeds: Sequence[Sequence[str]], papers: Sequence[Sequence[str]]) -> None:
        self._seeds, self._seed_count = Counter(code for codes in seeds for code in set(codes)), len(seeds)
        self._papers, self._paper_count = Counter(code for codes in papers for code in set(codes)), len(papers)

    def of_paper(self, codes: Sequence[str]) -> float:
        """Return the sum over a paper's categories: above 0 if they speak for it."""
        return sum(self._odds(code, self._seeds[code], self._seed_count) for code in codes)

    def of_seed(self, codes: Sequence[str]) -> float:
        """Return the same for a seed, by the other seeds only."""
        return sum(self._odds(code, self._seeds[code] - 1, self._seed_count - 1) for code in codes)

    def _odds(self, code: str, among_seeds: int, seeds: int) -> float:
        in_general = (self._papers[code] + 1) / (self._paper_count + 1)
        among = (among_seeds + CATEGORY_PRIOR * in_general) / (seeds + CATEGORY_PRIOR)
        return float(np.log(among / in_general))


def fit_logistic(
    positive: NDArray[np.float64], negative: NDArray[np.float64], usual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of a logistic regression (Newton's method), without its constant, in WEIGHT_PARTS.

    *usual* are the weights that it would have without rows.
    """
    rows = np.vstack((positive, negative))
    rows = np.column_stack((rows, np.ones(len(rows))))
    wanted = np.arange(len(rows)) < len(positive)
    penalty = np.full(rows.shape[1], REGULARISATION)
    penalty[-1] = 0.0
    start = np.append(usual, np.log(len(positive) / len(negative)))
    weights = start
    loss = _loss(rows, wanted, penalty, weights, start)
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - wanted) + penalty * (weights - start)
        curvature = (rows.T * (chance * (1 - chance))) @ rows + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curvature, slope)
        # A whole step may go too far where positives are rare.
        while (new := _loss(rows, wanted, penalty, weights - step, start)) > loss and np.abs(step).max() > MIN_STEP:
            step = step / 2
        weights, loss = weights - step, new
        if np.abs(step).max() <= MIN_STEP:
            break
    rounded: NDArray[np.float64] = np.rint(weights[:-1] * WEIGHT_PARTS) / WEIGHT_PARTS
    return rounded


def _loss(
    rows: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    penalty: NDArray[np.float64],
    weights: NDArray[np.float64],
    start: NDArray[np.float64],
) -> float:
    odds = rows @ weights
    drawn = np.sum(penalty * (weights - start) ** 2) / 2
    return float(np.sum(np.logaddexp(0, np.where(wanted, -odds, odds))) + drawn)
