"""Trains the extractive writer on papers whose TL;DRs are known. The same papers and seed give the same weights.

Two models, one on top of the other: which words a TL;DR uses (`salience`), and what a telling of a sentence is worth
(`weighing`). The second learns from words as the first sees them in papers it was not fitted on, hence the folds.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any

from digest.domain import Tick, silent
from digest.research.logistic import Row, fit_words
from digest.research.ridge import Candidate, fit_ridge
from digest.research.rouge import rouge, stems
from digest.research.scitldr import Example
from digest.summaries.extractive import cue_phrases, features, sentences, word_salience
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.sentence_choice import candidates
from digest.summaries.extractive.weights import Weights
from digest.summaries.extractive.word_salience import WordModel
from digest.summaries.extractive.writer import TLDR_WORDS

FOLDS = 5
# Of the weights, after the point.
DIGITS = 4


class TooFewPapers(ValueError):
    """Not even one for each fold."""


@dataclass(frozen=True)
class Lesson:
    """A paper read once: its sentences, their keys and what its TL;DRs say."""

    title: str
    said: Sequence[Sentence]
    words: Sequence[Sequence[str]]
    targets: tuple[str, ...]

    def wanted(self) -> frozenset[str]:
        return frozenset(key for target in self.targets for key in word_salience.keys(target))


@dataclass(frozen=True)
class Trained:
    """`score`: mean ROUGE-1 F, 0..100, of what was chosen for papers in folds that the weights had not seen."""

    weights: Weights
    score: float
    papers: int


def train(
    papers: Iterable[Example], *, seed: int = 1, common: int = 20, corpus: str = "", tick: Tick = silent
) -> Trained:
    """*common*: papers that must have a word for it to have a weight of its own. Raises TooFewPapers."""
    examples = list(papers)
    lessons = [lesson for lesson in map(_lesson, examples) if lesson.said and lesson.targets]
    if len(lessons) < FOLDS:
        raise TooFewPapers(f"Too few papers with TL;DRs to learn from: {len(lessons)}. Needed: {FOLDS}.")
    folds = _folds(len(lessons), seed)
    groups: dict[int, list[Candidate]] = {}
    for number, fold in enumerate(folds):
        tick(number, FOLDS + 1)
        model = _fit([lesson for place, lesson in enumerate(lessons) if place not in fold], common, seed)
        groups |= {place: _candidates(lessons[place], model) for place in sorted(fold)}
    words = _fit(lessons, common, seed)
    telling = _rounded(_ridge(groups[place] for place in sorted(groups)))
    tick(FOLDS + 1, FOLDS + 1)
    made = _made(examples, seed, common, corpus)
    size = len(features.SENTENCE)
    weights = Weights(_rounded_words(words), telling[:size], telling[size:], made)
    return Trained(weights, _cross_validated(groups, folds), len(lessons))


def _lesson(example: Example) -> Lesson:
    said = [cue_phrases.read(text) for text in sentences.split(sentences.clean(example.abstract))]
    words = [word_salience.keys(sentence.text) for sentence in said]
    return Lesson(sentences.clean(example.title), said, words, example.targets)


def _folds(count: int, seed: int) -> list[frozenset[int]]:
    order = list(range(count))
    random.Random(seed).shuffle(order)  # noqa: S311 a shuffle, no secret
    return [frozenset(order[start::FOLDS]) for start in range(FOLDS)]


def _fit(lessons: Sequence[Lesson], common: int, seed: int) -> WordModel:
    counts = Counter(key for lesson in lessons for key in {key for sentence in lesson.words for key in sentence})
    seen = {key: count for key, count in sorted(counts.items()) if count >= common}
    blank = WordModel(len(lessons), (0.0,) * len(word_salience.FEATURES), _weightless(seen))
    return fit_words([row for lesson in lessons for row in _rows(lesson, blank)], seen, len(lessons), seed)


def _weightless(seen: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    return {key: (count, 0.0) for key, count in seen.items()}


def _rows(lesson: Lesson, model: WordModel) -> list[Row]:
    wanted = lesson.wanted()
    cue = features.first(lesson.said, cue_phrases.CONTRIBUTION)
    values = word_salience.features(model, word_salience.keys(lesson.title), lesson.words, cue)
    return [(key, each, key in wanted) for key, each in values]


def _candidates(lesson: Lesson, model: WordModel) -> list[Candidate]:
    paper = features.look(lesson.title, lesson.said, model)
    targets = [stems(target) for target in lesson.targets]
    found = []
    for place in range(len(lesson.said)):
        values = features.sentence_values(paper, place)
        for telling, more in candidates(paper, place, TLDR_WORDS):
            told = stems(telling.text)
            found.append(((*values, *more), max(rouge(told, target) for target in targets)))
    return found


def _ridge(groups: Iterable[Sequence[Candidate]]) -> tuple[float, ...]:
    return fit_ridge(groups, len(features.SENTENCE) + len(features.TELLING))


def _cross_validated(groups: Mapping[int, Sequence[Candidate]], folds: Sequence[frozenset[int]]) -> float:
    worth = []
    for fold in folds:
        weights = _ridge(groups[place] for place in sorted(groups) if place not in fold)
        worth += [_chosen(groups[place], weights) for place in sorted(fold) if groups[place]]
    return 100 * sum(worth) / len(worth)


def _chosen(group: Sequence[Candidate], weights: Sequence[float]) -> float:
    return max(group, key=lambda candidate: sum(map(mul, weights, candidate[0])))[1]


def _rounded(weights: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(weight, DIGITS + 2) for weight in weights)


def _rounded_words(model: WordModel) -> WordModel:
    known = {key: (count, round(weight, DIGITS)) for key, (count, weight) in model.vocabulary.items()}
    return WordModel(model.papers, tuple(round(weight, DIGITS) for weight in model.weights), known)


def _made(examples: Sequence[Example], seed: int, common: int, corpus: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr((example.paper_id, example.title, example.abstract, example.targets)).encode())
    return {
        "by": "python manage.py train_extractive",
        "corpus": corpus,
        "papers": len(examples),
        "papers sha256": digest.hexdigest(),
        "seed": seed,
        "common": common,
        "folds": FOLDS,
    }
