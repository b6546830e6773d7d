"""Trains the model of ranking/trending/promise.py on papers of past days, by which of them a public list had.

scikit-learn fits the weights; the product evaluates them with numpy alone.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from digest.domain import ProgressCallback, no_progress
from digest.ranking.trending.author_history import HISTORY_FEATURES, AuthorHistory, ListedPaper
from digest.ranking.trending.decision_trees import DecisionTrees, Tree
from digest.ranking.trending.promise import THOUSANDTHS, PromiseModel, count_features, select_columns
from digest.ranking.trending.text_score import WordWeights, extract_features, score_text
from digest.research.past_days import ListEntry, PastPaper, find_listed_before, group_by_day

# So many papers must have a word: a rarer one would only be learned by heart.
MIN_PAPERS_WITH_FEATURE = 10
# Weights below this, in thousandths, are left out: half of the file, and no difference.
MIN_WORD_WEIGHT = 50

MIN_LISTED = 20

# Averaged, as each one errs elsewhere.
FORESTS = 3
BOOSTING: Mapping[str, Any] = {
    "learning_rate": 0.08,
    "max_iter": 150,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 40,
    "l2_regularization": 5,
    "max_features": 0.3,
    "early_stopping": False,
}
# A listed paper with many votes must not be missed: how much more it weighs by the logarithm of its votes.
WEIGHT_OF_VOTES = 0.5

History = Callable[[Sequence[ListedPaper], date], AuthorHistory | None]


class Fold(NamedTuple):
    """The ISO week of a day. Days of one week are never on both sides of a cross-validation."""

    year: int
    week: int


class TooFewListed(ValueError):
    """There is too little to learn from. The text says what was found."""


@dataclass(frozen=True)
class TrainingSet:
    """The papers of past days with their features, by day."""

    papers: Sequence[PastPaper]
    list_entries: Sequence[ListEntry]
    seed: int = 1

    @cached_property
    def by_day(self) -> Mapping[date, Sequence[PastPaper]]:
        return group_by_day(self.papers)

    @cached_property
    def ordered(self) -> Sequence[PastPaper]:
        """Return the papers by day, as everything else here has them."""
        return [paper for day in self.by_day.values() for paper in day]

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        weeks = [Fold(*paper.day.isocalendar()[:2]) for paper in self.ordered]
        numbers = {week: number for number, week in enumerate(sorted(set(weeks)))}
        return np.array([numbers[week] for week in weeks], dtype=np.int64)

    @cached_property
    def votes(self) -> NDArray[np.int64]:
        """Return the most upvotes of each paper, and -1 for one that was not listed."""
        most = {each.arxiv_id: each.most_upvotes for each in self.list_entries}
        return np.array([most.get(paper.arxiv_id, -1) for paper in self.ordered], dtype=np.int64)

    @cached_property
    def words(self) -> Sequence[Set[str]]:
        return [extract_features(paper) for paper in self.ordered]

    def count_features(self, history: History, tick: ProgressCallback = no_progress) -> list[dict[str, int]]:
        """Return the features of each paper, without its text score, which depends on what that is trained on."""
        table = []
        for done, (day, papers) in enumerate(self.by_day.items()):
            tick(done, len(self.by_day))
            known = history(find_listed_before(self.list_entries, day), day)
            table += count_features(papers, {}, known)
        return table


def train_promise(training: TrainingSet, tick: ProgressCallback = no_progress) -> PromiseModel:
    """Train the model. The same papers and seed give the same weights. Raises TooFewListed."""
    listed = int((training.votes >= 0).sum())
    if listed < MIN_LISTED or len(set(training.folds.tolist())) < 2:
        raise TooFewListed(f"Too few listed papers: {listed} of {len(training.ordered)}, or all of one week")
    table = training.count_features(AuthorHistory, tick)
    everything = np.ones(len(table), dtype=bool)
    texts = _score_texts_of_other_folds(training, everything)
    table = with_text_scores(table, texts)
    with_names = fit_trees(training, table, list(table[0]), everything)
    nameless = fit_trees(training, table, nameless_features(table), everything)
    return PromiseModel(fit_word_weights(training, everything), nameless, with_names, describe_training(training))


def nameless_features(table: Sequence[Mapping[str, int]]) -> list[str]:
    """Return the features that say nothing of names."""
    return [name for name in table[0] if name not in HISTORY_FEATURES]


def fit_word_weights(training: TrainingSet, chosen: NDArray[np.bool_]) -> WordWeights:
    """Fit a logistic regression on the words of the chosen papers, each paper's scaled to length 1 together."""
    vectorizer = CountVectorizer(analyzer=sorted, min_df=MIN_PAPERS_WITH_FEATURE, binary=True, dtype=np.float64)
    places = np.flatnonzero(chosen).tolist()
    try:
        counts = vectorizer.fit_transform([training.words[place] for place in places])
    except ValueError:  # no word is in so many papers
        return {}
    lengths = np.array([1 / np.sqrt(len(training.words[place]) or 1) for place in places])
    rows = sparse.csr_matrix(sparse.diags(lengths) @ counts)
    model = LogisticRegression(C=1.0, solver="liblinear", random_state=training.seed)
    model.fit(rows, training.votes[places] >= 0)
    weights = np.rint(THOUSANDTHS * model.coef_[0]).astype(int).tolist()
    names = vectorizer.get_feature_names_out()
    return {str(name): w for name, w in zip(names, weights, strict=True) if abs(w) >= MIN_WORD_WEIGHT}


