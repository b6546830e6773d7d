"""Trains the weights of ranking/personal/relevance.py: a conditional logit over the papers of past days.

It learns from readers whose choices are known, and from authors of the papers, who stand for more of them. It is tested
on the same readers in folds: each is ranked by weights that were trained without them, and without any paper that a
reader of their fold chose. What is shipped is trained on all. scipy fits the weights; the product needs numpy alone.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import log
from random import Random
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from digest.domain import ProgressCallback, no_progress
from digest.ranking.personal.relevance import COLUMN_NAMES, COLUMNS, RelevanceWeights
from digest.ranking.personal.signals import ReaderSignals
from digest.ranking.shipped_figures import RelevanceFigures, ScenarioFigures
from digest.research.measures import ndcg
from digest.research.past_days import PastPaper, group_by_day
from digest.research.past_readers import (
    PastReader,
    ProfilePaper,
    ReaderDay,
    SignalMaker,
    draw_authors,
    find_reader_days,
    prepare_days,
)

# Days of authors from which the weights are learned.
AUTHOR_DAYS = 2000

# Of the papers that a reader passed over on a day so many are drawn.
PASSED_OVER = 60

# The readers are tested in so many parts, each by weights of the others.
FOLDS = 5

# An example of an author counts so much beside one of a reader: what authors like is of the same two months, which
# brings it nearer to what they choose than it is for readers.
AUTHOR_COUNTS = 0.4

KEYWORDS = 5

# How strongly weights are drawn to 0: the logit is fitted on columns of standard deviation 1.
REGULARISATION = 10.0
ITERATIONS = 100

# Columns that speak against a paper; all others speak for it.
SPEAK_AGAINST = frozenset(["like_usual", "like_no_category", "follows_others", "filter_usual"])

# A reader who asks for a word wants papers about it more than papers that mention it. The authors cannot show this, as
# their words are drawn from what they write, so these columns count so much at least.
LEAST_WEIGHTS: Mapping[str, float] = {"match_title": 0.3, "match_often": 0.1}

NDCG_DEPTH = 10


class Scenario(NamedTuple):
    """How much is known of a reader, and how much an example of it counts in the training."""

    name: str
    # None: all.
    likes: int | None
    keywords: int
    counts: float = 1.0


SCENARIOS = (
    Scenario("likes", None, 0, 1.5),
    Scenario("likes and 5 keywords", None, KEYWORDS, 1.5),
    Scenario("1 like and 5 keywords", 1, KEYWORDS, 0.5),
    Scenario("2 likes and 5 keywords", 2, KEYWORDS, 0.5),
    Scenario("3 likes and 5 keywords", 3, KEYWORDS, 0.5),
    Scenario("5 keywords", 0, KEYWORDS),
)


class Example(NamedTuple):
    """A reader on a day: a row of columns for each paper, first those they chose."""

    columns: NDArray[np.float32]
    chosen: int
    likes: int
    # How many papers each of those passed over stands for.
    stands_for: float
    # How much the example counts.
    counts: float
    # The fold of the reader; None for an author.
    fold: int | None = None


class TooFewReaders(ValueError):
    """There is nothing to learn from. The text says why."""


def make_signals(maker: SignalMaker, profile: Sequence[ProfilePaper], scenario: Scenario) -> ReaderSignals:
    """Return what is known of a reader of these papers: keywords and categories are those of all of them."""
    return maker.make(profile, keywords=scenario.keywords, likes=scenario.likes)


class TrainedWeights(NamedTuple):
    """The weights to ship, and those by which the readers are tested."""

    shipped: RelevanceWeights
    # By the family that they were trained without, "" for none: those for the readers of each fold.
    by_fold: Mapping[str, Sequence[RelevanceWeights]]
    # The fold of each reader, by name.
    folds: Mapping[str, int]


def train_relevance(
    papers: Sequence[PastPaper], readers: Sequence[PastReader], seed: int = 1, tick: ProgressCallback = no_progress
) -> TrainedWeights:
    """Return weights trained on authors and all *readers*, and those of each fold.

    The same papers, readers and seed give the same weights. Raises TooFewReaders.
    """
    chosen = Counter(arxiv_id for reader in readers for arxiv_id in reader.positives)
    authors = draw_authors(papers, chosen.keys(), AUTHOR_DAYS, seed)
    if not authors:
        raise TooFewReaders("no author wrote papers on several of these days")
    folds, reader_days = _assign_folds(readers, seed), find_reader_days(readers, papers)
    examples = list(_make_examples(papers, authors, reader_days, chosen, folds, seed, tick))
    if all(each.fold is not None for each in examples):
        raise TooFewReaders("on the days of all authors there are no papers of others")
    if not reader_days:
        raise TooFewReaders("no reader chose a paper of these days: 'positives' has the ids of what they chose")
    made = {
        "by": "python manage.py train_relevance",
        "papers": len(papers),
        "days": f"{min(paper.day for paper in papers)} to {max(paper.day for paper in papers)}",
        "author days": len(authors),
        "readers": len(readers),
        "papers sha256": _hash_ids(paper.arxiv_id for paper in papers),
        "chosen sha256": _hash_ids(chosen),
        "seed": seed,
    }
    by_fold = {
        family: [
            RelevanceWeights(*fit_logit([each for each in examples if each.fold != fold], without=family), made)
            for fold in range(FOLDS)
        ]
        for family in ("", *sorted(set(COLUMNS.values())))
    }
    return TrainedWeights(RelevanceWeights(*fit_logit(examples), made), by_fold, folds)


def _assign_folds(readers: Sequence[PastReader], seed: int) -> dict[str, int]:
    names = sorted({reader.name for reader in readers})
    Random(seed).shuffle(names)  # noqa: S311 - it only shuffles
    return {name: number % FOLDS for number, name in enumerate(names)}


def _hash_ids(ids: Any) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


class _Question(NamedTuple):
    """Whom an example is of, what is known of them, and how much it counts."""

    reader_day: ReaderDay
    signals: ReaderSignals
    counts: float
    fold: int | None


def _make_examples(
    papers: Sequence[PastPaper],
    authors: Sequence[ReaderDay],
    reader_days: Sequence[ReaderDay],
    chosen: Mapping[str, int],
    folds: Mapping[str, int],
    seed: int,
    tick: ProgressCallback,
) -> Iterator[Example]:
    """Yield an example of each reader in each scenario, and three of each author.

    *chosen* are all papers that readers chose, by how many did. They count as chosen by that one reader alone: nobody
    else passed them over, and what several readers chose is left out. So no paper of a fold's readers is in an example
    of another fold.
    """
    likes, both, one, two, three, none = SCENARIOS
    maker, random = SignalMaker(), np.random.default_rng(seed)
    asked: defaultdict[date, list[_Question]] = defaultdict(list)
    for number, author in enumerate(authors):
        for scenario in (likes, (one, two, three)[number % 3], (none, both)[number % 2]):
            signals = make_signals(maker, author.reader.profile, scenario)
            asked[author.day].append(_Question(author, signals, AUTHOR_COUNTS * scenario.counts, None))
    for reader_day in reader_days:
        for scenario in SCENARIOS:
            signals = make_signals(maker, reader_day.reader.profile, scenario)
            question = _Question(reader_day, signals, scenario.counts, folds[reader_day.reader.name])
            asked[reader_day.day].append(question)
    filters = {text for each in asked.values() for question in each for text in question.signals.filters}
    by_day = group_by_day(papers)
    for count, past in enumerate(prepare_days(by_day, filters), start=1):
        others = [rank for rank, arxiv_id in enumerate(past.ids) if not chosen.get(arxiv_id)]
        for reader_day, signals, counts, fold in asked[past.day]:
            wanted = [
                rank
                for rank, arxiv_id in enumerate(past.ids)
                if arxiv_id in reader_day.chosen and chosen.get(arxiv_id, 0) < 2
            ]
            passed_over = [rank for rank in others if past.ids[rank] not in reader_day.chosen]
            drawn = random.permutation(passed_over)[:PASSED_OVER]
            if not wanted or not len(drawn):
                continue
            columns = past.scorer.measure(signals)[:, [*wanted, *drawn.tolist()]].T.astype(np.float32)
            stands_for = len(passed_over) / len(drawn)
            yield Example(columns, len(wanted), len(signals.liked), stands_for, counts, fold)
        tick(count, len(by_day))


def fit_logit(examples: Sequence[Example], without: str = "") -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return the weights of the columns for readers of many likes and of none, those of a family left out as 0.

    Maximises the likelihood of the choices (McFadden 1974), each example as it counts, less a quadratic penalty. Those
    passed over are a sample: their scores are raised by the logarithm of how many papers each stands for. Weights keep
    the sign that their column's meaning asks for, so that a paper more similar than any known one is not put last.
    """
    columns = np.concatenate([each.columns for each in examples])
    scale = columns.std(axis=0)
    scale[scale < 1e-6] = np.inf  # a column without differences says nothing
    scale[[family == without for family in COLUMNS.values()]] = np.inf
    columns = (columns - columns.mean(axis=0)) / scale
    counts = np.array([len(each.columns) for each in examples])
    starts = np.concatenate([[0], counts.cumsum()[:-1]])
    of_none = np.repeat([1 / (each.likes + 1) for each in examples], counts).astype(np.float32)
    importance = np.array([each.counts for each in examples], np.float32)
    raised = np.concatenate(
        [np.where(np.arange(len(each.columns)) < each.chosen, 0, log(each.stands_for)) for each in examples]
    ).astype(np.float32)
    share = np.concatenate(
        [np.where(np.arange(len(each.columns)) < each.chosen, each.counts / each.chosen, 0) for each in examples]
    ).astype(np.float32)
    width = columns.shape[1]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        many, none = weights[:width].astype(np.float32), weights[width:].astype(np.float32)
        scores = (1 - of_none) * (columns @ many) + of_none * (columns @ none) + raised
        highest = np.maximum.reduceat(scores, starts)
        odds = np.exp(scores - np.repeat(highest, counts))
        sums = np.add.reduceat(odds, starts)
        error = odds * np.repeat(importance / sums, counts) - share
        value = float(importance @ (np.log(sums) + highest) - share @ scores)
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


