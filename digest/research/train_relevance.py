"""Trains the weights of ranking/personal/relevance.py: a conditional logit over the papers of past days.

Its readers are authors of these papers. The readers by whom it is tested are others: no paper that one of them chose is
used, neither as a choice nor as one that was passed over. scipy fits the weights; the product needs numpy alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from digest.domain import ProgressCallback, no_progress
from digest.ranking.personal.relevance import COLUMN_NAMES, COLUMNS, RelevanceWeights
from digest.ranking.personal.signals import ReaderSignals
from digest.research.measures import ndcg
from digest.research.past_days import PastPaper, group_by_day
from digest.research.past_readers import (
    PastReader,
    ProfilePaper,
    ReaderDay,
    SignalMaker,
    draw_authors,
    find_reader_days,
    replay_days,
)

# Days of authors from which the weights are learned.
AUTHOR_DAYS = 2000

# Of the papers that an author passed over on a day so many are drawn.
PASSED_OVER = 300

KEYWORDS = 5

# How strongly weights are drawn to 0: the logit is fitted on columns of standard deviation 1.
REGULARISATION = 10.0
ITERATIONS = 100

# Columns that speak against a paper; all others speak for it.
SPEAK_AGAINST = frozenset(["like_usual", "like_no_category", "filter_usual"])

# A reader who asks for a word wants papers about it more than papers that mention it. The authors cannot show this, as
# their words are drawn from what they write, so these columns count so much at least.
LEAST_WEIGHTS: Mapping[str, float] = {"match_title": 0.3, "match_often": 0.1}

NDCG_DEPTH = 10


class Scenario(NamedTuple):
    """How much is known of a reader."""

    name: str
    # None: all.
    likes: int | None
    keywords: int


SCENARIOS = (
    Scenario("likes", None, 0),
    Scenario("likes and 5 keywords", None, KEYWORDS),
    Scenario("1 like and 5 keywords", 1, KEYWORDS),
    Scenario("2 likes and 5 keywords", 2, KEYWORDS),
    Scenario("3 likes and 5 keywords", 3, KEYWORDS),
    Scenario("5 keywords", 0, KEYWORDS),
)


class Example(NamedTuple):
    """A reader on a day: a row of columns for each paper, first those they chose."""

    columns: NDArray[np.float32]
    chosen: int
    likes: int
    # How many papers each of those passed over stands for.
    stands_for: float


class TooFewReaders(ValueError):
    """There is nothing to learn from. The text says why."""


def make_signals(maker: SignalMaker, profile: Sequence[ProfilePaper], scenario: Scenario) -> ReaderSignals:
    """Return what is known of a reader of these papers: keywords and categories are those of all of them."""
    return maker.make(profile, keywords=scenario.keywords, likes=scenario.likes)


def train_relevance(
    papers: Sequence[PastPaper], readers: Sequence[PastReader], seed: int = 1, tick: ProgressCallback = no_progress
) -> dict[str, RelevanceWeights]:
    """Return the weights, under an empty name, and those trained without each family, by its name.

    The same papers, readers and seed give the same weights. Raises TooFewReaders.
    """
    left_out = frozenset(arxiv_id for reader in readers for arxiv_id in reader.positives)
    authors = draw_authors(papers, left_out, AUTHOR_DAYS, seed)
    if not authors:
        raise TooFewReaders("no author wrote papers on several of these days")
    examples = list(_make_examples(papers, authors, left_out, seed, tick))
    made = {
        "by": "python manage.py train_relevance",
        "papers": len(papers),
        "days": f"{min(paper.day for paper in papers)} to {max(paper.day for paper in papers)}",
        "author days": len(authors),
        "papers left out": len(left_out),
        "papers sha256": _hash_ids(paper.arxiv_id for paper in papers),
        "left out sha256": _hash_ids(left_out),
        "seed": seed,
    }
    left_out_families = ("", *sorted(set(COLUMNS.values())))
    return {family: RelevanceWeights(*fit_logit(examples, without=family), made) for family in left_out_families}


def _hash_ids(ids: Any) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _make_examples(
    papers: Sequence[PastPaper],
    authors: Sequence[ReaderDay],
    left_out: frozenset[str],
    seed: int,
    tick: ProgressCallback,
) -> Iterator[Example]:
    """Yield three examples of each author: all likes; few likes and keywords; keywords with all likes or without."""
    likes, both, one, two, three, none = SCENARIOS
    maker, random = SignalMaker(), np.random.default_rng(seed)
    asked: defaultdict[date, list[tuple[ReaderDay, ReaderSignals]]] = defaultdict(list)
    for number, author in enumerate(authors):
        for scenario in (likes, (one, two, three)[number % 3], (none, both)[number % 2]):
            asked[author.day].append((author, make_signals(maker, author.reader.profile, scenario)))
    filters = {text for each in asked.values() for _, signals in each for text in signals.filters}
    by_day = group_by_day(papers)
    for count, past in enumerate(replay_days(by_day, filters), start=1):
        ids = past.ids
        for author, signals in asked[past.day]:
            chosen = [rank for rank, arxiv_id in enumerate(ids) if arxiv_id in author.chosen]
            others = [rank for rank, each in enumerate(ids) if each not in author.chosen and each not in left_out]
            drawn = random.permutation(others)[:PASSED_OVER]
            columns = past.scorer.measure(signals)[:, [*chosen, *drawn.tolist()]].T.astype(np.float32)
            yield Example(columns, len(chosen), len(signals.liked), len(others) / max(1, len(drawn)))
        tick(count, len(by_day))


def fit_logit(examples: Sequence[Example], without: str = "") -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return the weights of the columns for readers of many likes and of none, those of a family left out as 0.

    Maximises the likelihood of the choices (McFadden 1974), each example alike, with those passed over as a sample
    (their scores are raised by the logarithm of how many papers each stands for), less a quadratic penalty. Weights
    keep the sign that their column's meaning asks for, so that a paper more similar than any known one is not put last.
    """
    columns = np.concatenate([each.columns for each in examples])
    scale = columns.std(axis=0)
    scale[scale < 1e-6] = np.inf  # a column without differences says nothing
    scale[[family == without for family in COLUMNS.values()]] = np.inf
    columns = (columns - columns.mean(axis=0)) / scale
    counts = np.array([len(each.columns) for each in examples])
    starts = np.concatenate([[0], counts.cumsum()[:-1]])
    of_none = np.repeat([1 / (each.likes + 1) for each in examples], counts).astype(np.float32)
    raised = np.concatenate(
        [np.where(np.arange(len(each.columns)) < each.chosen, 0, log(each.stands_for)) for each in examples]
    ).astype(np.float32)
    share = np.concatenate(
        [np.where(np.arange(len(each.columns)) < each.chosen, 1 / each.chosen, 0) for each in examples]
    ).astype(np.float32)
    width = columns.shape[1]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        many, none = weights[:width].astype(np.float32), weights[width:].astype(np.float32)
        scores = (1 - of_none) * (columns @ many) + of_none * (columns @ none) + raised
        highest = np.maximum.reduceat(scores, starts)
        odds = np.exp(scores - np.repeat(highest, counts))
        sums = np.add.reduceat(odds, starts)
        error = odds / np.repeat(sums, counts) - share
        value = float((np.log(sums) + highest).sum() - share @ scores)
        slope = np.concatenate([(error * (1 - of_none)) @ columns, (error * of_none) @ columns]).astype(np.float64)
        return value + REGULARISATION * float(weights @ weights) / 2, slope + REGULARISATION * weights

    least = [
        LEAST_WEIGHTS.get(name, 0.0) * deviation if np.isfinite(deviation) else 0.0
        for name, deviation in zip(COLUMN_NAMES, scale, strict=True)
    ]
    bounds = 2 * [
        (None, 0.0) if name in SPEAK_AGAINST else (lowest, None)
        for name, lowest in zip(COLUMN_NAMES, least, strict=True)
    ]
    start, options = np.zeros(2 * width), {"maxiter": ITERATIONS}
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    rounded = [[round(float(each), 3) for each in part / scale] for part in (fitted[:width], fitted[width:])]
    return dict(zip(COLUMN_NAMES, rounded[0], strict=True)), dict(zip(COLUMN_NAMES, rounded[1], strict=True))


