"""Trains the extractive writer on papers whose TL;DRs are known. The same papers and seed give the same weights.

Two models, one on top of the other: which words a TL;DR uses (word_salience.py), and what a compression of a sentence
is worth (features.py). The second learns from words as the first sees them in papers it was not fitted on, hence the
folds.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any

from digest.domain import ProgressCallback, no_progress
from digest.research.ridge import ScoredCandidate, fit_ridge
from digest.research.rouge import rouge_1, stem_words
from digest.research.scitldr import SciTldrPaper
from digest.research.word_model import WordRow, fit_word_model
from digest.summaries.extractive import cue_phrases, features, word_salience
from digest.summaries.extractive.cue_phrases import Sentence, read_sentence
from digest.summaries.extractive.sentence_choice import compression_candidates
from digest.summaries.extractive.sentences import clean_line, split_sentences
from digest.summaries.extractive.weights import Weights
from digest.summaries.extractive.word_salience import WordModel
from digest.summaries.length_limits import MAX_TLDR_WORDS

CROSS_VALIDATION_FOLDS = 5
# Digits after the point: of the weights of words, and of features.
WORD_WEIGHT_DIGITS, FEATURE_WEIGHT_DIGITS = 4, 6


class TooFewPapers(ValueError):
    """Raised where there is not even one paper for each fold."""


@dataclass(frozen=True)
class TrainingPaper:
    """A paper, split into sentences and words once for all folds."""

    title: str
    sentences: Sequence[Sentence]
    # The keys of the words of each sentence.
    keys: Sequence[Sequence[str]]
    # Its TL;DRs.
    targets: tuple[str, ...]


@dataclass(frozen=True)
class TrainingResult:
    weights: Weights
    # The mean ROUGE-1 F, 0 to 100, of what was chosen for papers in folds that the weights had not seen.
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
    """Train the weights and measure them. Raises TooFewPapers.

    *common* is the number of papers that must have a word for it to have a weight of its own.
    """
    examples = list(papers)
    prepared = [paper for paper in map(_prepare_paper, examples) if paper.sentences and paper.targets]
    if len(prepared) < CROSS_VALIDATION_FOLDS:
        raise TooFewPapers(
            f"Too few papers with TL;DRs to learn from: {len(prepared)}. Needed: {CROSS_VALIDATION_FOLDS}."
        )
    folds = _make_folds(len(prepared), seed)
    groups: dict[int, list[ScoredCandidate]] = {}
    for number, fold in enumerate(folds):
        tick(number, CROSS_VALIDATION_FOLDS + 1)
        model = _fit_word_model([paper for place, paper in enumerate(prepared) if place not in fold], common, seed)
        groups |= {place: _score_candidates(prepared[place], model) for place in sorted(fold)}
    words = _fit_word_model(prepared, common, seed)
    fitted = [round(weight, FEATURE_WEIGHT_DIGITS) for weight in _fit_features(groups[each] for each in sorted(groups))]
    tick(CROSS_VALIDATION_FOLDS + 1, CROSS_VALIDATION_FOLDS + 1)
    made = _describe_training(examples, seed, common, corpus)
    size = len(features.SENTENCE_FEATURES)
    weights = Weights(
        _round_word_model(words),
        sentence=dict(zip(features.SENTENCE_FEATURES, fitted[:size], strict=True)),
        compression=dict(zip(features.COMPRESSION_FEATURES, fitted[size:], strict=True)),
        made=made,
    )
    return TrainingResult(weights, _cross_validate(groups, folds), len(prepared))


def _prepare_paper(example: SciTldrPaper) -> TrainingPaper:
    sentences = [read_sentence(text) for text in split_sentences(clean_line(example.abstract))]
    keys = [word_salience.word_keys(sentence.text) for sentence in sentences]
    return TrainingPaper(clean_line(example.title), sentences, keys, example.targets)


def _make_folds(count: int, seed: int) -> list[frozenset[int]]:
    order = list(range(count))
    random.Random(seed).shuffle(order)  # noqa: S311 a shuffle, no secret
    return [frozenset(order[start::CROSS_VALIDATION_FOLDS]) for start in range(CROSS_VALIDATION_FOLDS)]


def _fit_word_model(papers: Sequence[TrainingPaper], common: int, seed: int) -> WordModel:
    counts = Counter(key for paper in papers for key in {key for keys in paper.keys for key in keys})
    seen = {key: count for key, count in sorted(counts.items()) if count >= common}
    unweighted = {key: (count, 0.0) for key, count in seen.items()}
    blank = WordModel(len(papers), (0.0,) * len(word_salience.WORD_FEATURES), unweighted)
    return fit_word_model([row for paper in papers for row in _word_rows(paper, blank)], seen, len(papers), seed)


def _word_rows(paper: TrainingPaper, model: WordModel) -> list[WordRow]:
    used = {key for target in paper.targets for key in word_salience.word_keys(target)}
    first_contribution = features.first_sentence_with(paper.sentences, cue_phrases.CONTRIBUTION_CUES)
    title_keys = word_salience.word_keys(paper.title)
    rows = word_salience.word_features(model, title_keys, paper.keys, first_contribution)
    return [(key, values, key in used) for key, values in rows]


def _score_candidates(paper: TrainingPaper, model: WordModel) -> list[ScoredCandidate]:
    """Return the features of every compression of every sentence, each with its ROUGE against the nearest TL;DR."""
    abstract = features.analyse_abstract(paper.title, paper.sentences, model)
    targets = [stem_words(target) for target in paper.targets]
    candidates = []
    for place in range(len(paper.sentences)):
        of_sentence = features.sentence_features(abstract, place).values()
        for compression, of_compression in compression_candidates(abstract, place, MAX_TLDR_WORDS):
            stems = stem_words(compression.text)
            score = max(rouge_1(stems, target) for target in targets)
            candidates.append(((*of_sentence, *of_compression.values()), score))
    return candidates


def _fit_features(groups: Iterable[Sequence[ScoredCandidate]]) -> tuple[float, ...]:
    return fit_ridge(groups, len(features.SENTENCE_FEATURES) + len(features.COMPRESSION_FEATURES))


def _cross_validate(groups: Mapping[int, Sequence[ScoredCandidate]], folds: Sequence[frozenset[int]]) -> float:
    scores = []
    for fold in folds:
        weights = _fit_features(groups[place] for place in sorted(groups) if place not in fold)
        scores += [_score_of_best(groups[place], weights) for place in sorted(fold) if groups[place]]
    return 100 * sum(scores) / len(scores)


def _score_of_best(group: Sequence[ScoredCandidate], weights: Sequence[float]) -> float:
    """Return the true score of the candidate that the weights rate best."""
    return max(group, key=lambda candidate: sum(map(mul, weights, candidate[0])))[1]


def _round_word_model(model: WordModel) -> WordModel:
    vocabulary = {key: (count, round(weight, WORD_WEIGHT_DIGITS)) for key, (count, weight) in model.vocabulary.items()}
    return WordModel(model.papers, tuple(round(weight, WORD_WEIGHT_DIGITS) for weight in model.weights), vocabulary)


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
