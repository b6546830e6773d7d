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

from digest.domain import ProgressCallback, no_progress
from digest.research.logistic import WordRow, fit_words
from digest.research.ridge import ScoredCandidate, fit_ridge
from digest.research.rouge import rouge_1, stem_words
from digest.research.scitldr import SciTldrPaper
from digest.summaries.extractive import cue_phrases, features, sentences, word_salience
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.sentence_choice import compression_candidates
from digest.summaries.extractive.weights import Weights
from digest.summaries.extractive.word_salience import WordModel
from digest.summaries.length_limits import MAX_TLDR_WORDS

CROSS_VALIDATION_FOLDS = 5
# Of the weights, after the point.
WEIGHT_DIGITS = 4


class TooFewPapers(ValueError):
    """Raised where there is not even one paper for each fold."""


@dataclass(frozen=True)
class TrainingPaper:
    """A paper read once: its sentences, their keys and what its TL;DRs say."""

    title: str
    said: Sequence[Sentence]
    words: Sequence[Sequence[str]]
    targets: tuple[str, ...]

    def wanted(self) -> frozenset[str]:
        return frozenset(key for target in self.targets for key in word_salience.word_keys(target))


@dataclass(frozen=True)
class TrainingResult:
    """`score`: mean ROUGE-1 F, 0..100, of what was chosen for papers in folds that the weights had not seen."""

    weights: Weights
    score: float
    papers: int


def train_weights(
    papers: Iterable[SciTldrPaper],
    *,
    seed: int = 1,
    common: int = 20,
    corpus: str = "",
    tick: ProgressCallback = no_progress,
) -> TrainingResult:
    """*common*: papers that must have a word for it to have a weight of its own. Raises TooFewPapers."""
    examples = list(papers)
    lessons = [lesson for lesson in map(_prepare_paper, examples) if lesson.said and lesson.targets]
    if len(lessons) < CROSS_VALIDATION_FOLDS:
        raise TooFewPapers(
            f"Too few papers with TL;DRs to learn from: {len(lessons)}. Needed: {CROSS_VALIDATION_FOLDS}."
        )
    folds = _make_folds(len(lessons), seed)
    groups: dict[int, list[ScoredCandidate]] = {}
    for number, fold in enumerate(folds):
        tick(number, CROSS_VALIDATION_FOLDS + 1)
        model = _fit_word_model([lesson for place, lesson in enumerate(lessons) if place not in fold], common, seed)
        groups |= {place: _candidates(lessons[place], model) for place in sorted(fold)}
    words = _fit_word_model(lessons, common, seed)
    telling = _round_weights(_fit_ridge_weights(groups[place] for place in sorted(groups)))
    tick(CROSS_VALIDATION_FOLDS + 1, CROSS_VALIDATION_FOLDS + 1)
    made = _describe_training(examples, seed, common, corpus)
    size = len(features.SENTENCE_FEATURES)
    weights = Weights(_round_word_model(words), telling[:size], telling[size:], made)
    return TrainingResult(weights, _cross_validated(groups, folds), len(lessons))


def _prepare_paper(example: SciTldrPaper) -> TrainingPaper:
    said = [
        cue_phrases.read_sentence(text) for text in sentences.split_sentences(sentences.clean_line(example.abstract))
    ]
    words = [word_salience.word_keys(sentence.text) for sentence in said]
    return TrainingPaper(sentences.clean_line(example.title), said, words, example.targets)


def _make_folds(count: int, seed: int) -> list[frozenset[int]]:
    order = list(range(count))
    random.Random(seed).shuffle(order)  # noqa: S311 a shuffle, no secret
    return [frozenset(order[start::CROSS_VALIDATION_FOLDS]) for start in range(CROSS_VALIDATION_FOLDS)]


def _fit_word_model(lessons: Sequence[TrainingPaper], common: int, seed: int) -> WordModel:
    counts = Counter(key for lesson in lessons for key in {key for sentence in lesson.words for key in sentence})
    seen = {key: count for key, count in sorted(counts.items()) if count >= common}
    blank = WordModel(len(lessons), (0.0,) * len(word_salience.WORD_FEATURES), _weightless(seen))
    return fit_words([row for lesson in lessons for row in _rows(lesson, blank)], seen, len(lessons), seed)


def _weightless(seen: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    return {key: (count, 0.0) for key, count in seen.items()}


def _rows(lesson: TrainingPaper, model: WordModel) -> list[WordRow]:
    wanted = lesson.wanted()
    cue = features.first_sentence_with(lesson.said, cue_phrases.CONTRIBUTION_CUES)
    values = word_salience.word_features(model, word_salience.word_keys(lesson.title), lesson.words, cue)
    return [(key, each, key in wanted) for key, each in values]


def _candidates(lesson: TrainingPaper, model: WordModel) -> list[ScoredCandidate]:
    paper = features.prepare_abstract(lesson.title, lesson.said, model)
    targets = [stem_words(target) for target in lesson.targets]
    found = []
    for place in range(len(lesson.said)):
        values = features.sentence_values(paper, place)
        for telling, more in compression_candidates(paper, place, MAX_TLDR_WORDS):
            told = stem_words(telling.text)
            found.append(((*values, *more), max(rouge_1(told, target) for target in targets)))
    return found


def _fit_ridge_weights(groups: Iterable[Sequence[ScoredCandidate]]) -> tuple[float, ...]:
    return fit_ridge(groups, len(features.SENTENCE_FEATURES) + len(features.COMPRESSION_FEATURES))


def _cross_validated(groups: Mapping[int, Sequence[ScoredCandidate]], folds: Sequence[frozenset[int]]) -> float:
    worth = []
    for fold in folds:
        weights = _fit_ridge_weights(groups[place] for place in sorted(groups) if place not in fold)
        worth += [_chosen(groups[place], weights) for place in sorted(fold) if groups[place]]
    return 100 * sum(worth) / len(worth)


def _chosen(group: Sequence[ScoredCandidate], weights: Sequence[float]) -> float:
    return max(group, key=lambda candidate: sum(map(mul, weights, candidate[0])))[1]


def _round_weights(weights: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(weight, WEIGHT_DIGITS + 2) for weight in weights)


def _round_word_model(model: WordModel) -> WordModel:
    known = {key: (count, round(weight, WEIGHT_DIGITS)) for key, (count, weight) in model.vocabulary.items()}
    return WordModel(model.papers, tuple(round(weight, WEIGHT_DIGITS) for weight in model.weights), known)


def _describe_training(examples: Sequence[SciTldrPaper], seed: int, common: int, corpus: str) -> dict[str, Any]:
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
        "folds": CROSS_VALIDATION_FOLDS,
    }
