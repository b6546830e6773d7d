"""Trains the model of ranking/trending/likelihood.py on papers of past days, by which of them a daily list had."""

import hashlib
import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2, sqrt
from pathlib import Path
from random import Random
from typing import Any

from digest.domain import ProgressCallback, no_progress
from digest.ranking.trending.likelihood import Likelihood, extract_features, probability

# So many papers must have a feature: a rarer one would only be learned by heart.
MIN_FEATURE_COUNT = 150

EPOCHS, STEP, REGULARISATION = 5, 0.1, 1e-3
# Weights below this are left out: a third of the file, and no difference.
MIN_WEIGHT = 0.3

# Places of a day that count for the score.
NDCG_DEPTH = 30


class HistoryError(ValueError):
    """A file cannot be read, or holds something else."""


@dataclass(frozen=True, slots=True)
class PastPaper:
    """A paper of a past day."""

    arxiv_id: str
    day: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """The features of a past paper, and whether the daily list had it."""

    arxiv_id: str
    day: str
    features: tuple[str, ...]
    listed: bool


def read_past_papers(path: Path) -> Iterator[PastPaper]:
    """Yield papers from JSON Lines, plain or .xz: id, announced, title, abstract, authors, categories.

    Raises HistoryError.
    """
    for document in _read_objects(path):
        names = ("id", "announced", "title", "abstract")
        arxiv_id, day, title, abstract = (str(document.get(name) or "") for name in names)
        authors, categories = (tuple(map(str, document.get(name) or ())) for name in ("authors", "categories"))
        yield PastPaper(arxiv_id, day, title, abstract, authors, categories)


def read_listed_ids(path: Path) -> frozenset[str]:
    """Return the ids of a daily list from JSON Lines, plain or .xz, with `id`. Raises HistoryError."""
    return frozenset(str(document.get("id")) for document in _read_objects(path))


def _read_objects(path: Path) -> Iterator[dict[str, Any]]:
    opened: Callable[..., Any] = lzma.open if path.suffix == ".xz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                if not isinstance(document, dict):
                    raise HistoryError(f"{path.name}: a line that is no JSON object")
                yield document
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise HistoryError(f"{path} cannot be read: {error}") from error


def make_examples(found: Iterable[PastPaper], on_list: Collection[str]) -> list[TrainingExample]:
    """Return examples with the common features only. *on_list* are the ids of listed papers."""
    every = [
        TrainingExample(past.arxiv_id, past.day, tuple(extract_features(past)), past.arxiv_id in on_list)
        for past in found
    ]
    counted = Counter(name for each in every for name in each.features)
    return [
        TrainingExample(
            each.arxiv_id,
            each.day,
            tuple(name for name in each.features if counted[name] >= MIN_FEATURE_COUNT),
            each.listed,
        )
        for each in every
    ]


def train_likelihood(
    found: Sequence[TrainingExample], *, seed: int = 1, tick: ProgressCallback = no_progress
) -> Likelihood:
    """Train the weights. The same examples in the same order and the same seed give the same weights."""
    bias, weights = _fit_weights(found, seed, tick)
    heavy = {name: round(weight, 3) for name, weight in weights.items() if abs(weight) >= MIN_WEIGHT}
    return Likelihood(
        round(bias, 3), heavy, {"by": "python manage.py train_likelihood", **_describe_training(found, seed)}
    )


def _describe_training(found: Sequence[TrainingExample], seed: int) -> Mapping[str, Any]:
    ids = "\n".join(sorted(f"{each.arxiv_id} {each.listed}" for each in found))
    days = sorted({each.day for each in found})
    return {
        "papers": len(found),
        "listed": sum(each.listed for each in found),
        "days": f"{days[0]} to {days[-1]}" if days else "",
        "papers sha256": hashlib.sha256(ids.encode()).hexdigest(),
        "seed": seed,
    }


def _fit_weights(
    found: Sequence[TrainingExample], seed: int, tick: ProgressCallback
) -> tuple[float, Mapping[str, float]]:
    """Fit a logistic regression by AdaGrad, with each paper's features scaled to length 1 together."""
    weights: defaultdict[str, float] = defaultdict(float)
    squares: defaultdict[str, float] = defaultdict(lambda: 1e-6)
    bias, order = -3.0, list(found)
    shuffler = Random(seed)  # noqa: S311 - it only shuffles
    for epoch in range(EPOCHS):
        shuffler.shuffle(order)
        for each in order:
            scale = 1 / sqrt(len(each.features) or 1)
            error = probability(bias + scale * sum(weights[name] for name in each.features)) - each.listed
            bias -= 0.01 * error
            for name in each.features:
                slope = error * scale + REGULARISATION * weights[name]
                squares[name] += slope * slope
                weights[name] -= STEP * slope / sqrt(squares[name])
        tick(epoch + 1, EPOCHS)
    return bias, weights


def cross_validate(found: Sequence[TrainingExample], *, seed: int = 1) -> float:
    """Return nDCG@30 on days that were not trained on: earlier and later half, each rated by the other."""
    days = sorted({each.day for each in found})
    halves = [[each for each in found if (each.day < days[len(days) // 2]) == early] for early in (True, False)]
    gains = [
        gain for known, new in (halves, halves[::-1]) for gain in _ndcg_by_day(train_likelihood(known, seed=seed), new)
    ]
    return sum(gains) / len(gains) if gains else 0.0


def _ndcg_by_day(likelihood: Likelihood, found: Sequence[TrainingExample]) -> Iterator[float]:
    by_day: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for each in found:
        total = sum(likelihood.weights.get(name, 0.0) for name in each.features)
        by_day[each.day].append((total / sqrt(len(each.features) or 1), each.listed))
    for day in by_day.values():
        on_list = sum(is_listed for _, is_listed in day)
        if on_list:
            first = sorted(day, key=lambda row: -row[0])[:NDCG_DEPTH]
            gain = sum(1 / log2(place + 2) for place, (_, is_listed) in enumerate(first) if is_listed)
            yield gain / sum(1 / log2(place + 2) for place in range(min(NDCG_DEPTH, on_list)))
