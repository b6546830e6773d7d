"""Measures the model of ranking/trending/promise.py on weeks that it was not trained on, also without parts of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.domain import ProgressCallback, no_progress
from digest.ranking.shipped_figures import PromiseFigure
from digest.ranking.trending.author_history import HISTORY_FEATURES, AuthorHistory, ListedPaper
from digest.ranking.trending.paper_shape import VOTED_CATEGORIES
from digest.ranking.trending.promise import select_columns
from digest.ranking.trending.text_score import score_text
from digest.research.measures import ndcg, recall
from digest.research.train_promise import TrainingSet, fit_trees, fit_word_weights, nameless_features, with_text_scores

# Days with fewer listed papers say nothing.
MIN_LISTED_OF_DAY = 5
NDCG_DEPTH, RECALL_DEPTH, MOST_VOTED = 30, 100, 10
# Histories of younger installations.
SHORT_HISTORIES = (365, 180, 90, 30, 0)


class PromiseQuality(NamedTuple):
    """Means over days: nDCG@30 of listed papers, and the share of the day's ten most voted in the first hundred."""

    ndcg: float
    recall: float


_PAIR_FEATURES = frozenset(
    name
    for name in HISTORY_FEATURES
    if "votes" not in name and any(part in name for part in ("pair", "_of_two", "_of_three", "of_a_paper"))
)
_NOT_SHAPE = frozenset(("text_score", "ids_from_last", "categories", "cs_categories", *VOTED_CATEGORIES))

# The families of features that are left out in turn: which features belong to each.
FEATURE_FAMILIES: Mapping[str, Callable[[str], bool]] = {
    "words and categories as text": lambda name: name == "text_score",
    "shape, links, number of authors": lambda name: name not in _NOT_SHAPE and name not in HISTORY_FEATURES,
    "categories as numbers": lambda name: name in VOTED_CATEGORIES or name in ("categories", "cs_categories"),
    "place among the day's numbers": lambda name: name == "ids_from_last",
    "papers that two authors share": lambda name: name in _PAIR_FEATURES,
    "papers of single authors": lambda name: (
        name in HISTORY_FEATURES and name not in _PAIR_FEATURES and "votes" not in name
    ),
    "votes of earlier papers": lambda name: "votes" in name,
}


def measure_promise(training: TrainingSet, tick: ProgressCallback = no_progress) -> Iterator[PromiseFigure]:
    """Yield the figures with and without names, with short histories, and without each family of features."""
    validation = CrossValidation(training, tick)
    features = list(validation.table[0])
    short = [training.count_features(_shorten_history(days)) for days in SHORT_HISTORIES]
    whole, *shortened = validation.rate(features, [validation.table, *short])
    yield _make_figure("with names", validation.measure(whole))
    (nameless,) = validation.rate(nameless_features(validation.table))
    yield _make_figure("without names", validation.measure(nameless))
    yield _make_figure("words and categories alone", validation.measure(validation.text_scores))
    for days, scores in zip(SHORT_HISTORIES, shortened, strict=True):
        yield _make_figure("with names", validation.measure(scores), history_days=days)
    for family, belongs in FEATURE_FAMILIES.items():
        (scores,) = validation.rate([name for name in features if not belongs(name)])
        yield _make_figure("with names", validation.measure(scores), left_out=family)


def _make_figure(
    what: str, quality: PromiseQuality, history_days: int | None = None, left_out: str = ""
) -> PromiseFigure:
    return PromiseFigure(what, history_days, left_out, round(quality.ndcg, 3), round(quality.recall, 3))


def _shorten_history(days: int) -> Callable[[Sequence[ListedPaper], date], AuthorHistory]:
    """Return what makes a history of the last *days*."""

    def shorten(listed: Sequence[ListedPaper], day: date) -> AuthorHistory:
        return AuthorHistory((each for each in listed if each.listed_on >= day - timedelta(days=days)), day)

    return shorten


@dataclass(frozen=True)
class CrossValidation:
    """Rates the papers of each week by a model of the other weeks."""

    training: TrainingSet
    tick: ProgressCallback = no_progress

    @cached_property
    def texts(self) -> Sequence[NDArray[np.int64]]:
        """Return by fold the text scores with which its model is trained and tested.

        A paper of another fold has the score by words that saw neither fold, one of this fold that by all others.
        """
        folds = self.training.folds
        count = int(folds.max()) + 1
        scores = [np.zeros(len(folds), dtype=np.int64) for _ in range(count)]
        pairs = [*combinations(range(count), 2), *((fold, fold) for fold in range(count))]
        for done, (one, other) in enumerate(pairs):
            self.tick(done, len(pairs))
            words = fit_word_weights(self.training, (folds != one) & (folds != other))
            for tested, rated in {(one, other), (other, one)}:
                for place in np.flatnonzero(folds == rated).tolist():
                    scores[tested][place] = score_text(self.training.words[place], words)
        return scores

    @cached_property
    def table(self) -> list[dict[str, int]]:
        return self.training.count_features(AuthorHistory, self.tick)

    @property
    def text_scores(self) -> NDArray[np.int64]:
        """Return the text score of each paper by the words of the other weeks."""
        folds = self.training.folds
        return np.array([self.texts[fold][place] for place, fold in enumerate(folds.tolist())], dtype=np.int64)

    def rate(
        self, features: Sequence[str], tested: Sequence[Sequence[Mapping[str, int]]] = ()
    ) -> list[NDArray[np.int64]]:
        """Return the log odds of each paper, in thousandths, by trees over *features* of the other weeks.

        The papers' features may be other ones when they are rated: then *tested* has tables of them, and there is one
        array of log odds for each.
        """
        folds = self.training.folds
        tables = tested or [self.table]
        totals = [np.zeros(len(folds), dtype=np.int64) for _ in tables]
        for fold, texts in enumerate(self.texts):
            self.tick(fold, len(self.texts))
            trees = fit_trees(self.training, with_text_scores(self.table, texts), features, folds != fold)
            places = np.flatnonzero(folds == fold).tolist()
            for total, table in zip(totals, tables, strict=True):
                rows = with_text_scores([table[place] for place in places], texts[places])
                total[places] = trees.evaluate(select_columns(rows, features))
        return totals

    def measure(self, scores: NDArray[Any]) -> PromiseQuality:
        """Return how well *scores* order the papers of each day."""
        ndcgs, recalls = [], []
        start = 0
        for papers in self.training.by_day.values():
            votes = self.training.votes[start : start + len(papers)].tolist()
            rated = scores[start : start + len(papers)].tolist()
            start += len(papers)
            listed = {paper.arxiv_id: count for paper, count in zip(papers, votes, strict=True) if count >= 0}
            if len(listed) < MIN_LISTED_OF_DAY:
                continue
            order = sorted(range(len(papers)), key=lambda place: -rated[place])
            ranked = [papers[place].arxiv_id for place in order]
            ndcgs.append(ndcg(ranked, listed, NDCG_DEPTH))
            most_voted = sorted(listed, key=lambda each: -listed[each])[:MOST_VOTED]
            recalls.append(recall(ranked, most_voted, RECALL_DEPTH))
        return PromiseQuality(float(np.mean(ndcgs or [0])), float(np.mean(recalls or [0])))