def _score_texts_of_other_folds(training: TrainingSet, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the text score of each chosen paper by words that were fitted without its fold; 0 for the others."""
    scores = np.zeros(len(chosen), dtype=np.int64)
    for fold in np.unique(training.folds[chosen]):
        is_fold = chosen & (training.folds == fold)
        words = fit_word_weights(training, chosen & ~is_fold)
        scores[is_fold] = [score_text(training.words[place], words) for place in np.flatnonzero(is_fold).tolist()]
    return scores


def with_text_scores(table: Sequence[Mapping[str, int]], scores: NDArray[np.int64]) -> list[dict[str, int]]:
    """Return the features of papers with their text scores."""
    return [{**row, "text_score": score} for row, score in zip(table, scores.tolist(), strict=True)]


def fit_trees(
    training: TrainingSet, table: Sequence[Mapping[str, int]], features: Sequence[str], chosen: NDArray[np.bool_]
) -> DecisionTrees:
    """Fit boosted trees on the chosen papers: the mean of several forests that look at other features at each split."""
    places = np.flatnonzero(chosen).tolist()
    rows = select_columns([table[place] for place in places], features)
    votes = training.votes[places]
    weights = np.where(votes >= 0, 1 + WEIGHT_OF_VOTES * np.log1p(np.maximum(votes, 0)), 1.0)
    trees: list[Tree] = []
    bias = 0.0
    for forest in range(FORESTS):
        model = HistGradientBoostingClassifier(**BOOSTING, random_state=training.seed * 1000 + forest)
        model.fit(rows, votes >= 0, sample_weight=weights)
        bias += float(np.ravel(model._baseline_prediction)[0]) / FORESTS
        trees += [_read_tree(grown[0].nodes, 0) for grown in model._predictors]
    return DecisionTrees(tuple(features), round(THOUSANDTHS * bias), tuple(trees))


def _read_tree(nodes: NDArray[Any], number: int) -> Tree:
    """Return a tree of scikit-learn's with whole numbers: a feature is one, so that a threshold can be rounded down."""
    node = nodes[number]
    if node["is_leaf"]:
        return round(THOUSANDTHS * float(node["value"]) / FORESTS)
    low, high = _read_tree(nodes, int(node["left"])), _read_tree(nodes, int(node["right"]))
    return int(node["feature_idx"]), int(np.floor(node["num_threshold"])), low, high


def describe_training(training: TrainingSet) -> Mapping[str, Any]:
    papers = "\n".join(f"{p.arxiv_id} {v}" for p, v in zip(training.ordered, training.votes.tolist(), strict=True))
    days = list(training.by_day)
    return {
        "by": "python manage.py train_promise",
        "papers": len(training.ordered),
        "listed": int((training.votes >= 0).sum()),
        "days": f"{days[0]} to {days[-1]}",
        "list entries": len(training.list_entries),
        "papers sha256": hashlib.sha256(papers.encode()).hexdigest(),
        "seed": training.seed,
        "forests": FORESTS,
        **BOOSTING,
    }