def measure_variants(
    papers: Sequence[PastPaper],
    readers: Sequence[PastReader],
    trained: TrainedWeights,
    scenarios: Sequence[Scenario] = SCENARIOS,
    tick: ProgressCallback = no_progress,
) -> RelevanceFigures:
    """Return how well papers are ranked for readers by weights that never saw them, in each scenario."""
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
    for count, past in enumerate(prepare_days(by_day, filters), start=1):
        for reader_day in asked[past.day]:
            for scenario in scenarios:
                signals = known[reader_day.reader.name, scenario.name]
                columns = past.scorer.measure(signals)
                for name, by_fold in trained.by_fold.items():
                    totals = by_fold[trained.folds[reader_day.reader.name]].of(len(signals.liked)) @ columns
                    first = np.argsort(-totals, kind="stable")[:NDCG_DEPTH].tolist()
                    gain = ndcg([past.ids[rank] for rank in first], reader_day.chosen, NDCG_DEPTH)
                    gains[name, scenario.name].append(gain)
        tick(count, len(by_day))
    return RelevanceFigures(
        trained.shipped.made,
        sum(map(len, asked.values())),
        [
            ScenarioFigures(
                scenario.likes,
                scenario.keywords,
                {family: round(fmean(gains[family, scenario.name] or [0]), 4) for family in trained.by_fold},
            )
            for scenario in scenarios
        ],
    )