class RelevanceFigure(NamedTuple):
    """The mean nDCG@10 of readers in a scenario."""

    scenario: str
    ndcg: float
    reader_days: int


def measure_variants(
    papers: Sequence[PastPaper],
    readers: Sequence[PastReader],
    variants: Mapping[str, RelevanceWeights],
    scenarios: Sequence[Scenario] = SCENARIOS,
    tick: ProgressCallback = no_progress,
) -> dict[str, list[RelevanceFigure]]:
    """Return how well papers are ranked for readers whom the weights have never seen, by weights and scenario."""
    maker = SignalMaker()
    known = {
        (reader.name, scenario.name): make_signals(maker, reader.profile, scenario)
        for reader in readers
        for scenario in scenarios
    }
    asked: defaultdict[date, list[ReaderDay]] = defaultdict(list)
    for reader_day in find_reader_days(readers, papers):
        asked[reader_day.day].append(reader_day)
    filters = {text for signals in known.values() for text in signals.filters}
    gains: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    by_day = group_by_day(papers)
    for count, past in enumerate(replay_days(by_day, filters), start=1):
        for reader_day in asked[past.day]:
            for scenario in scenarios:
                signals = known[reader_day.reader.name, scenario.name]
                columns = past.scorer.measure(signals)
                for name, weights in variants.items():
                    totals = weights.of(len(signals.liked)) @ columns
                    first = np.argsort(-totals, kind="stable")[:NDCG_DEPTH].tolist()
                    gain = ndcg([past.ids[rank] for rank in first], reader_day.chosen, NDCG_DEPTH)
                    gains[name, scenario.name].append(gain)
        tick(count, len(by_day))
    return {
        name: [
            RelevanceFigure(scenario.name, sum(found) / max(1, len(found)), len(found))
            for scenario in scenarios
            for found in [gains[name, scenario.name]]
        ]
        for name in variants
    }


def format_figures(figures: Mapping[str, Sequence[RelevanceFigure]]) -> str:
    """Return a table in Markdown: a row for each scenario, a column for all families and one without each."""
    rows = [["nDCG@10", *(f"without {family}" if family else "all" for family in figures)]]
    rows.append(["---", *["--:" for _ in figures]])
    rows += [
        [of_scenario[0].scenario, *(f"{figure.ndcg:.4f}" for figure in of_scenario)]
        for of_scenario in zip(*figures.values(), strict=True)
    ]
    days = {figure.reader_days for each in figures.values() for figure in each}
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{table}\n\nOn {max(days, default=0)} days of readers who were not trained on."
